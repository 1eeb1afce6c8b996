"""The pages that staff work with, in an installation that has gathered much: half a million readers, a million
deliveries, fifty thousand articles. See bench.newsroom for what is laid and bench.pages for how it is timed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.installations import Measured, OnSqlite
from bench.send import on_postgres

FULL = ({"readers": 500_000, "deliveries": 1_000_000, "articles": 50_000}, 7)
QUICK = ({"readers": 2000, "deliveries": 4000, "articles": 500}, 2)
MOST_QUERIES = 24  # a page, or a save by itself: decision 18, and tests/newsletters/admin/edition/test_queries.py
NOWHERE = "smtp://127.0.0.1:9"  # nothing is sent


def measure(folder: Path, *, quick: bool, articles: int, say: Callable[[str], None]) -> dict[str, Any]:
    """`articles` is about the measured edition of the other benches; here the draft has twenty, as the target says."""
    sizes, rounds = QUICK if quick else FULL
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        places: list[Measured] = [
            OnSqlite(folder / "sqlite", email_url=NOWHERE),
            stack.enter_context(on_postgres(folder / "postgres", NOWHERE)),
        ]
        for place in places:
            say(f"laying {sizes['readers']:,} readers and their mails on {place.database} …")
            place.manage("collectstatic", "--noinput", "--verbosity", "0")  # pages name their files by it
            ids = place.lay("newsroom", **sizes)
            say(f"opening the pages {rounds} times each …")
            rows += [{"database": place.database, **row} for row in place.lay("time_pages", rounds=rounds, **ids)]
    missed = [f"{row['page']} ({row['database']})" for row in rows if (row["target_ms"] or row["ms"]) < row["ms"]]
    many = [f"{row['page']} ({row['database']})" for row in rows if row["queries"] > MOST_QUERIES]
    note = "{readers:,} subscribers, {deliveries:,} deliveries, {articles:,} articles".format(**sizes)
    note += f"; medians of {rounds} interleaved rounds. Over the target: {', '.join(missed) or 'none'}."
    note += f" More than {MOST_QUERIES} queries: {', '.join(many) or 'none'}."
    shown = [{name: value for name, value in row.items() if name != "rounds"} for row in rows]
    return {"note": note, "rows": [{**row, "target_ms": row["target_ms"] or ""} for row in shown], "rounds": rows}
