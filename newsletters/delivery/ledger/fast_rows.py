"""Write rows past the ORM: new ones, of which nearly all are alike, and changed ones.

For the ledger, whose writing is a large part of what sending a mail costs: rows come as tuples, not as model instances,
and are not read back. On PostgreSQL they are written out for COPY as they come, which `lib.inserting` then sends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from lib.inserting import copy_lines, insert_rows

_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


def moment(value: datetime) -> Any:
    """An aware datetime as a value of a row; worked out once for all rows that share it."""
    return value.isoformat() if connection.vendor == "postgresql" else connection.ops.adapt_datetimefield_value(value)


def insert(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of these fields, which must be all but the key. Values: numbers, text, None, and `moment`s."""
    new = NewRows(model, names)
    for row in rows:
        new.add(row)
    new.write()


class NewRows:
    """Rows of one table that are inserted together, by one statement; values as for `insert`."""

    def __init__(self, model: type[Model], names: Sequence[str]) -> None:
        self._model, self._names = model, names
        self._is_copied = connection.vendor == "postgresql"
        self._rows: list[Any] = []  # as COPY takes them, or as parameters

    def add(self, row: Sequence[Any]) -> None:
        self._rows.append(_line(row) if self._is_copied else row)

    def like(self, row: Sequence[Any], numbers: Sequence[str], text: str) -> Callable[[tuple[int, ...], str], None]:
        """Adds rows that differ from `row` in these numbers, and in a text behind them, alone: all else is written out
        once. Of an edition nearly all rows are such, and each takes a quarter of the time."""
        places = [self._names.index(name) for name in (*numbers, text)]
        if places != sorted(places):
            raise ValueError("Rows are filled in the order of their fields.")
        append = self._rows.append
        if not self._is_copied:
            *among, last = places

            def add_row(values: tuple[int, ...], words: str) -> None:
                new = list(row)
                for place, value in zip(among, values, strict=True):
                    new[place] = value
                new[last] = words
                append(new)

            return add_row
        shared = [_line([value]).rstrip("\n").replace("%", "%%") for value in row]
        for place in places:
            shared[place] = "%s"
        template, is_special = "\t".join(shared) + "\n", _SPECIAL.search

        def add_line(values: tuple[int, ...], words: str) -> None:
            append(template % (*values, _text(words) if is_special(words) else words))

        return add_line

    def write(self) -> None:
        if not self._rows:
            return
        column_of = {field.name: str(field.column) for field in self._model._meta.concrete_fields}
        write = copy_lines if self._is_copied else insert_rows
        write(self._model._meta.db_table, [column_of[name] for name in self._names], self._rows)


def update(instance: Model, names: Sequence[str]) -> None:
    """Write these fields of a saved row, as `save(update_fields=…)` does without signals, in a fifth of its time."""
    statement, fields = _update_of(type(instance), tuple(names))
    values = [field.get_db_prep_save(getattr(instance, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, instance.pk])


@lru_cache(maxsize=64)
def _update_of(model: type[Model], names: tuple[str, ...]) -> tuple[str, list[Field[Any, Any]]]:
    fields: list[Field[Any, Any]] = [model._meta.get_field(name) for name in names]  # type: ignore[misc]
    quote = connection.ops.quote_name
    marks = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    return f"UPDATE {table} SET {marks} WHERE {key} = %s", fields  # noqa: S608 - names of our own


def _line(row: Iterable[int | str | None]) -> str:
    """A row in COPY's text format."""
    return "\t".join([str(value) if type(value) is int else _text(value) for value in row]) + "\n"


@lru_cache(maxsize=1024)  # outcomes, reasons, moments and many a server's words are the same in many rows
def _text(value: str | None) -> str:
    return r"\N" if value is None else _SPECIAL.sub(lambda match: _ESCAPES[match[0]], value)
