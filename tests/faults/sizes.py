"""How large the trials are: quick in `make test`, and by FAULTS_SIZE as the issue wants them, or for a night."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    recipients: int
    kills: int  # and restarts, and whatever else is done several times
    leavers: int
    chunk: int  # small enough that every worker has some
    timeout: int  # seconds a test may take
    finish: float  # seconds that the rest of a send may take after the last fault


SIZES = {
    "quick": Size(recipients=1_000, kills=2, leavers=100, chunk=100, timeout=240, finish=90),
    "issue": Size(recipients=20_000, kills=10, leavers=1_000, chunk=500, timeout=1200, finish=300),
    "soak": Size(recipients=100_000, kills=50, leavers=1_000, chunk=1000, timeout=3600, finish=900),
}
NAME = os.environ.get("FAULTS_SIZE", "quick")
SIZE = SIZES[NAME]
