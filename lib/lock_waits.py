"""Waits for locks that are shorter than PostgreSQL takes to look for a deadlock.

Code that may lock in a different order waits no longer than that: of two that wait for each other, PostgreSQL would
break off either, after a second (`deadlock_timeout`). So it is always the one that knows how to begin again that gives
way. SQLite has one writer at a time, so nobody waits within a transaction there.
"""

from __future__ import annotations

import time

from django.db import OperationalError, connection

_LONGEST = "500ms"
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"  # PostgreSQL, Appendix A
_PAUSE_SECONDS = 0.2


def wait_for_nobody_long() -> None:
    """Until the end of this transaction. A longer wait raises an error for which `was_in_the_way` is true."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, TRUE)", [_LONGEST])


def was_in_the_way(problem: OperationalError) -> bool:
    """Did somebody else have a lock, so that it is worth another try?"""
    return getattr(problem.__cause__, "sqlstate", "") in {_LOCK_NOT_AVAILABLE, _DEADLOCK}


def pause_before(attempt: int) -> None:
    """The longer, the more attempts there were: the first one after is 1."""
    time.sleep(attempt * _PAUSE_SECONDS)
