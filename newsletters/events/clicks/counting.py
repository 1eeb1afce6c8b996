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
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from django.db import IntegrityError, OperationalError, connection, transaction

from lib import lock_waits
from newsletters.events.clicks import hourly, machines, readers
from newsletters.events.clicks.spool import METHODS, OPEN, SUFFIX, Click, folder
from newsletters.models import ClickSpool, CountedLink, Edition

logger = logging.getLogger(__name__)
BATCH = 1 << 20  # bytes; some 10,000 clicks
# On SQLite, seconds after a batch of at least so many clicks: who waits to write there looks ten times a second whether
# it may, and would find each batch after the other.
_PAUSE, _LARGE = 0.12, 2000
LEFT_FOR_LATER = machines.WITHIN + 500  # milliseconds: the next click of a machine may tell that it is one
LATELY = 3600.0  # seconds in which a worker has time to count it; a process ends its file within a minute
_LOOK_BACK = 256 << 10  # bytes before a batch: more than anybody clicks in two seconds, with few exceptions
_HOUR = 3_600_000
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
    for path in sorted((place or folder()).glob(f"*{SUFFIX}")):
        with suppress(FileNotFoundError):  # another worker was quicker
            counted += _count_file(path, everything=everything)
    return counted


def _count_file(path: Path, *, everything: bool) -> int:
    counted = 0
    with path.open("rb") as file:
        is_free = _is_free(file.fileno())
        until = None if everything or is_free else int(time.time() * 1000) - LEFT_FOR_LATER
        while (found := _count_batch(path.name, file.fileno(), until, is_free=is_free)) is not None:
            counted += found
            if found >= _LARGE and connection.vendor == "sqlite":
                time.sleep(_PAUSE)
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


def _count_batch(name: str, file: int, until: int | None, *, is_free: bool) -> int | None:
    """None when there is nothing (more) to count."""
    for attempt in range(1, _TRIES + 1):
        try:
            with transaction.atomic():
                ClickSpool.objects.get_or_create(name=name)
                spool = ClickSpool.objects.select_for_update().filter(name=name).first()
                if spool is None or not os.fstat(file).st_nlink:  # another worker has counted and deleted it
                    ClickSpool.objects.filter(name=name).delete()
                    return None
                lines = _read(file, spool.offset, until, is_free=is_free)
                if not lines.size:
                    return None
                _add(lines)
                spool.offset += lines.size
                spool.save(update_fields=["offset"])
                return len(lines.clicks)
        except IntegrityError:  # another machine's worker has just made the same row
            if attempt == _TRIES:
                raise
        except OperationalError as problem:
            if attempt == _TRIES or not lock_waits.was_in_the_way(problem):
                raise
            lock_waits.pause_before(attempt)
    return None


class Lines(NamedTuple):
    """What a batch counts, and what stands around it: only together they show who was a machine."""

    size: int  # bytes
    clicks: list[Click]
    before: list[Click]
    after: list[Click]


def _read(file: int, offset: int, until: int | None, *, is_free: bool) -> Lines:
    """The whole lines from the offset on, of clicks before `until`. Of a file that nobody writes any more, the piece of
    a line at its end is read as a damaged one."""
    data = os.pread(file, BATCH, offset)
    is_end = len(data) < BATCH
    whole = data if is_free and is_end else data[: data.rfind(b"\n") + 1]
    if not whole and not is_end:
        whole = data  # no line of ours is so long
    size, damaged = 0, 0
    clicks: list[Click] = []
    after: list[Click] = []
    for line in whole.splitlines(keepends=True):
        click = _parse(line)
        if after or (click is not None and until is not None and click.at > until):
            after += [click] if click else []
            continue
        size += len(line)
        if click is None:
            damaged += 1
        else:
            clicks.append(click)
    if damaged:
        logger.warning("%d damaged lines in a spool of clicks", damaged)
    start = max(0, offset - _LOOK_BACK)
    earlier = os.pread(file, offset - start, start).splitlines()[start > 0 :] if size else []
    return Lines(size, clicks, [click for click in map(_parse, earlier) if click], after)


def _parse(line: bytes) -> Click | None:
    click = Click.parse(line.rstrip(b"\n"))
    return click if click is not None and click.method in METHODS else None


def _add(lines: Lines) -> None:
    events = lines.clicks
    links, editions = _links(events), _editions(events)
    first = len(lines.before)
    beside = machines.together([*lines.before, *events, *lines.after])
    early = readers.early(events)
    judged: dict[tuple[bool, str, str], str] = {}
    clicks: Counter[hourly.Key] = Counter()
    opens: Counter[hourly.Key] = Counter()
    of_readers: list[readers.Judged] = []
    for place, event in enumerate(events):
        is_open = event.number == OPEN
        target = event.edition if is_open else links.get((event.edition, event.number))
        if target is None or event.edition not in editions:
            continue  # of an edition that was deleted since, or the link that no person sees
        kind = (is_open, event.method, event.agent)
        rule = judged.get(kind)
        if rule is None:
            rule = judged[kind] = (machines.judge_open if is_open else machines.judge)(event.method, event.agent)
        rule = rule or beside.get(first + place) or (machines.EARLY if place in early else machines.PEOPLE)
        key = hourly.Key(target, event.at - event.at % _HOUR, event.agent, event.method, rule)
        (opens if is_open else clicks)[key] += 1
        if event.subscriber:
            of_readers.append((event, rule))
    if not (clicks or opens):
        return
    agents = hourly.agents_named({key.agent for key in clicks} | {key.agent for key in opens})
    if clicks:
        hourly.add(hourly.CLICKS, clicks, agents)
    if opens:
        hourly.add(hourly.OPENS, opens, agents)
    readers.add(of_readers, agents)


def _links(events: Sequence[Click]) -> dict[tuple[int, int], int]:
    editions = {event.edition for event in events}
    rows = CountedLink.objects.filter(edition__in=editions).values_list("edition_id", "number", "pk")
    return {(edition, number): pk for edition, number, pk in rows}


def _editions(events: Sequence[Click]) -> set[int]:
    """Those that are there."""
    return set(Edition.objects.filter(pk__in={event.edition for event in events}).values_list("pk", flat=True))
