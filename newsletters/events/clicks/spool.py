"""The spool: a file a process, to which a line is added for each click and each open.

A line is one write(2), so a killed process loses none; after a loss of power the last seconds may be missing. The file
is locked while it is written, for a minute at most: it may be deleted once it is free and everything in it is counted.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Self

from django.conf import settings

logger = logging.getLogger(__name__)
SUFFIX = ".clicks"
LONGEST_FILE, OLDEST_FILE = 32 << 20, 60.0  # bytes and seconds; then the process begins another one
LONGEST_AGENT = 300  # characters
_EARLIEST = 1_577_836_800_000  # 2020; what says an earlier time, or one of a far future, is damaged
METHODS = ("GET", "HEAD")
OPEN = 0  # the number that stands for the picture: links are numbered from 1
_COMPLAIN_SECONDS = 60.0


def folder() -> Path:
    return Path(settings.IRIA_DATA) / "clicks"


@dataclass(frozen=True, slots=True)
class Click:
    """Somebody followed a link of a mail, or loaded its hidden picture."""

    at: int  # Unix time in milliseconds
    edition: int
    number: int  # of the link, or `OPEN`
    method: str
    visitor: str  # which clicks came from one place: a hash by a salt that no file holds
    agent: str
    subscriber: int = 0  # 0 where nobody is told who it was

    def line(self) -> bytes:
        whose = f"\t{self.subscriber}" if self.subscriber else ""
        line = f"{self.at}\t{self.edition}\t{self.number}\t{self.method}\t{self.visitor}\t{self.agent}{whose}\n"
        return line.encode()

    @classmethod
    def parse(cls, line: bytes) -> Self | None:
        """None for what is no line of ours, as after a power failure."""
        try:
            at, edition, number, method, visitor, agent, *whose = line.decode().split("\t")
            subscriber = int(*whose)  # 0 without one
            one = cls(int(at), int(edition), int(number), method, visitor, agent, subscriber)
        except (ValueError, TypeError):
            return None
        good = _EARLIEST < one.at < 2 * _EARLIEST and 0 < one.edition < 2**48 and 0 <= one.number < 2**15
        return one if good and 0 <= subscriber < 2**48 else None


def click(
    edition: int,
    number: int,
    *,
    method: str,
    visitor: str,
    agent: str,
    subscriber: int = 0,
    now: float | None = None,
) -> Click:
    """One that happens now, of what a request says. `agent` may be anything."""
    at = time.time() if now is None else now
    return Click(
        int(at * 1000),
        edition,
        number,
        method,
        _hash(visitor, int(at // 86_400)),
        _named(agent[:LONGEST_AGENT]),
        subscriber,
    )


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
        """A disk that is full costs the count, never the reader: it is logged, once a minute."""
        line = one.line()
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
