"""What PostgreSQL believes of the size of small tables, put right where it is far too small.

In a table of a few pages, reading all of it costs no more than looking a row up. Where the table was analysed while it
was empty (a fresh installation, an import that was undone), the planner expects one row of it and reads it anew for
every row of another, those again for every row of a third: a rule of ten conditions about sixty people took minutes.
Autovacuum puts this right only after fifty more rows and up to a minute. In a larger table the planner looks rows up,
whatever it believes; so only small ones are asked about, which takes a millisecond.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import Model

SMALL = 64  # pages, each of eight kilobytes: several times as many as it takes for a lookup to be cheaper
FEW_ON_A_PAGE = 10  # rows; fewer are believed of a table that was analysed while it was empty, or of very long rows
TIMES_TOO_FEW = 4


def correct_statistics(models: Iterable[type[Model]]) -> None:
    """Analyse those of their tables of which far too few rows are expected. Nothing on SQLite, which expects an index
    to be quick. A table that another process is analysing at this moment is left to it."""
    if connection.vendor != "postgresql":
        return
    tables = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reltuples * pg_relation_size(oid) / current_setting('block_size')::int / relpages"
            " FROM pg_class WHERE oid = ANY(%s::regclass[])"
            " AND relpages > 0 AND reltuples BETWEEN 0 AND %s * relpages"  # never analysed: it guesses, and well enough
            " AND pg_relation_size(oid) <= %s * current_setting('block_size')::int",
            [tables, FEW_ON_A_PAGE, SMALL],
        )
        for table, expected in cursor.fetchall():
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT count(*) FROM {name}")  # noqa: S608 - the name of a model's table
            (rows,) = cursor.fetchone()
            if rows > max(1, expected) * TIMES_TOO_FEW:
                cursor.execute(f"ANALYZE (SKIP_LOCKED) {name}")
