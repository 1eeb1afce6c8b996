"""A folder of one test run, for what one of its processes makes and the others take over."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_VARIABLE = "IRIA_TESTS_SHARED"  # which the processes of the run inherit


def begin_sharing() -> None:
    """In the process that starts the others."""
    os.environ[_VARIABLE] = tempfile.mkdtemp(prefix="iria-shared-")


def end_sharing() -> None:
    shutil.rmtree(os.environ.pop(_VARIABLE, ""), ignore_errors=True)


def shared_folder() -> Path | None:
    """Outside a test run there is none."""
    return Path(os.environ[_VARIABLE]) if _VARIABLE in os.environ else None


@contextmanager
def one_at_a_time(folder: Path, what: str) -> Iterator[None]:
    """The other processes of the run wait meanwhile, in the same block for the same thing."""
    with (folder / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
