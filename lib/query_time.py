"""A bound on how long the database may take over what a page asks, so that no question holds up a worker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

_STEPS = 10_000  # of SQLite's machine between two looks at the clock: a few hundred microseconds


class TookTooLong(Exception):
    """The database was told to stop."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Each query within may take so long. Raises `TookTooLong`; nothing that was written within is kept then."""
    if connection.vendor == "postgresql":
        with _of_postgresql(seconds):
            yield
    else:
        with _of_sqlite(seconds):
            yield


@contextmanager
def _of_postgresql(seconds: float) -> Iterator[None]:
    from psycopg.errors import QueryCanceled

    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('statement_timeout')")
                (before,) = cursor.fetchone()
                _set_timeout(f"{max(1, round(seconds * 1000))}ms")
            yield
            _set_timeout(before)  # else it would go on for what follows in a transaction around this
    except OperationalError as problem:
        if isinstance(problem.__cause__, QueryCanceled):
            raise TookTooLong from problem
        raise


def _set_timeout(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [value])


@contextmanager
def _of_sqlite(seconds: float) -> Iterator[None]:
    connection.ensure_connection()
    until = time.monotonic() + seconds
    raw = connection.connection
    raw.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    try:
        yield
    except OperationalError as problem:
        if str(problem) == "interrupted":
            raise TookTooLong from problem
        raise
    finally:
        raw.set_progress_handler(None, 0)
