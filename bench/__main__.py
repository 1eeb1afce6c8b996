"""`python -m bench [--readers N] [--rounds N]`: every measurement there is, as a table and as JSON in var/bench/.

What is compared runs in turns within one run, on the same machine, against the same mail server (Postfix's smtp-sink,
which throws everything away), so that only the ratios matter. Medians of the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.sink import Sink, SinkMissing
from tests.processes import ROOT
from tests.servers import Postgres, ServerMissing


def machine() -> dict[str, Any]:
    names = [line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load before": round(os.getloadavg()[0], 2),
    }


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--readers", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    facts = machine()
    try:
        with tempfile.TemporaryDirectory(prefix="iria-bench-") as data, Postgres() as database, Sink() as sink:
            os.environ |= {
                "IRIA_DATA": data, "DATABASE_URL": database.url, "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}/",
                "SECRET_KEY": "bench-only-8Xq2Lm7Zt4Vw9Kc1Rb6N", "DJANGO_SETTINGS_MODULE": "iria.settings",
                "SITE_URL": "https://news.iria.example",
            }  # fmt: skip
            from bench import send

            rounds = send.measure(sink, readers=options.readers, rounds=options.rounds)
    except (ServerMissing, SinkMissing) as problem:
        print(problem, file=sys.stderr)
        return 2
    figures = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    report(figures, facts, options.readers)
    folder = ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"send-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(
        json.dumps({"machine": facts, "readers": options.readers, "rounds": rounds, "medians": figures}, indent=2)
    )
    print(f"\nAll figures: {path.relative_to(ROOT)}")
    return 0


def report(figures: dict[str, float], facts: dict[str, Any], readers: int) -> None:
    print(", ".join(f"{name}: {value}" for name, value in facts.items()))
    print(f"One edition of {figures['bytes a mail']:,.0f} bytes a mail to {readers:,} readers, one process each:\n")
    naive, source = figures["naive, mails a second"], figures["smtp-source, mails a second"]
    for name, value in figures.items():
        ratio = f"{value / naive:8.2f} × naive {value / source:7.2f} × smtp-source" if "mails a second" in name else ""
        print(f"  {name:<32}{value:>12,.1f}{ratio}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
