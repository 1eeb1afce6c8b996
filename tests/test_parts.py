"""`make test` runs its parts one after the other, and ends with the first that fails."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

pytestmark = pytest.mark.slow
# Instead of make: it says which target it was asked for, and fails where the target says so.
MAKE = """#!/bin/sh
echo "$2"
case "$2" in fails-*) exit "${2#fails-}";; esac
"""


def run(folder: Path, *parts: str) -> tuple[int, list[str]]:
    make = folder / "make"
    make.write_text(MAKE)
    make.chmod(0o755)
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "parts.py", make, *parts],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_each_part_is_told_with_its_time(tmp_path: Path) -> None:
    status, said = run(tmp_path, "install=installed", "second=the second")
    assert status == 0
    assert said[:-1] == ["install", "second"]
    assert re.fullmatch(r"installed 0:\d\d · the second 0:\d\d = 0:\d\d", said[-1])


def test_the_first_that_fails_is_the_last(tmp_path: Path) -> None:
    status, said = run(tmp_path, "fails-4=one", "never=another")
    assert status == 4
    assert said[:-1] == ["fails-4"]
    assert re.fullmatch(r"one 0:\d\d \(failed\) = 0:\d\d", said[-1])
