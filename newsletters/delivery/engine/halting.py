"""The guard in front of every claim: fences, each given out once, and no sending by a restored backup.

A database that was restored believes of mails that they were not sent. Two signs betray it: it lives at another place
than before, or this machine has seen a higher fence than the database has given out. Then nothing is claimed, started
or scheduled until a person says that sending may go on. Restored, a database has to be looked at by somebody anyway.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import Struct

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from newsletters.models import SendingGuard

logger = logging.getLogger(__name__)
_FENCE = Struct("<Q")


class Halted(Exception):
    """Nothing may be sent; the message is a sentence that says why."""


def guard() -> SendingGuard:
    """The one row; made on first use."""
    return SendingGuard.objects.get_or_create(pk=1)[0]


def halted() -> str:
    """Why sending is halted, in a sentence; empty when it is not. One query."""
    return SendingGuard.objects.filter(pk=1).values_list("halted_why", flat=True).first() or ""


def check_may_send(*, fence_seen: int = 0) -> SendingGuard:
    """The guard, after a look at the signs. `fence_seen` is one that a journal knows of. Raises `Halted`."""
    found = guard()
    if found.halted_why:
        raise Halted(found.halted_why)
    place = location()
    if not found.location:
        SendingGuard.objects.filter(pk=1, location="").update(location=place)
    elif found.location != place:
        _halt("The database has moved. It looks like a restored backup or a copy.")
    seen = max(fence_seen, _seen(found))
    if seen > found.fence:
        # Read again: another process may have given out more since.
        found.refresh_from_db()
        if seen > found.fence:
            _halt("This machine has sent email that isn't in the database. It looks like a restored backup.")
    return found


def _halt(why: str) -> None:
    logger.error("Sending is stopped: %s", why)
    SendingGuard.objects.filter(pk=1).update(halted_why=why, halted_at=timezone.now())
    raise Halted(why)


def confirm(by: str) -> None:
    """A person has looked at the editions: sending may go on, from this place, above every fence that was seen."""
    with transaction.atomic():
        found = SendingGuard.objects.select_for_update().get_or_create(pk=1)[0]
        found.fence = max(found.fence, _seen(found)) + 1
        found.location = location()
        found.halted_why = ""
        found.halted_at = None
        found.confirmed_by = by[:150]
        found.confirmed_at = timezone.now()
        found.save()
    logger.warning("Sending resumed by %s", by)


def next_fences(count: int) -> list[int]:
    """So many fences that nobody had before; within the caller's transaction, in which they are committed."""
    guard_row = SendingGuard.objects.filter(pk=1)
    if not guard_row.update(fence=F("fence") + count):
        guard()
        guard_row.update(fence=F("fence") + count)
    last: int = guard_row.values_list("fence", flat=True).get()  # the row is ours until the transaction ends
    return list(range(last - count + 1, last + 1))


def hold_fences() -> None:
    """Until the end of the caller's transaction nobody gets a fence, so nobody claims a chunk."""
    SendingGuard.objects.select_for_update().get_or_create(pk=1)


# --- What this machine has seen -------------------------------------------------------------------------------
def record_fence(fence: int, installation: str) -> None:
    """Remember that this fence was given out, in a file beside the journals. Raises OSError."""
    with _fence_file(installation) as file:
        if fence > _read(file):
            os.pwrite(file, _FENCE.pack(fence), 0)


def _seen(found: SendingGuard) -> int:
    try:
        with _fence_file(str(found.installation)) as file:
            return _read(file)
    except OSError:
        return 0  # without a folder of journals nothing is sent anyway: opening one says why


@contextmanager
def _fence_file(installation: str) -> Iterator[int]:
    folder: Path = settings.IRIA_JOURNAL_DIR
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / f"{installation}.fence", os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _read(file: int) -> int:
    data = os.pread(file, _FENCE.size, 0)
    return int(_FENCE.unpack(data)[0]) if len(data) == _FENCE.size else 0


# --- Where the database lives ---------------------------------------------------------------------------------
def location() -> str:
    """A fingerprint of the place: it changes when a dump is loaded elsewhere, and not with a restart.

    PostgreSQL: the cluster's identifier, where we may ask for it, and the database's number in it. SQLite: the file.
    """
    if connection.vendor != "postgresql":
        path = Path(str(connection.settings_dict["NAME"]))
        return f"sqlite {path.resolve()} {path.stat().st_ino}" if path.exists() else f"sqlite {path}"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_function_privilege('pg_control_system()', 'EXECUTE'),"
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        may_ask, number = cursor.fetchone()
        cluster = ""
        if may_ask:
            cursor.execute("SELECT system_identifier FROM pg_control_system()")
            cluster = str(cursor.fetchone()[0])
    return f"postgresql {cluster} {number}"
