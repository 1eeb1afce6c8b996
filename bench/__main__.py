"""`python -m bench [send,freeze,latency,compose,site,signup,import,archive,drafts,segments,reports,events,start]
[--quick]` measures these, or everything; `… table` writes docs/performance.md.

A full run leaves bench/results/<what>-<UTC time>.json, which is committed; a quick one <what>-<UTC time>-quick.json,
which is not: it only shows that everything works.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import (
    archives,
    compose,
    drafts,
    events,
    freeze,
    importing,
    latency,
    machine,
    report,
    reports,
    segments,
    send,
    sinks,
    site,
    start,
)
from tests.processes import ROOT
from tests.servers import ServerMissing

MEASURES: dict[str, Callable[..., dict[str, Any]]] = {
    "send": send.measure, "freeze": freeze.measure, "latency": latency.measure,
    "compose": compose.measure,
    "site": site.measure,
    "signup": site.measure_sign_ups,
    "import": importing.measure,
    "archive": archives.measure,
    "drafts": drafts.measure,
    "segments": segments.measure,
    "reports": reports.measure,
    "events": events.measure,
    "start": start.measure,
}  # fmt: skip


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument(
        "what", nargs="?", default="all", type=wanted, help=f"table, or of these, by commas: {', '.join(MEASURES)}"
    )
    parser.add_argument("--quick", action="store_true", help="small sizes and one round: does everything work?")
    parser.add_argument(
        "--articles",
        type=int,
        default=2,
        choices=range(1, 13),
        metavar="1…12",
        help="articles in the measured edition; with 2 a mail has about 16 KB",
    )
    parser.add_argument(
        "--attributes", type=int, default=0, choices=range(11), metavar="0…10",
        help="of send: also an edition that names so many attributes of its readers, on SQLite",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    if options.what == ["table"]:
        return table(quick=options.quick)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through every `with`, so that nothing is left running
    if not sinks.HAS_POSTFIX:
        print(sinks.NOTE)
    try:
        for kind in options.what:
            run(kind, quick=options.quick, articles=options.articles, attributes=options.attributes)
    except ServerMissing as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def wanted(words: str) -> list[str]:
    if words == "table":
        return [words]
    kinds = list(MEASURES) if words == "all" else words.split(",")
    if unknown := [kind for kind in kinds if kind not in MEASURES]:
        raise argparse.ArgumentTypeError(f"there is no {' and no '.join(unknown)}; choose of {', '.join(MEASURES)}")
    return kinds


def run(kind: str, *, quick: bool, articles: int, attributes: int) -> None:
    began, at = time.monotonic(), datetime.now(UTC)

    def say(words: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {words}", flush=True)

    facts = {"machine": machine.facts(), "commit": machine.commit(), "at": f"{at:%Y-%m-%d %H:%M} UTC", "quick": quick}
    print(f"\n{report.TITLES[kind]}", flush=True)
    own = {"attributes": attributes} if kind == "send" else {}
    with tempfile.TemporaryDirectory(prefix="iria-bench-", ignore_cleanup_errors=True) as folder:
        result = facts | MEASURES[kind](Path(folder), quick=quick, articles=articles, say=say, **own)
    report.RESULTS.mkdir(exist_ok=True)
    path = report.RESULTS / f"{kind}-{at:%Y%m%dT%H%M%SZ}{'-quick' if quick else ''}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    print(f"\n{report.tabulate(kind, result)}\n\n{report.context(kind, result)}\n{path.relative_to(ROOT)}", flush=True)


def table(*, quick: bool) -> int:
    """The newest full results into the page; of quick ones, only to the terminal."""
    results = report.newest(report.RESULTS, quick=quick)
    if not results:
        print("There is no result yet: run `make bench` first.", file=sys.stderr)
        return 1
    text = report.figures(results)
    if quick:
        print(text)
    else:
        report.write_page(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
