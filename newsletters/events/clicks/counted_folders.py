"""Up to when the clicks of each machine are counted. Each has a folder of spools that only its own workers see, so what
must know of every click asks `CountedFolder` whether another machine is behind.

A worker says it every few minutes, also where nothing waits.
"""

from __future__ import annotations

import fcntl
import logging
import secrets
import socket
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from newsletters.events.clicks.spool import folder
from newsletters.models import CountedFolder

logger = logging.getLogger(__name__)
FORGOTTEN = timedelta(days=30)
SAID_EVERY = 300.0  # seconds
_said_at: dict[Path, float] = {}


def note_counted(place: Path | None = None, *, until: datetime) -> None:
    """Everything that this folder's processes wrote before that moment is counted. Writes seldom. Raises
    DatabaseError."""
    place = place or folder()
    now = time.monotonic()
    if now - _said_at.get(place, float("-inf")) < SAID_EVERY:
        return
    try:
        name = _name_of(place)
    except OSError as problem:  # as of a disk that is full: without a name nobody waits for this machine
        logger.warning("The folder of clicks can't be named: %s", problem)
        return
    _row, is_new = CountedFolder.objects.update_or_create(name=name, defaults={"counted_to": until})
    if is_new:
        CountedFolder.objects.filter(counted_to__lt=timezone.now() - FORGOTTEN).delete()
    _said_at[place] = now


def _name_of(place: Path) -> str:
    """Made once and kept beside the folder: it goes where the clicks go, whatever the machine is called. Raises
    OSError."""
    path = place.with_name(f"{place.name}.name")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # processes that start together would each say a name of their own
        file.seek(0)
        name = file.read(80).strip()
        if not name:
            name = f"{socket.gethostname()[:60]}-{secrets.token_hex(4)}"
            file.write(name)
    return name
