"""Reports: how long that of an edition and that of a newsletter take, with all that their pages and files show, beside
millions of clicks, a million deliveries, and what came back of each edition; on both databases.

Each is made in one process with its connection open, as in a web process; the first time doesn't count. Beside them
stands what a worker counts once for them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.installations import Measured, OnSqlite
from bench.send import on_postgres

FULL = {"readers": 1_000_000, "editions": 50, "events": 10_000_000}
QUICK = {"readers": 20_000, "editions": 12, "events": 200_000}
ROUNDS = (7, 3)  # full, quick
NO_SERVER = "smtp://127.0.0.1:9"  # nothing is sent


def measure(folder: Path, *, quick: bool, articles: int, say: Callable[[str], None]) -> dict[str, Any]:
    del articles
    size, rounds = (QUICK, ROUNDS[1]) if quick else (FULL, ROUNDS[0])
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        places: list[Measured] = [
            OnSqlite(folder / "sqlite", email_url=NO_SERVER),
            stack.enter_context(on_postgres(folder / "postgres", NO_SERVER)),
        ]
        for place in places:
            say(f"laying {size['readers']:,} readers and {size['events']:,} clicks on {place.database} …")
            ids = place.lay("report_rows", **size)
            say(f"making each report {rounds} times …")
            rows += [{"database": place.database, **row} for row in place.lay("time_reports", rounds=rounds, **ids)]
    slow = [f"{row['report']} ({row['database']})" for row in rows if row["ms"] > row.get("target_ms", row["ms"])]
    note = f"{size['readers']:,} readers, {size['editions']} editions, {size['events']:,} clicks; medians of {rounds}."
    note += f" Slower than the target: {', '.join(slow) or 'none'}."
    shown = [{name: value for name, value in row.items() if name != "runs"} for row in rows]
    return {"note": note, "rows": shown, "rounds": rows}
