"""A bound on how long the database may take over what a page asks, so that no question holds up a worker."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import OperationalError, connection, transaction

_STEPS = 10_000  # of SQLite's machine between two looks at the clock: a few hundred microseconds
_TRANSACTIONS = ("SAVEPOINT", "RELEASE", "ROLLBACK")  # which go on, so that what was broken off is left in order
_until: ContextVar[float] = ContextVar("query_time_until", default=math.inf)  # of time.monotonic()


class TookTooLong(Exception):
    """The database was told to stop."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """All queries within may take so long together, on the default connection. Raises `TookTooLong`.

    For reading alone: what is written within is taken back on PostgreSQL, and on SQLite only by a transaction around
    this. One limit may stand within another; the sooner counts.
    """
    outer = _until.get()
    until = min(time.monotonic() + seconds, outer)
    token = _until.set(until)
    try:
        with _on_postgresql(until) if connection.vendor == "postgresql" else _on_sqlite(until, outer):
            yield
    finally:
        _until.reset(token)


@contextmanager
def _on_postgresql(until: float) -> Iterator[None]:
    from psycopg.errors import QueryCanceled

    try:
        with transaction.atomic():
            before = _setting("SELECT current_setting('statement_timeout')")
            with connection.execute_wrapper(_within(until, tell=_set_timeout)):
                yield
            _set_timeout(before)  # else it would go on for what follows in a transaction around this
    except OperationalError as problem:
        if isinstance(problem.__cause__, QueryCanceled):
            raise TookTooLong from problem
        raise


def _within(until: float, *, tell: Callable[[str], None] | None = None) -> Callable[..., Any]:
    """Begins no query after that; `tell` is told how long each may take."""

    def execute_in_time(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not sql.startswith(_TRANSACTIONS):
            left = until - time.monotonic()
            if left <= 0:
                raise TookTooLong
            if tell is not None:
                tell(f"{math.ceil(left * 1000)}ms")
        return execute(sql, *rest)

    return execute_in_time


def _set_timeout(value: str) -> None:
    _setting("SELECT set_config('statement_timeout', %s, true)", value)


def _setting(query: str, *values: str) -> str:
    """Past Django's wrappers, of which ours would ask again."""
    with connection.connection.cursor() as cursor:
        return str(cursor.execute(query, values).fetchone()[0])


@contextmanager
def _on_sqlite(until: float, outer: float) -> Iterator[None]:
    connection.ensure_connection()
    raw = connection.connection
    raw.set_progress_handler(_is_over(until), _STEPS)
    try:
        with connection.execute_wrapper(_within(until)):
            yield
    except OperationalError as problem:
        if str(problem) == "interrupted":
            raise TookTooLong from problem
        raise
    finally:
        raw.set_progress_handler(None if math.isinf(outer) else _is_over(outer), _STEPS)


def _is_over(until: float) -> Callable[[], bool]:
    return lambda: time.monotonic() > until
