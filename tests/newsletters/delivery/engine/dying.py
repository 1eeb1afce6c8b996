"""A sending process that dies, within a test: what SIGKILL leaves of its journal."""

from __future__ import annotations

import os

from newsletters.delivery.engine.journal import Journal


def die(journal: Journal) -> None:
    """The file stays, and its lock is free. Not while it is being synchronised: a system call that is under way keeps
    the file open, and with it the lock, beyond `close`. Of a process that was killed, none is."""
    with journal._lock, journal._in_use:
        journal._closed = True
        os.close(journal._file)
