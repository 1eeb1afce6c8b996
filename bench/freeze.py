"""Freezing an audience: the seconds from a queued edition to variants and chunks, on both databases and several sizes.

Each freezing is a process of its own, so that its peak of memory is its own; the time is that of the freezing, without
the start of the process. The audience grows from size to size; what is frozen is cancelled, and nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from bench.installations import Measured, OnSqlite
from bench.send import on_postgres

NOWHERE = "smtp://127.0.0.1:9/"
FULL = ((10_000, 100_000, 1_000_000), 3)
QUICK = ((10_000, 50_000), 1)


def measure(folder: Path, *, quick: bool, articles: int, say: Callable[[str], None]) -> dict[str, Any]:
    sizes, rounds = QUICK if quick else FULL
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        places: list[Measured] = [
            OnSqlite(folder / "sqlite", email_url=NOWHERE),
            stack.enter_context(on_postgres(folder / "postgres", NOWHERE)),
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
            rows += [_row(database, each) for database, each in runs.items()]
    for row in rows:
        first = next(each for each in rows if each["database"] == row["database"])
        row["linear"] = round(row["readers_per_s"] / first["readers_per_s"], 2)
    return {"note": "", "rows": [{k: v for k, v in row.items() if k != "runs"} for row in rows], "rounds": rows}


def _freeze(place: Measured, edition: int) -> dict[str, Any]:
    run: dict[str, Any] = place.lay("freeze", edition=edition)
    if not run["candidates"]:
        raise RuntimeError(f"Edition {edition} was not frozen: {run}")
    place.manage("editions", "cancel", str(edition))
    return run


def _row(database: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    seconds = median(run["seconds"] for run in runs)
    return {
        "database": database, "recipients": runs[0]["candidates"], "seconds": round(seconds, 3),
        "readers_per_s": round(runs[0]["candidates"] / seconds), "peak_mb": round(max(r["peak_mb"] for r in runs), 1),
        "runs": runs,
    }  # fmt: skip
