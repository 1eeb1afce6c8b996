"""What is imported before the processes are forked, and so is in memory for as long as they run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, environment

IMPORTED = (
    "import sys; from django.urls import resolve, reverse; from iria.runner.preload import preload; preload();"
    " resolve(reverse('admin:index')); print(*sys.modules)"
)


@pytest.mark.slow
def test_what_an_installation_never_or_hardly_uses_is_not_imported(tmp_path: Path) -> None:
    """Clients of Redis, DNS and mail services take 10 MB together, the API 11, what draws a PDF another 45."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED], cwd=ROOT, env=environment(IRIA_DATA=str(tmp_path)), capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    imported = {name.partition(".")[0] for name in done.stdout.split()}
    assert {"django", "celery", "granian", "newsletters"} <= imported
    assert not imported & {
        "redis",
        "dns",
        "urllib3",
        "requests",
        "anymail",
        "fpdf",
        "fontTools",
        "uharfbuzz",
        "pydantic",
    }
