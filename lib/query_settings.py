"""Settings of PostgreSQL for a few queries that its own don't suit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def query_settings(**values: str) -> Iterator[None]:
    """In a transaction, in which alone they hold. SQLite has no such settings; there no transaction is begun either,
    since others could not write meanwhile."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        before = _read(values)
        _set(values)
        yield
        _set(before)  # else they would go on for what follows in a transaction around this


@contextmanager
def whole_table_reads() -> Iterator[None]:
    """For queries that read much of large tables and give many rows. Compiling them to machine code takes longer than
    running them; and a cursor is planned for its first rows, unless it is said that all will be read."""
    with query_settings(jit="off", cursor_tuple_fraction="1"):
        yield


def _read(names: dict[str, str]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, current_setting(name) FROM unnest(%s::text[]) AS wanted(name)", [list(names)])
        return dict(cursor.fetchall())


def _set(values: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(name, value, true) FROM unnest(%s::text[], %s::text[]) AS wanted(name, value)",
            [list(values), list(values.values())],
        )
