"""Asks a page by wrk: one thread of it is quicker than any server here, so that the server is what is measured."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_TIMES = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Answers:
    """What a client counted; times in milliseconds."""

    requests: int
    seconds: float
    median_ms: float
    p99_ms: float
    bytes: int
    p95_ms: float = 0.0  # wrk doesn't say
    cpu_ms: float = 0.0  # of the web processes, a request; where it was asked for

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def ask(
    url: str,
    headers: Mapping[str, str],
    *,
    seconds: float,
    connections: int,
    expected: int = 200,
    size: int = 0,
    script: Path | None = None,
) -> Answers:
    """`script` tells wrk in Lua what to ask. Raises RuntimeError for anything but the expected answers."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise RuntimeError("This bench needs wrk: apt-get install wrk.")
    command = [wrk, "--latency", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    if script:
        command += ["-s", str(script)]
    said = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    done = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s)", said)
    # wrk counts statuses from 400 as errors; a 304 is none.
    if done is None or "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"{url} (expected {expected}):\n{said}")
    return Answers(
        requests=int(done[1]),
        seconds=float(done[2]) * _TIMES[done[3]] / 1000,
        median_ms=_latency(said, "50%"),
        p99_ms=_latency(said, "99%"),
        bytes=size,
    )


def _latency(said: str, share: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s)\b", said)
    if found is None:
        raise RuntimeError(f"wrk says nothing of {share}:\n{said}")
    return float(found[1]) * _TIMES[found[2]]
