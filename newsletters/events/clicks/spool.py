"""The spool: a file a process, to which a line is added for each click and each open.

A line is one write(2), so a killed process loses none; after a loss of power the last seconds may be missing. The file
is locked while it is written, for a minute at most: it may be deleted once it is free and everything in it is counted.

A line says when, who, and then all that it has in common with other lines, so that who counts a million of them takes
that apart once for each that is different, and not for each line.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import threading
import time
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, Self

from django.conf import settings

logger = logging.getLogger(__name__)
SUFFIX = ".clicks"
LONGEST_FILE, OLDEST_FILE = 32 << 20, 60.0  # bytes and seconds; then the process begins another one
LONGEST_AGENT = 300  # characters
EARLIEST = 1_577_836_800_000  # 2020; what says an earlier time, or one of a far future, is damaged
LATEST = 2 * EARLIEST
METHODS = ("GET", "HEAD")
NETWORK = "network"  # the rule that the network of a scanner shows: who answers a click sees the address, no file does
_SEEN = ("", NETWORK)
_READER, _VISITOR = "r", "v"
OPEN = 0  # the number that stands for the picture: links are numbered from 1
_COMPLAIN_SECONDS = 60.0


def folder() -> Path:
    return Path(settings.IRIA_DATA) / "clicks"


class ClickKind(NamedTuple):
    """What many clicks or opens have in common."""

    edition: int
    number: int  # of the link, or `OPEN`
    method: str
    agent: str
    is_reader: bool  # is the reader known?
    seen: str = ""  # the rule by which it is a machine's, where only who answers it can tell

    def text(self) -> str:
        how = _READER if self.is_reader else _VISITOR
        return f"{how}\t{self.seen}\t{self.edition}\t{self.number}\t{self.method}\t{self.agent}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None for what is none of ours, as after a power failure."""
        try:
            how, seen, edition, number, method, agent = text.split("\t")
            one = cls(int(edition), int(number), method, agent, how == _READER, seen)
        except ValueError:
            return None
        good = how in {_READER, _VISITOR} and method in METHODS and agent.isprintable() and seen in _SEEN
        return one if good and 0 < one.edition < 2**48 and 0 <= one.number < 2**15 else None


class Click(NamedTuple):
    """Somebody followed a link of a mail, or loaded its hidden picture."""

    at: int  # Unix time in milliseconds
    edition: int
    number: int  # of the link, or `OPEN`
    method: str
    visitor: str  # which clicks came from one place: a hash by a salt that no file holds; empty where a reader is known
    agent: str
    subscriber: int = 0  # 0 where nobody is told who it was
    seen: str = ""

    def line(self) -> bytes:
        kind = ClickKind(self.edition, self.number, self.method, self.agent, bool(self.subscriber), self.seen)
        return f"{self.at}\t{self.subscriber or self.visitor}\t{kind.text()}\n".encode()


def is_possible(at: int) -> bool:
    """Can it be the time of a click, in Unix milliseconds?"""
    return EARLIEST < at < LATEST


def click(
    edition: int,
    number: int,
    *,
    method: str,
    visitor: str,
    agent: str,
    subscriber: int = 0,
    seen: str = "",
    now: float | None = None,
) -> Click:
    """One that happens now, of what a request says. `agent` may be anything."""
    at = time.time() if now is None else now
    return Click(
        int(at * 1000),
        edition,
        number,
        method,
        "" if subscriber else _hash(visitor, int(at // 86_400)),
        _named(agent[:LONGEST_AGENT]),
        subscriber,
        seen,
    )


class ClickOf(NamedTuple):
    """What an address says that was followed."""

    edition: int
    number: int
    subscriber: int


def line_now(of: ClickOf, *, method: str, visitor: str, agent: str, seen: str) -> bytes:
    """As `click(…).line()`, for the door, where each microsecond is one of all who click at once."""
    edition, number, subscriber = of
    at = time.time()
    who = subscriber or _hash(visitor, int(at // 86_400))
    behind = _behind(edition, number, method, agent[:LONGEST_AGENT], bool(subscriber), seen)
    return f"{int(at * 1000)}\t{who}\t{behind}\n".encode()


@lru_cache(maxsize=4096)
def _behind(edition: int, number: int, method: str, agent: str, is_reader: bool, seen: str) -> str:  # noqa: PLR0917 - keys of a table
    return ClickKind(edition, number, method, _named(agent), is_reader, seen).text()


@lru_cache(maxsize=4096)
def _named(agent: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in agent).split())


@lru_cache(maxsize=4096)
def _hash(visitor: str, day: int) -> str:
    return blake2b(visitor.encode(), digest_size=6, key=_salt(day), person=b"iria-click").hexdigest()


@lru_cache(maxsize=2)
def _salt(_day: int) -> bytes:
    """Of this process, for a day; nowhere else. Afterwards nobody can find the address that a hash was made of."""
    return secrets.token_bytes(32)


class Spool:
    """This process's. May be used from several threads."""

    def __init__(self, place: Path | None = None) -> None:
        self._folder = place
        self._lock = threading.Lock()
        self._file: int | None = None
        self._process = 0
        self._size = 0
        self._begun = self._complained = float("-inf")

    def add(self, one: Click) -> None:
        self.add_line(one.line())

    def add_line(self, line: bytes) -> None:
        """A disk that is full costs the count, never the reader: it is logged, once a minute."""
        with self._lock:
            try:
                self._open()
                assert self._file is not None  # noqa: S101 - for the types
                whole = os.write(self._file, line) == len(line)
            except OSError as error:
                self._complain(str(error))
                return
            self._size += len(line)
            if not whole:
                self.close()  # what follows must not become one line with this piece
                self._complain("the disk is full")

    def _complain(self, why: str) -> None:
        if time.monotonic() - self._complained > _COMPLAIN_SECONDS:
            self._complained = time.monotonic()
            logger.error("Clicks can't be counted: %s", why)

    def end_old(self) -> None:
        """To be called now and then, so that the last click of an evening doesn't lie in a file until the morning."""
        with self._lock:
            if time.monotonic() - self._begun >= OLDEST_FILE:
                self.close()

    def _open(self) -> None:
        """Raises OSError."""
        is_young = time.monotonic() - self._begun < OLDEST_FILE and self._size < LONGEST_FILE
        if self._file is not None and self._process == os.getpid() and is_young:
            return
        self.close()
        place = self._folder or folder()
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = place / f"{int(time.time())}-{secrets.token_hex(6)}.begun"
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.rename(path.with_suffix(SUFFIX))  # only now: who counts would delete one that is free and empty
        except OSError:
            os.close(file)
            path.unlink(missing_ok=True)
            raise
        self._file, self._size, self._process, self._begun = file, 0, os.getpid(), time.monotonic()

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)  # in a forked process it is the parent's as well, and stays locked
            self._file = None
