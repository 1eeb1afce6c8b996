"""A pytest plugin for the soak: what each test printed, how it ended and how long it took, a line of JSON each as soon
as it is over, so that an interrupted night is a report too. FAULTS_RECORD names the file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when != "call" and report.passed:
        return  # setting up and clearing away, unless something went wrong there
    line = {
        "test": report.nodeid.partition("::")[2], "file": report.nodeid.partition("::")[0], "when": report.when,
        "outcome": report.outcome, "seconds": report.duration, "printed": report.capstdout,
        "words": report.longreprtext if report.failed or report.skipped else "",
    }  # fmt: skip
    with Path(os.environ["FAULTS_RECORD"]).open("a") as record:
        record.write(json.dumps(line) + "\n")
