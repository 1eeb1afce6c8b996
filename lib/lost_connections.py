"""Is the database away, or did it refuse one statement? Both are an OperationalError."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError, connection


def is_lost(error: BaseException) -> bool:
    """Nothing else works then either. A statement that took too long, a deadlock or too many locks are the trouble of
    the caller. To be called once the transaction of the error is over."""
    if isinstance(error, InterfaceError):
        return True
    return isinstance(error, OperationalError) and not connection.is_usable()
