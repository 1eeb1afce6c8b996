"""Work that only so many processes may do at once: who finds no free place leaves it to those who have one."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_here: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@contextmanager
def place_for(work: str, most: int = 1) -> Iterator[bool]:
    """Is one of `most` places for this work free? It is held until the end of the block, and not beyond the connection,
    so that a process that is killed leaves none taken. Call it outside of a transaction. Raises DatabaseError.

    PostgreSQL holds the places in advisory locks of the session. SQLite is used by one worker, whose
    threads share them.
    """
    names = [f"{work} {number}" for number in range(most)]
    taken = next(filter(_take, names), None)
    try:
        yield taken is not None
    finally:
        if taken is not None:
            _leave(taken)


def _take(name: str) -> bool:
    if connection.vendor != "postgresql":
        return _here[name].acquire(blocking=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])


def _leave(name: str) -> None:
    if connection.vendor != "postgresql":
        _here[name].release()
    elif connection.connection is not None and not connection.connection.closed:  # it would have left with it
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
