"""Insert rows of counts, or add to those that are there: by one statement on PostgreSQL, by a prepared one on SQLite.
An ORM that reads, changes and writes them takes ten times as long.

The names of tables and columns are our own; nothing from outside is ever part of a statement.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

_TYPES = {
    "subscriber_id": "bigint", "edition_id": "bigint", "link_id": "bigint", "agent_id": "bigint", "kind": "text",
    "method": "text", "rule": "text", "rules": "smallint", "times": "integer", "clicks": "integer", "opens": "integer",
    "hour": "timestamptz", "first_at": "timestamptz", "last_at": "timestamptz", "opened_at": "timestamptz",
    "clicked_at": "timestamptz", "links": "bigint",
}  # fmt: skip


def moment_writer() -> Callable[[int], Any]:
    """What makes of a time in Unix milliseconds what the database's driver takes; asked for once, for many times."""
    as_moment = datetime.fromtimestamp
    if connection.vendor == "postgresql":
        return lambda at: as_moment(at / 1000, UTC)
    return lambda at: as_moment(at / 1000, UTC).isoformat(" ")[:-6]  # without +00:00, as Django writes it


def there(table: str, numbers: Sequence[int]) -> list[int]:
    """Those of the numbers that are the id of a row."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SELECT id FROM {table} WHERE id = ANY(%s)", [list(numbers)])  # noqa: S608 - our own name
        else:
            statement = f"SELECT id FROM {table} WHERE id IN (SELECT value FROM json_each(%s))"  # noqa: S608 - our own name
            cursor.execute(statement, [json.dumps(list(numbers))])
        return [number for (number,) in cursor.fetchall()]


def least() -> str:
    """The function that gives the least of its arguments."""
    return "LEAST" if connection.vendor == "postgresql" else "MIN"


def greatest() -> str:
    return "GREATEST" if connection.vendor == "postgresql" else "MAX"


def upsert(
    table: str, columns: Sequence[str], key: Sequence[str], change: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    """`change` says in SQL what becomes of a row that is there; `excluded` is the new one. `rows` are in the order in
    which another worker would have them, or the two lock each other out."""
    if not rows:
        return
    names, conflict = ", ".join(columns), ", ".join(key)
    tail = f"ON CONFLICT ({conflict}) DO UPDATE SET {change}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"%s::{_TYPES[column]}[]" for column in columns)
            statement = f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) {tail}"  # noqa: S608 - our own names
            cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
            return
        marks = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks}) {tail}"  # noqa: S608 - our own names
        cursor.executemany(statement, rows)
