"""Many rows at once, past the ORM, which would make an object of each: found, locked, inserted, and given ids.

The names of tables and columns are our own models'; nothing from outside is ever part of a statement.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connection, models

from lib import inserting

RowOfTable = tuple[Any, ...]
_CACHE_KB = 24_000
_PAGES_TO_CHECKPOINT = 8000  # of 4 KB: a checkpoint is part of somebody's commit, and short


def stored_moment() -> Callable[[datetime], str]:
    """How this database is told a moment. Many rows have the same one: it is written out once."""
    return _as_django_writes_it if connection.vendor == "sqlite" else _with_its_zone


@lru_cache(maxsize=256)
def _as_django_writes_it(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ")  # UTC, without saying so


@lru_cache(maxsize=256)
def _with_its_zone(moment: datetime) -> str:
    return moment.isoformat()


def new_ids(model: type[models.Model], count: int) -> Sequence[int]:
    """Ids that nobody else gets: from the sequence, or above the highest while we alone may write."""
    if not count:
        return ()
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return sorted(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = %s), 0)", [table])
        highest: int = cursor.fetchone()[0]
    return range(highest + 1, highest + 1 + count)


@contextmanager
def roomy_cache() -> Iterator[None]:
    """On SQLite: indexes that are written all over lie in memory meanwhile, and pages that change again and again are
    moved from the journal once. What is committed is as safe as before."""
    if connection.vendor != "sqlite":
        yield
        return
    wanted = {"cache_size": -_CACHE_KB, "wal_autocheckpoint": _PAGES_TO_CHECKPOINT}
    with connection.cursor() as cursor:
        before = {}
        for name in wanted:
            cursor.execute(f"PRAGMA {name}")
            before[name] = cursor.fetchone()[0]
        _set(cursor, wanted)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            _set(cursor, before)


def _set(cursor: Any, values: dict[str, int]) -> None:
    for name, value in values.items():
        cursor.execute(f"PRAGMA {name} = {value:d}")


def find(model: type[models.Model], by: str, values: Sequence[str], columns: Sequence[str]) -> list[RowOfTable]:
    """These columns of the rows whose text column `by` has one of these values, as the database has them."""
    return _find(model, by, values, columns, "")


def lock(model: type[models.Model], by: str, values: Sequence[str], columns: Sequence[str]) -> list[RowOfTable]:
    """The same, and nobody else changes these rows before the end of the transaction."""
    # In the order of their ids, so that two who lock the same rows don't wait for one another. SQLite has one writer.
    return _find(model, by, values, columns, " ORDER BY id FOR UPDATE" if connection.vendor == "postgresql" else "")


def _find(
    model: type[models.Model], by: str, values: Sequence[str], columns: Sequence[str], then: str
) -> list[RowOfTable]:
    """One parameter however many values there are: the ORM makes thousands, and takes longer for them than the database
    for the rows."""
    name = connection.ops.quote_name
    postgres = connection.vendor == "postgresql"
    among = "= ANY(%s::text[])" if postgres else "IN (SELECT value FROM json_each(%s))"
    names = ", ".join(map(name, columns))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {names} FROM {name(model._meta.db_table)} WHERE {name(by)} {among}{then}",  # noqa: S608 - our own names
            [list(values) if postgres else json.dumps(list(values))],
        )
        found: list[RowOfTable] = cursor.fetchall()
    return found


def insert(model: type[models.Model], columns: Sequence[str], rows: Sequence[RowOfTable]) -> None:
    inserting.insert_rows(model._meta.db_table, columns, rows)
