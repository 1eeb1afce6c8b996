"""Many rows at once, past the ORM, which would make an object of each: by COPY, or as one prepared statement.

The names of tables and columns are our own models'; nothing from outside is ever part of a statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models

RowOfTable = tuple[Any, ...]
_CACHE_KB = 24_000
_PAGES_TO_CHECKPOINT = 8000  # of 4 KB: a checkpoint is part of somebody's commit, and short


def stored_moment() -> Callable[[datetime], Any]:
    """How this database keeps a moment."""
    return _as_django_writes_it if connection.vendor == "sqlite" else _unchanged


def _as_django_writes_it(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ")  # UTC, without saying so


def _unchanged(moment: datetime) -> datetime:
    return moment


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


def insert(model: type[models.Model], columns: Sequence[str], rows: Sequence[RowOfTable]) -> None:
    if not rows:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(map(connection.ops.quote_name, columns))
    with closing(connection.cursor()) as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608 - our own names
