"""Insert rows of counts, or add to those that are there: by one statement on PostgreSQL, by a prepared one on SQLite.
An ORM that reads, changes and writes them takes ten times as long.

Times are Unix milliseconds until they are in the database, which keeps whole seconds: making a datetime of each would
take longer than all the rest. The names of tables and columns are our own; nothing from outside is ever part of a
statement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

_MOMENTS = frozenset({"hour", "first_at", "last_at", "opened_at", "clicked_at"})
_TEXTS = frozenset({"kind", "method", "rule"})  # of a few different ones


def there(table: str, numbers: Sequence[int]) -> list[int]:
    """Those of the numbers that are the id of a row."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SELECT id FROM {table} WHERE id = ANY(%s)", [list(numbers)])  # noqa: S608 - our own name
        else:
            statement = f"SELECT id FROM {table} WHERE id IN (SELECT value FROM json_each(%s))"  # noqa: S608 - our own name
            cursor.execute(statement, [json.dumps(list(numbers))])
        return [number for (number,) in cursor.fetchall()]


_SETTLED = {
    "postgresql": "SELECT subscriber_id, (extract(epoch FROM settled_at) * 1000)::bigint FROM newsletters_delivery"
    " WHERE edition_id = %s AND subscriber_id = ANY(%s) AND settled_at IS NOT NULL",
    "sqlite": "SELECT subscriber_id, CAST(round((julianday(settled_at) - 2440587.5) * 86400000) AS INTEGER)"
    " FROM newsletters_delivery WHERE edition_id = %s AND subscriber_id IN (SELECT value FROM json_each(%s))"
    " AND settled_at IS NOT NULL",
}


def settled_times(edition: int, readers: Sequence[int]) -> list[tuple[int, int]]:
    """Of these readers, those of whose mail the ledger says when it was settled, in Unix milliseconds."""
    return _of_readers(_SETTLED, edition, readers)


_CROWDED = {
    "postgresql": "SELECT subscriber_id, count(*) FROM newsletters_readercount WHERE edition_id = %s"
    " AND subscriber_id = ANY(%s) GROUP BY subscriber_id HAVING count(*) > %s",
    "sqlite": "SELECT subscriber_id, count(*) FROM newsletters_readercount WHERE edition_id = %s"
    " AND subscriber_id IN (SELECT value FROM json_each(%s)) GROUP BY subscriber_id HAVING count(*) > %s",
}


def readers_with_more_rows(edition: int, readers: Sequence[int], least: int) -> list[tuple[int, int]]:
    """Of these readers, those with more rows of `ReaderCount` than that for the edition, and how many."""
    return _of_readers(_CROWDED, edition, readers, least)


def _of_readers(
    statements: Mapping[str, str], edition: int, readers: Sequence[int], *others: int
) -> list[tuple[int, int]]:
    numbers = list(readers) if connection.vendor == "postgresql" else json.dumps(list(readers))
    with connection.cursor() as cursor:
        cursor.execute(statements[connection.vendor], [edition, numbers, *others])
        found: list[tuple[int, int]] = cursor.fetchall()
        return found


def least() -> str:
    """The function that gives the least of its arguments."""
    return "LEAST" if connection.vendor == "postgresql" else "MIN"


def greatest() -> str:
    return "GREATEST" if connection.vendor == "postgresql" else "MAX"


def upsert(
    table: str,
    columns: Sequence[str],
    key: Sequence[str],
    change: str,
    rows: Sequence[Sequence[Any]],
    *,
    rules: int | None = None,
) -> None:
    """`change` says in SQL what becomes of a row that is there; `excluded` is the new one. `rows` are in the order in
    which another worker would have them, or the two lock each other out; all but a few texts and None in them are
    integers. `rules`: the version that all rows are judged by, for tables that keep it."""
    if not rows:
        return
    fixed = {} if rules is None else {"rules": str(int(rules))}
    names, conflict = ", ".join([*columns, *fixed]), ", ".join(key)
    insert, tail = f"INSERT INTO {table} ({names})", f"ON CONFLICT ({conflict}) DO UPDATE SET {change}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            found, arrays, parameters = _arrays(columns, rows)
            chosen = ", ".join([*found, *fixed.values()])
            columns_of_arrays = ", ".join(f"c{place}" for place in range(len(columns)))
            select = f"SELECT {chosen} FROM unnest({arrays}) AS new({columns_of_arrays})"  # noqa: S608 - our own names
            cursor.execute(f"{insert} {select} {tail}", parameters)
            return
        marks = ["datetime(%s / 1000, 'unixepoch')" if column in _MOMENTS else "%s" for column in columns]
        values = ", ".join([*marks, *fixed.values()])
        cursor.executemany(f"{insert} VALUES ({values}) {tail}", rows)


def _arrays(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[list[str], str, list[Any]]:
    """Columns as arrays of numbers in PostgreSQL's own text form: what each stands for, the arrays, their values."""
    values, parameters, texts = [], [], []
    for place, (column, found) in enumerate(zip(columns, zip(*rows, strict=True), strict=True)):
        if column in _TEXTS:
            different = sorted(set(found))
            numbers = {text: number for number, text in enumerate(different, 1)}
            values.append(f"(%s::text[])[c{place}]")
            texts.append(different)
            column_of_numbers = [numbers[text] for text in found]
        else:
            values.append(f"to_timestamp(c{place} / 1000)" if column in _MOMENTS else f"c{place}")
            column_of_numbers = list(found)
        parameters.append("{" + str(column_of_numbers)[1:-1].replace("None", "NULL") + "}")
    return values, ", ".join(["%s::bigint[]"] * len(columns)), [*texts, *parameters]
