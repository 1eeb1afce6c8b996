"""Many rows at once, past the ORM, which would make an object of each: by COPY, or as one prepared statement.

The names of tables and columns are our own models'; nothing from outside is ever part of a statement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models

RowOfTable = tuple[Any, ...]


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
