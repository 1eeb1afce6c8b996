"""One `up` a data folder: a lock on `up.lock` that the supervisor and its children hold together.

The kernel gives it back when the last of them has ended, however that came about, so that nothing is ever left to be
cleaned up by hand; and a new supervisor never starts beside children of a killed one.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from iria.env import EnvironmentProblem

WAIT_SECONDS = 5.0  # for the children of a supervisor that was killed


class AlreadyRunning(RuntimeError):
    """Another `up` uses this data folder; the message is for the operator."""


def take_lock(data: Path) -> int:
    """The locked file's descriptor, to be kept open and handed to the children. Raises AlreadyRunning."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = os.open(data / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise EnvironmentProblem(f"IRIA_DATA ({data}) isn't writable: {error.strerror}.") from None
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = _owner(lock)
            if _is_alive(owner) or time.monotonic() > deadline:
                os.close(lock)
                whose = f" (process {owner})" if owner else ""
                raise AlreadyRunning(
                    f"Iria is already running{whose} on the data in {data}. Stop it first, or set IRIA_DATA to another"
                    " folder for this one."
                ) from None
            time.sleep(0.05)
            continue
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        return lock


def _owner(lock: int) -> int | None:
    written = os.pread(lock, 20, 0).strip()
    return int(written) if written.isdigit() else None


def _is_alive(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
