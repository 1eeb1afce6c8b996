"""Insert many rows past the ORM, which would make an object of each: by COPY on PostgreSQL, on SQLite by one prepared
statement. Constraints, transactions and Django's exceptions are as usual.

The names of tables and columns are our own; nothing from outside is ever part of a statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection


def insert_rows(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Values as the database's driver takes them."""
    if not rows:
        return
    if connection.vendor == "postgresql":
        with _copying(table, columns) as copy:
            for row in rows:
                copy.write_row(row)
        return
    names, marks = _quoted(columns), ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {connection.ops.quote_name(table)} ({names}) VALUES ({marks})",  # noqa: S608 - our own names
            rows,
        )


def copy_lines(table: str, columns: Sequence[str], lines: Sequence[str]) -> None:
    """On PostgreSQL alone: rows that are written out already in COPY's text format, each with its line end."""
    if lines:
        with _copying(table, columns) as copy:
            copy.write("".join(lines))


@contextmanager
def _copying(table: str, columns: Sequence[str]) -> Iterator[Any]:
    statement = f"COPY {connection.ops.quote_name(table)} ({_quoted(columns)}) FROM STDIN"
    # Django wraps the errors of execute alone; our callers know its exceptions and not the driver's.
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        yield copy


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(map(connection.ops.quote_name, columns))
