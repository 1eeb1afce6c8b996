"""The spool: a file a process, to which a line is added for each click.

A line is one write(2), so a killed process loses none; after a loss of power the last seconds may be missing. The file
is locked while its process lives: who finds it free may delete it once everything in it is counted.
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
LONGEST_FILE = 32 << 20  # bytes; then the process begins another one
LONGEST_AGENT = 300  # characters
METHODS = ("GET", "HEAD")
_COMPLAIN_SECONDS = 60.0


def folder() -> Path:
    return Path(settings.IRIA_DATA) / "clicks"


@dataclass(frozen=True, slots=True)
class Click:
    at: int  # Unix time in milliseconds
    edition: int
    number: int  # of the link
    method: str
    visitor: str  # which clicks came from one place, as a hash that can't be turned back after its day
    agent: str

    def line(self) -> bytes:
        return f"{self.at}\t{self.edition}\t{self.number}\t{self.method}\t{self.visitor}\t{self.agent}\n".encode()

    @classmethod
    def parse(cls, line: bytes) -> Self | None:
        """None for what is no line of ours, as after a power failure."""
        try:
            at, edition, number, method, visitor, agent = line.decode().split("\t")
            return cls(int(at), int(edition), int(number), method, visitor, agent)
        except ValueError:
            return None


def click(edition: int, number: int, *, method: str, visitor: str, agent: str, now: float | None = None) -> Click:
    """One that happens now, of what a request says. `agent` may be anything."""
    at = time.time() if now is None else now
    return Click(
        int(at * 1000), edition, number, method, _hash(visitor, int(at // 86_400)), _named(agent[:LONGEST_AGENT])
    )


@lru_cache(maxsize=4096)
def _named(agent: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in agent).split())


@lru_cache(maxsize=4096)
def _hash(visitor: str, day: int) -> str:
    key = settings.SECRET_KEY.encode()[:64]
    return blake2b(f"{day} {visitor}".encode(), digest_size=6, key=key, person=b"iria-click").hexdigest()


class Spool:
    """This process's. May be used from several threads."""

    def __init__(self, place: Path | None = None) -> None:
        self._folder = place
        self._lock = threading.Lock()
        self._file: int | None = None
        self._process = 0
        self._size = 0
        self._complained = float("-inf")

    def add(self, one: Click) -> None:
        """A disk that is full costs the count, never the reader: it is logged, once a minute."""
        line = one.line()
        with self._lock:
            try:
                self._open()
                assert self._file is not None  # noqa: S101 - for the types
                os.write(self._file, line)
            except OSError as error:
                if time.monotonic() - self._complained > _COMPLAIN_SECONDS:
                    self._complained = time.monotonic()
                    logger.error("Clicks can't be counted: %s", error)  # noqa: TRY400 - its place says nothing
                return
            self._size += len(line)

    def _open(self) -> None:
        """Raises OSError."""
        if self._file is not None and self._process == os.getpid() and self._size < LONGEST_FILE:
            return
        self.close()
        place = self._folder or folder()
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = place / f"{int(time.time())}-{secrets.token_hex(6)}{SUFFIX}"
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        self._file, self._size, self._process = file, 0, os.getpid()

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)  # in a forked process it is the parent's as well, and stays locked
            self._file = None
