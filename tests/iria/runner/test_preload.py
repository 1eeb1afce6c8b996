"""What is imported before the processes are forked, and so is in memory for as long as they run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, environment

IMPORTED = "import sys; from iria.runner.preload import preload; preload(); print(*sys.modules)"


@pytest.mark.slow
def test_clients_that_an_installation_without_redis_and_dns_never_uses_are_not_imported(tmp_path: Path) -> None:
    """Together they take 10 MB."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED], cwd=ROOT, env=environment(IRIA_DATA=str(tmp_path)), capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    imported = {name.partition(".")[0] for name in done.stdout.split()}
    assert {"django", "celery", "granian", "newsletters"} <= imported
    assert not imported & {"redis", "dns", "urllib3", "requests", "anymail"}
