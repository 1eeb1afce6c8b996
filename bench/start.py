"""`manage.py up` on an empty folder and on what that leaves: processor time until it is ready, and memory at rest.

Processor time, and not seconds, since other programs on the machine change it little. It is that of the supervisor and
of everything below it, also of what has ended: the process that migrates and fills the database. Memory is PSS, in
which what several processes share counts once.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from bench.machine import cpu_seconds
from tests.installations import Embedded
from tests.processes import Process

ROUNDS = 5
REST_SECONDS = 10.0  # after which nothing is imported or made any more
ROWS = ("first start, an empty folder", "next start")


class Installation(Embedded):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.variables["PYTHONWARNINGS"] = "ignore"


def measure(folder: Path, *, quick: bool, articles: int, say: Callable[[str], None]) -> dict[str, Any]:
    del articles  # the demo institute's own
    rounds: list[dict[str, dict[str, float]]] = []
    for number in range(1 if quick else ROUNDS):
        (place := folder / str(number)).mkdir()
        installation = Installation(place)
        rounds.append({row: start(installation) for row in ROWS})
        say(f"round {number + 1}: " + "; ".join(f"{row}: {figures}" for row, figures in rounds[-1].items()))
    rows = [
        {"start": row, **{key: round(median(each[row][key] for each in rounds), 2) for key in rounds[0][row]}}
        for row in ROWS
    ]
    return {"note": f"Medians of {len(rounds)} rounds.", "rows": rows, "rounds": rounds}


def start(installation: Installation) -> dict[str, float]:
    with installation.up() as process:
        cpu = cpu_seconds(process.family()) + cpu_of_the_ended(process)
        time.sleep(REST_SECONDS)
        held = sum(pss_mb(each.pid) for each in process.family())
    return {"cpu_s": round(cpu, 2), "pss_mb": round(held, 1)}


def cpu_of_the_ended(process: Process) -> float:
    """Seconds of the children whose end the supervisor has seen."""
    times = psutil.Process(process.pid).cpu_times()
    return float(times.children_user + times.children_system)


def pss_mb(pid: int) -> float:
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0
