"""The format of a journal: a header in JSON, then records of sixteen bytes.

Records are written in order, some at a time. A process that is killed leaves a beginning of them, and none that is half
written: the system breaks a write off between two pages of memory, and no record lies across two. Where nothing was
written yet the file holds zeroes, which are no record. What power loss leaves is used for its answers alone: that there
is no intent proves something only on the same boot of the same machine.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from struct import Struct
from typing import NamedTuple

from mail.results import Verdict

HEADER_BYTES = 512
FORMAT = 1
RECORD = Struct("<BBHIQ")  # kind, outcome, slot, number, id
SUFFIX = ".journal"

CLAIM, INTENT, REVOKED, ANSWER, DROPPED = 1, 2, 3, 4, 5
"""The kinds. CLAIM: from here on the slot means this chunk (id) and fence (number). INTENT: the body of the mail to
this subscriber (id) is about to be written. REVOKED: of that mail, the final dot never left. ANSWER: what came of it.
DROPPED: the slot's claim is over, and everything about it stands in the database."""

OUTCOMES = (Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.REJECTED, Verdict.IN_DOUBT)
OUTCOME_NUMBER = {outcome: number for number, outcome in enumerate(OUTCOMES)}


class JournalUnusable(OSError):
    """Nothing can be written down, so nothing may be begun. The message is a sentence for who watches the edition."""


@dataclass(frozen=True, slots=True)
class JournalHeader:
    installation: str  # whose database
    owner: str  # the chunks' owner, and the name of the file
    boot: str  # of which machine; "" where the system does not tell
    format: int = FORMAT

    def pack(self) -> bytes:
        return json.dumps(asdict(self)).encode().ljust(HEADER_BYTES)

    @classmethod
    def unpack(cls, data: bytes) -> JournalHeader | None:
        """None when it is not one of ours, or was not finished."""
        try:
            header = cls(**json.loads(data))
        except (ValueError, TypeError):
            return None
        return header if header.format == FORMAT else None


class Record(NamedTuple):
    kind: int
    outcome: int
    slot: int
    number: int
    id: int


def records(data: bytes) -> Iterator[Record]:
    """All records behind the header. A tail that is no whole record was never begun."""
    whole = len(data) - len(data) % RECORD.size
    for values in RECORD.iter_unpack(data[HEADER_BYTES:whole]):
        if values[0]:
            yield Record(*values)


_KIND_AND_SLOT = Struct("<BxH12x")


def of_slots(data: bytes, slots: Iterable[int]) -> list[bytes]:
    """The records of the last claim that each slot stood for, as they stand there, without the claims' own. Mails wait
    meanwhile, and there are tens of thousands of records, of which few are wanted."""
    wanted: dict[int, list[int]] = {slot: [] for slot in slots}
    whole = len(data) - len(data) % RECORD.size
    for number, (kind, slot) in enumerate(_KIND_AND_SLOT.iter_unpack(data[HEADER_BYTES:whole])):
        if slot in wanted:
            if kind in {CLAIM, DROPPED}:
                wanted[slot].clear()
            else:
                wanted[slot].append(HEADER_BYTES + number * RECORD.size)
    return [data[at : at + RECORD.size] for places in wanted.values() for at in places]


_HAS_STATUS = 1 << 30


@lru_cache(maxsize=1024)  # servers have few things to say
def packed_answer(code: int | None, enhanced: str) -> int:
    """Reply code and enhanced status (RFC 3463) in one number, so that a replay loses no more than the words."""
    number = ((code or 0) & 0x3FF) << 20
    if enhanced:
        _class, subject, detail = (int(part) for part in enhanced.split("."))
        number |= _HAS_STATUS | (subject & 0x3FF) << 10 | (detail & 0x3FF)
    return number


def unpacked_answer(number: int) -> tuple[int | None, str]:
    code, subject, detail = number >> 20 & 0x3FF, number >> 10 & 0x3FF, number & 0x3FF
    return code or None, f"{code // 100}.{subject}.{detail}" if number & _HAS_STATUS else ""


@lru_cache(maxsize=1)
def boot() -> str:
    """This boot of this machine; "" where the system does not tell, and then no missing intent proves anything."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return _boot_of_macos()


def _boot_of_macos() -> str:
    if os.uname().sysname != "Darwin":
        return ""
    import subprocess

    asked = subprocess.run(
        ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()
