"""Static files of an installation that is tested, collected and compressed once a run: it takes the processor a while,
and every installation's are the same."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

_SHARED = "IRIA_TESTS_STATIC"  # a folder of this run, which its processes inherit


def begin_sharing() -> None:
    """In the process that starts the others."""
    os.environ[_SHARED] = tempfile.mkdtemp(prefix="iria-static-")


def end_sharing() -> None:
    shutil.rmtree(os.environ.pop(_SHARED, ""), ignore_errors=True)


def lay_static_files(into: Path, collect: Callable[[], object]) -> None:
    """Have `collect` fill the folder, unless another installation of this run has had it done."""
    if _SHARED not in os.environ:
        collect()
        return
    shared = Path(os.environ[_SHARED])
    done = shared / "static"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists():
            shutil.copytree(done, into, dirs_exist_ok=True)
            return
        collect()
        part = shared / "part"
        shutil.copytree(into, part)
        part.rename(done)
