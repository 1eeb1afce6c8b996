"""From the spool into the database: hourly counts by link and kind of program, and by reader where that is wanted.

Each batch of lines is one transaction that holds the spool's row and moves its offset. Killed at any point it has
happened or it has not; two workers at one file count nothing twice. A file is deleted when its process is gone and all
of it is counted.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from lib import lock_waits
from newsletters.events.clicks import machines
from newsletters.events.clicks.batches import read_batch
from newsletters.events.clicks.counted_folders import note_counted
from newsletters.events.clicks.spool import SUFFIX, folder
from newsletters.events.clicks.tallying import tally
from newsletters.models import ClickSpool

logger = logging.getLogger(__name__)
# On SQLite, seconds between two batches of at least so many clicks in which nobody writes here: who waits to write
# looks ten times a second whether it may, and would find each batch after the other.
_PAUSE, _LARGE = 0.12, 2000
LEFT_FOR_LATER = machines.WITHIN + 500  # milliseconds: the next click of a machine may tell that it is one
LATELY = 3600.0  # seconds in which a worker has time to count it; a process ends its file within a minute
_TRIES = 3


def anything_waits(place: Path | None = None) -> bool:
    """Is there a spool that was written lately, or whose process is gone? A look into a folder, not the database."""
    try:
        return any(map(_waits, (place or folder()).glob(f"*{SUFFIX}")))
    except OSError:
        return False


def _waits(path: Path) -> bool:
    with path.open("rb") as file:
        return _is_free(file.fileno()) or time.time() - os.fstat(file.fileno()).st_mtime < LATELY


def count_clicks(place: Path | None = None, *, everything: bool = False) -> int:
    """Count what the spools of this machine hold; how many clicks that were. Lines of the last seconds wait for the
    next time, unless `everything` is wanted or their process is gone. Raises DatabaseError; then nothing is lost."""
    counted = 0
    began = timezone.now() - timedelta(milliseconds=LEFT_FOR_LATER)
    for path in sorted((place or folder()).glob(f"*{SUFFIX}")):
        with suppress(FileNotFoundError):  # another worker was quicker
            counted += _count_file(path, everything=everything)
    note_counted(place, until=began)
    return counted


def _count_file(path: Path, *, everything: bool) -> int:
    counted = 0
    with path.open("rb") as file:
        is_free = _is_free(file.fileno())
        until = None if everything or is_free else int(time.time() * 1000) - LEFT_FOR_LATER
        not_before = float("-inf")
        while (
            found := _count_batch(path.name, file.fileno(), until, is_free=is_free, not_before=not_before)
        ) is not None:
            counted += found
            if found >= _LARGE and connection.vendor == "sqlite":
                not_before = time.monotonic() + _PAUSE
        if is_free:
            path.unlink()  # first: a worker that finds the row gone finds the file gone, too
            ClickSpool.objects.filter(name=path.name).delete()
    return counted


def _is_free(file: int) -> bool:
    """Is the process that wrote it gone? The lock we take is given back when the file is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _count_batch(
    name: str, file: int, until: int | None, *, is_free: bool, not_before: float = float("-inf")
) -> int | None:
    """How many clicks were counted by one transaction, not before that moment of the monotonic clock; None when there
    is nothing (more) to count. The batch is read and judged before it, so that it holds its locks for the writing
    alone."""
    attempt = 1
    while True:
        offset = ClickSpool.objects.filter(name=name).values_list("offset", flat=True).first() or 0
        batch = read_batch(file, offset, until, is_free=is_free)
        if not batch.size:
            return None
        tallied = tally(batch)
        if (pause := not_before - time.monotonic()) > 0:
            time.sleep(pause)
        try:
            with transaction.atomic():
                ClickSpool.objects.get_or_create(name=name)
                spool = ClickSpool.objects.select_for_update().filter(name=name).first()
                if spool is None or not os.fstat(file).st_nlink:  # another worker has counted and deleted it
                    ClickSpool.objects.filter(name=name).delete()
                    return None
                if spool.offset != offset:  # another worker has counted this batch
                    continue
                tallied.write()
                spool.offset += batch.size
                spool.save(update_fields=["offset"])
                return batch.amount
        except IntegrityError:  # another machine's worker has just made the same row
            if attempt == _TRIES:
                raise
        except OperationalError as problem:
            if attempt == _TRIES or not lock_waits.was_in_the_way(problem):
                raise
            lock_waits.pause_before(attempt)
        attempt += 1
