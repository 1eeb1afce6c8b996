"""All fault tests at size, one after the other, and a report of what each ledger and the judge said.

    python -m tests.faults.soak            # 100,000 recipients, 50 kills: hours
    python -m tests.faults.soak --quick    # as in `make test`: minutes

The report is var/soak/<time>.md, also after an interruption. The whole is bounded in time; every process that it starts
ends with it. The status is that of the tests.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from tests.faults.sizes import SIZES, Size
from tests.processes import ROOT, WITH_US, still_alive

HOURS = {"quick": 0.5, "issue": 3.0, "soak": 10.0}  # at most, in all
END_SECONDS = 60.0  # that the tests have to clear away when time is up
LAST_WORDS = 3_000  # characters of a failure


def run(size: str, chosen: list[str], record: Path) -> tuple[int, str]:
    """Run the tests in a process group of their own; their status, and why they were ended if they were."""
    command = [
        sys.executable, "-m", "pytest", "-n", "0", "-m", "fault", "-p", "tests.faults.recording", *(chosen or ["tests"])
    ]  # fmt: skip
    variables = os.environ | {"FAULTS_SIZE": size, "FAULTS_RECORD": str(record)}
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))  # told to end, it still reports
    tests = subprocess.Popen([*WITH_US, *command], cwd=ROOT, env=variables, start_new_session=True)
    try:
        return tests.wait(HOURS[size] * 3600), ""
    except (subprocess.TimeoutExpired, KeyboardInterrupt) as why:
        family = _family(tests.pid)
        tests.send_signal(signal.SIGINT)  # pytest clears away what its fixtures started
        still_alive(family[:1], seconds=END_SECONDS)
        for process in still_alive({*family, *_family(tests.pid)}, seconds=1):
            process.kill()
        ended = "interrupted" if isinstance(why, KeyboardInterrupt) else f"not over after {HOURS[size]:g} hours"
        return tests.wait(), f"The tests were ended: {ended}."


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.release()} on {platform.machine()},"
        f" Python {platform.python_version()}; load when it was over: {load}"
    )


def report(name: str, size: Size, lines: list[dict[str, Any]], began: float, ended: str) -> str:
    passed = sum(line["outcome"] == "passed" for line in lines)
    seconds = time.monotonic() - began
    parts = [
        f"# Fault tests, size “{name}”",
        f"{size.recipients:,} recipients, {size.kills} kills or restarts, {size.leavers:,} readers who leave.",
        f"{passed} of {len(lines)} passed in {seconds / 60:.0f} minutes. {ended}".strip(),
        machine() + ".",
    ]
    for line in lines:
        stage = "" if line["when"] == "call" else f" ({line['when']})"
        parts.append(f"## {line['test']}{stage}: {line['outcome']}, {line['seconds']:.0f} s")
        parts.append(f"`{line['file']}`")
        if line["printed"]:
            parts.append(f"```\n{line['printed'].rstrip()}\n```")
        if line["words"]:
            parts.append(f"```\n{line['words'][-LAST_WORDS:]}\n```")
    return "\n\n".join(parts) + "\n"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--size", choices=SIZES, default="soak")
    parser.add_argument("--quick", action="store_const", const="quick", dest="size", help="the same as --size quick")
    parser.add_argument("tests", nargs="*", help="only these, as pytest is told them")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    folder = ROOT / "var" / "soak"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="iria-soak-") as temporary:
        record = Path(temporary) / "record.jsonl"
        record.touch()
        status, ended = run(options.size, options.tests, record)
        lines = [json.loads(line) for line in record.read_text().splitlines()]
    target = folder / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}-{options.size}.md"
    target.write_text(report(options.size, SIZES[options.size], lines, began, ended))
    print(f"{target.relative_to(ROOT)}: {len(lines)} tests, {'all passed' if status == 0 else f'status {status}'}")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
