"""Read the journal of a process that is dead: what it had begun, and what came of it.

A journal is free when its lock can be had. Who has the lock may act on the journal and remove it; who is killed while
acting leaves it free for the next one, so acting must be repeatable.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from mail.results import Verdict
from newsletters.delivery.engine.journal.records import (
    ANSWER,
    CLAIM,
    DROPPED,
    HEADER_BYTES,
    INTENT,
    OUTCOMES,
    REVOKED,
    SUFFIX,
    JournalHeader,
    boot,
    records,
    unpacked_answer,
)


@dataclass(frozen=True, slots=True)
class Answer:
    outcome: Verdict
    smtp_code: int | None
    enhanced_status: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a journal tells of one claim: who had been begun without an answer, and the answers."""

    begun: set[int] = field(default_factory=set)
    answers: dict[int, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeadJournal:
    header: JournalHeader
    claims: dict[tuple[int, int], Told]  # (chunk, fence) → what is told of it

    @property
    def highest_fence(self) -> int:
        return max((fence for _chunk, fence in self.claims), default=0)

    @property
    def proves_what_was_not_begun(self) -> bool:
        """After a power loss, or on another machine, an intent may be missing that was written."""
        return bool(self.header.boot) and self.header.boot == boot()

    def told(self, chunk_id: int, fence: int) -> Told:
        """Nothing is told of a claim that had handed out nobody."""
        return self.claims.get((chunk_id, fence), Told())


def read(data: bytes) -> DeadJournal | None:
    """None when it is none, or its header was not finished: then nothing was claimed under its name."""
    header = JournalHeader.unpack(data[:HEADER_BYTES])
    if header is None:
        return None
    claims: dict[tuple[int, int], Told] = {}
    of_slot: dict[int, Told] = {}
    for record in records(data):
        if record.kind == CLAIM:
            of_slot[record.slot] = claims.setdefault((record.id, record.number), Told())
            continue
        told = of_slot.get(record.slot)
        if told is None:
            continue
        match record.kind:
            case kind if kind == INTENT:
                told.begun.add(record.id)
                told.answers.pop(record.id, None)  # of an earlier attempt under the same claim
            case kind if kind == REVOKED:
                told.begun.discard(record.id)
            case kind if kind == ANSWER:
                told.begun.discard(record.id)
                told.answers[record.id] = Answer(OUTCOMES[record.outcome], *unpacked_answer(record.number))
            case kind if kind == DROPPED:
                del of_slot[record.slot]
    return DeadJournal(header, claims)


@contextmanager
def take(path: Path) -> Iterator[tuple[bool, DeadJournal | None]]:
    """Whether the file at that path is free, and the journal in it; nobody else's for as long as the block lasts.

    Free without a journal: its maker died before the header was written, so nothing was claimed under its name.
    """
    try:
        file = os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        yield False, None
        return
    try:
        # Its owner may have gone on in a new file of the same name, or another may have dealt with it, since we opened.
        if _lock(file) and _is_still(file, path):
            yield True, read(os.pread(file, os.fstat(file).st_size, 0))
        else:
            yield False, None
    finally:
        os.close(file)


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(file: int, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file), path.stat())
    return False


def all_in(folder: Path) -> list[Path]:
    """The journals in the folder, and what is left of one whose owner died while it began a new file."""
    return sorted([*folder.glob(f"*{SUFFIX}"), *folder.glob("*.new")])
