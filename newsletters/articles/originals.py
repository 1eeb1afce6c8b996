"""Files that were uploaded and wait for a worker to make pictures of them: a folder that nothing is served from.

A process that works on one holds a lock on the file, which ends with the process: a worker that was killed is replaced
at the next look, and one that is only slow is left alone. What no row names any more is removed after a day.
"""

from __future__ import annotations

import fcntl
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

FORGOTTEN = 86_400  # seconds: a file is written before its row is committed


def store(data: bytes) -> str:
    """Keep the file; its name."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = secrets.token_hex(16)
    (folder / name).write_bytes(data)
    return name


@contextmanager
def held(name: str) -> Iterator[BinaryIO | None]:
    """The file, locked; None when another process is at it. Raises `FileNotFoundError`."""
    with (_folder() / name).open("rb") as original:
        try:
            fcntl.flock(original, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield original


def remove(names: Iterable[str]) -> None:
    for name in names:
        (_folder() / name).unlink(missing_ok=True)


def older_than_a_day() -> list[str]:
    folder, ends = _folder(), time.time() - FORGOTTEN
    if not folder.is_dir():
        return []
    return [path.name for path in folder.iterdir() if path.is_file() and path.stat().st_mtime < ends]


def _folder() -> Path:
    return Path(settings.IRIA_DATA) / "originals"
