"""`make test` runs its parts, one of them beside the others, and ends with the first that fails."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.parts import GIVING_WAY
from tests.processes import ROOT

pytestmark = pytest.mark.slow
MAKE = """#!/bin/sh
# What a target does is the file of its name.
. "$(dirname "$0")/$2"
"""


@pytest.fixture
def make(tmp_path: Path) -> Path:
    """Instead of make: targets that wait for one another, or fail."""
    path = tmp_path / "make"
    path.write_text(MAKE)
    path.chmod(0o755)
    here = f"cd '{tmp_path}'"
    waits = "until [ -e {0} ]; do sleep 0.05; done"
    targets = {
        "install": "echo installing",
        "long": f"{here}; echo long began; touch long-began; {waits.format('second-ended')}; echo long ended",
        "first": f"{here}; {waits.format('long-began')}; echo first; nice > niceness",
        "second": f"{here}; echo second; touch second-ended",
        "endless": f"{here}; trap 'touch interrupted; exit 130' INT; touch endless-began; while :; do sleep 0.05; done",
        "fails-later": f"{here}; {waits.format('endless-began')}; exit 4",
    }
    for name, script in targets.items():
        (tmp_path / name).write_text(f"{script}\n")
    return path


def parts(make: Path, beside: str, *others: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "parts.py", "--beside", beside, make, "install=installed", *others],
        capture_output=True, text=True, timeout=60, check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # as a shell does in the background
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_one_runs_beside_the_others_and_is_told_in_one_piece(make: Path) -> None:
    status, said = parts(make, "long=the long one", "first=one", "second=two")
    assert status == 0
    *lines, last = said.splitlines()
    assert lines[0] == "installing"
    assert sorted(lines[2:4]) == ["first", "second"]
    assert lines[4:] == ["long began", "long ended"]
    assert re.fullmatch(r"installed \d:\d\d · the long one \d:\d\d · one \d:\d\d · two \d:\d\d = \d:\d\d", last)
    assert int((make.parent / "niceness").read_text()) == min(os.nice(0) + GIVING_WAY, 19)


@pytest.mark.parametrize(("beside", "other"), [("endless", "fails-later"), ("fails-later", "endless")])
def test_a_part_that_fails_ends_the_one_beside_it(make: Path, beside: str, other: str) -> None:
    began = time.monotonic()
    status, said = parts(make, f"{beside}=beside", f"{other}=other", "first=never")
    assert status == 4
    assert (make.parent / "interrupted").exists()
    assert "never" not in said
    assert "(failed)" in said and "(stopped)" in said
    assert time.monotonic() - began < 50  # it was not killed


def test_without_an_installation_nothing_else_runs(make: Path) -> None:
    (make.parent / "install").write_text("exit 3\n")
    status, said = parts(make, "long=the long one", "first=one")
    assert status == 3
    assert said == "installed 0:00 (failed) = 0:00\n"
    assert not (make.parent / "long-began").exists()
