"""Static files of an installation that is tested, collected and compressed once a run: it takes the processor a while,
and every installation's are the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.shared_folder import one_at_a_time, shared_folder


def lay_static_files(into: Path, collect: Callable[[], object]) -> None:
    """Have `collect` fill the folder, unless another installation of this run has had it done."""
    shared = shared_folder()
    if shared is None:
        collect()
        return
    done = shared / "static"
    with one_at_a_time(shared, "static"):
        if done.exists():
            shutil.copytree(done, into, dirs_exist_ok=True)
            return
        collect()
        part = shared / "part"
        shutil.copytree(into, part)
        part.rename(done)
