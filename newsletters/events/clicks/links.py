"""Where counted links lead: an edition's table, kept in memory and beside the spool, so that links work while the
database is away."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from newsletters.events.clicks.spool import folder
from newsletters.models import CountedLink
from newsletters.rendering.tracked_links import TRAP
from newsletters.rendering.utm import with_parameters
from subscribers import tokens
from subscribers.tokens import Purpose

logger = logging.getLogger(__name__)
MOST_TABLES = 200  # editions whose links a process remembers
KEPT_DAYS = 90  # that nobody clicked in, after which an edition's file is deleted
GOOD_SECONDS = 10.0  # then the table is read again: an address may have been mended
LONGEST_NUMBER = 4  # digits
_LENGTH = 31  # characters of a token that names nobody; one that names a reader has 39
STEM = "links-"  # of the names of files
Table = Mapping[int, str]


@lru_cache(maxsize=4096)  # the links of all readers say the same token, unless each has their own
def read_token(token: str) -> tuple[int, int] | None:
    """The edition that a link's token names, and the reader (0: nobody is told); None for what we didn't sign."""
    try:
        if len(token) > _LENGTH:
            subscriber, edition = tokens.read(Purpose.READER, token)
            return edition, subscriber
        (edition,) = tokens.read(Purpose.CLICK, token)
    except ValueError:  # a `BadToken`, or another number of numbers
        return None
    return edition, 0


def read_number(text: str) -> int:
    """0 for text that can't be the number of a link."""
    return int(text) if len(text) <= LONGEST_NUMBER and text.isascii() and text.isdigit() else 0


class LinkTables:
    """The tables that this process has read. May be used from several threads."""

    def __init__(self, place: Path | None = None) -> None:
        self._folder = place
        self._tables: OrderedDict[int, tuple[float, Table]] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, edition: int) -> tuple[Table | None, bool]:
        """What is in memory, and whether that is fresh."""
        found = self._tables.get(edition)
        return (None, False) if found is None else (found[1], time.monotonic() - found[0] < GOOD_SECONDS)

    def read(self, edition: int) -> Table:
        """From memory, the database, or the file of when it was last read. Empty for an edition without counted links.
        Raises DatabaseError where none of them answers."""
        before, is_fresh = self.look(edition)
        if before is not None and is_fresh:
            return before
        try:
            table = self._from_database(edition)
        except DatabaseError:
            known = before if before is not None else self._from_file(edition)
            if known is None:
                raise
            logger.warning("The database is away: links of edition %s lead where they led before", edition)
            table = known
        finally:
            _close_broken()
        self._keep(edition, table)
        return table

    def _from_database(self, edition: int) -> Table:
        rows = CountedLink.objects.filter(edition=edition).values_list("number", "url", "utm")
        table = {number: with_parameters(url, utm) for number, url, utm in rows}
        return table | {TRAP: f"{settings.SITE_URL}/"} if table else table

    def _keep(self, edition: int, table: Table) -> None:
        with self._lock:
            before = self._tables.pop(edition, None)
            self._tables[edition] = (time.monotonic(), table)
            while len(self._tables) > MOST_TABLES:
                self._tables.popitem(last=False)
        if table and (before is None or before[1] != table or self._is_old(edition)):
            with suppress(OSError):  # it is a second copy
                self._to_file(edition, table)

    def _is_old(self, edition: int) -> bool:
        """So that the file of a link that is clicked stays, though nothing in it changes. Asked every ten seconds at
        most."""
        try:
            return time.time() - self._path(edition).stat().st_mtime > 86_400
        except OSError:
            return True

    def _path(self, edition: int) -> Path:
        return (self._folder or folder()) / f"{STEM}{edition}.json"

    def _to_file(self, edition: int, table: Table) -> None:
        path = self._path(edition)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False) as file:
            json.dump(table, file)
        Path(file.name).replace(path)

    def _from_file(self, edition: int) -> Table | None:
        try:
            return {int(number): str(url) for number, url in json.loads(self._path(edition).read_text()).items()}
        except (OSError, ValueError):
            return None


def forget_old_files(place: Path | None = None) -> int:
    """Delete the files of editions whose links nobody clicked for so many days, and what a crash left half written; how
    many. A later click reads the database, and makes the file anew."""
    now, deleted = time.time(), 0
    for pattern, days in ((f"{STEM}*.json", KEPT_DAYS), ("*.part", 1)):
        for path in (place or folder()).glob(pattern):
            with suppress(FileNotFoundError):  # another process was quicker
                if now - path.stat().st_mtime > days * 86_400:
                    path.unlink()
                    deleted += 1
    return deleted


def _close_broken() -> None:
    """A connection that broke is not used again; a test's transaction is left alone."""
    from django.db import connection

    if not connection.in_atomic_block:
        close_old_connections()
