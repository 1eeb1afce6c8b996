"""What a figure must come with: the facts of the machine; and what a process has used, as Linux counts it."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.processes import ROOT


def facts() -> dict[str, Any]:
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def commit() -> str:
    """The short hash, with a plus when what runs is not what was committed."""
    if not (ROOT / ".git").exists():
        return "unknown"
    head, changed = (
        subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
        for words in (["rev-parse", "--short", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
    )
    return f"{head}+" if changed else head


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []


def peak_mb(pid: int) -> float:
    """The most memory that the process ever held (VmHWM); 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """User and system time of these processes so far."""
    times = [process.cpu_times() for process in processes]
    return float(sum(each.user + each.system for each in times))


@dataclass(frozen=True)
class Run:
    """One measured run."""

    mails: int
    seconds: float
    cpu: float  # seconds of processor time of the sending process or processes
    peak_mb: float  # of the one that held most
    shares: tuple[float, ...] = ()  # each process's part of the processor time: whether all of them sent

    @property
    def rate(self) -> float:
        return self.mails / self.seconds

    def figures(self) -> dict[str, Any]:
        return {
            "msgs_per_s": round(self.rate, 1),
            "cpu_us_per_mail": round(self.cpu / self.mails * 1e6, 1),
            "peak_mb": round(self.peak_mb, 1),
            "mails": self.mails,
            "seconds": round(self.seconds, 3),
            **({"shares": [round(share, 2) for share in self.shares]} if len(self.shares) > 1 else {}),
        }
