"""Freezing an audience: the seconds from a queued edition to variants and chunks, on both databases and several sizes.

Each freezing is a process of its own, so that its peak of memory is its own; the time is that of the freezing, without
the start of the process. The audience grows tenfold from size to size; what is frozen is cancelled, but for the last
edition to the largest audience: a worker begins to send it, and its peak of memory is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from bench.installations import Measured, OnSqlite
from bench.machine import peak_mb
from bench.send import on_postgres
from bench.sinks import Sink
from tests.processes import wait_until

SENT = 30_000  # mails after which a sender's peak of memory is taken
FULL = ((10_000, 100_000, 1_000_000), 3)
QUICK = ((10_000, 50_000), 1)


def measure(folder: Path, *, quick: bool, articles: int, say: Callable[[str], None]) -> dict[str, Any]:
    sizes, rounds = QUICK if quick else FULL
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        url = stack.enter_context(Sink()).url()
        places: list[Measured] = [
            OnSqlite(folder / "sqlite", email_url=url),
            stack.enter_context(on_postgres(folder / "postgres", url)),
        ]
        for readers in sizes:
            editions = {}
            for place in places:
                say(f"{readers:,} readers on {place.database} …")
                newsletter = place.lay("crowd", readers=readers)
                editions[place.database] = place.lay("editions", newsletter=newsletter, count=rounds, articles=articles)
            runs: dict[str, list[dict[str, Any]]] = {place.database: [] for place in places}
            for number in range(rounds):
                for place in places:
                    runs[place.database].append(_freeze(place, editions[place.database][number]))
                    if (readers, number) != (sizes[-1], rounds - 1):
                        place.manage("editions", "cancel", str(editions[place.database][number]))
            rows += [_row(database, each) for database, each in runs.items()]
        for place, row in zip(places, rows[-len(places) :], strict=True):
            say(f"a worker sends to {sizes[-1]:,} on {place.database} …")
            row["sender_mb"] = _peak_of_a_sender(place, editions[place.database][-1], min(SENT, sizes[-1] // 2), url)
    for before, row in zip(rows, rows[len(places) :], strict=False):
        row["times_before"] = round(row["seconds"] / before["seconds"], 1)
    return {"note": "", "rows": [{k: v for k, v in row.items() if k != "runs"} for row in rows], "rounds": rows}


def _freeze(place: Measured, edition: int) -> dict[str, Any]:
    run: dict[str, Any] = place.lay("freeze", edition=edition)
    if not run["candidates"]:
        raise RuntimeError(f"Edition {edition} was not frozen: {run}")
    return run


def _peak_of_a_sender(place: Measured, edition: int, wanted: int, url: str) -> float:
    settled = f"SELECT sum(settled) FROM newsletters_chunk WHERE edition_id = {edition}"
    with place.senders([url]) as workers:
        wait_until(lambda: place.row(settled)[0] >= wanted, f"{wanted:,} mails are sent", seconds=300, every=0.2)
        peak = max(peak_mb(process.pid) for family in place.sending(workers) for process in family)
    return round(peak, 1)


def _row(database: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    seconds = median(run["seconds"] for run in runs)
    return {
        "database": database, "recipients": runs[0]["candidates"], "seconds": round(seconds, 3),
        "readers_per_s": round(runs[0]["candidates"] / seconds), "peak_mb": round(max(r["peak_mb"] for r in runs), 1),
        "runs": runs,
    }  # fmt: skip
