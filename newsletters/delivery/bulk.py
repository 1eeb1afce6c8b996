"""Write many new rows at once: COPY on PostgreSQL, one prepared INSERT on SQLite.

For the ledger, whose writing is the larger part of what sending a mail costs: Django's bulk_create compiles each value
of each row. The rows' keys are not read back; constraints, transactions and errors are as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import Model


def insert(rows: Sequence[Model]) -> None:
    """Insert new rows of one model."""
    if not rows:
        return
    meta = type(rows[0])._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    table = connection.ops.quote_name(meta.db_table)
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    values_of = attrgetter(*(field.attname for field in fields))
    values = ([_adapted(value) for value in values_of(row)] for row in rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
        else:
            marks = ", ".join("%s" for _ in fields)
            # Names of our own tables and columns, quoted; the values are parameters.
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(values))  # noqa: S608


def _adapted(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
