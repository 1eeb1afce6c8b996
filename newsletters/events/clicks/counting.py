"""From the spool into the database: hourly counts by link and kind of program.

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
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from django.db import IntegrityError, OperationalError, transaction

from lib import lock_waits
from newsletters.events.clicks import machines, sums
from newsletters.events.clicks.spool import METHODS, SUFFIX, Click, folder
from newsletters.models import Agent, ClickCount, ClickSpool, CountedLink

logger = logging.getLogger(__name__)
BATCH = 4 << 20  # bytes; some 40,000 clicks
LEFT_FOR_LATER = machines.WITHIN + 500  # milliseconds: the next click of a machine may tell that it is one
LATELY = 3600.0  # seconds in which a worker has time to count it; a process ends its file within a minute
MOST_NEW_AGENTS = 500  # of a batch; further ones, which somebody invents, count under one name
OTHERS = "(other programs)"
MOST_AGENTS = 20_000  # in all, so that nobody's inventions fill the table
_LOOK_BACK = 256 << 10  # bytes before a batch: more than anybody clicks in two seconds, with few exceptions
_HOUR = 3_600_000
_TRIES = 3


class Key(NamedTuple):
    link: int
    hour: int  # Unix time in milliseconds
    agent: str
    method: str
    rule: str


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
    clicks = lines.clicks
    links = _links(clicks)
    first = len(lines.before)
    together = machines.at_once([*lines.before, *clicks, *lines.after])
    judged: dict[tuple[str, str], str] = {}
    counts: Counter[Key] = Counter()
    for place, click in enumerate(clicks, first):
        link = links.get((click.edition, click.number))
        if link is None:
            continue  # of an edition that was deleted since
        kind = (click.method, click.agent)
        if kind not in judged:
            judged[kind] = machines.judge(*kind)
        rule = judged[kind] or (machines.AT_ONCE if place in together else machines.PEOPLE)
        counts[Key(link, click.at - click.at % _HOUR, click.agent, click.method, rule)] += 1
    if counts:
        _save(counts)


def _links(clicks: Sequence[Click]) -> dict[tuple[int, int], int]:
    editions = {click.edition for click in clicks}
    rows = CountedLink.objects.filter(edition__in=editions).values_list("edition_id", "number", "pk")
    return {(edition, number): pk for edition, number, pk in rows}


def _save(counts: Counter[Key]) -> None:
    agents = _agents({key.agent for key in counts})
    wanted: Counter[tuple[int, datetime, int, str, str]] = Counter()
    for key, clicks in counts.items():
        hour = datetime.fromtimestamp(key.hour / 1000, tz=UTC)
        wanted[key.link, hour, agents.get(key.agent, agents[OTHERS]), key.method, key.rule] += clicks
    rows = ClickCount.objects.select_for_update().filter(
        link__in={key[0] for key in wanted}, hour__in={key[1] for key in wanted}
    )
    known = {(row.link_id, row.hour, row.agent_id, row.method, row.rule): row for row in rows.order_by("pk")}
    changed, new = [], []
    for (link, hour, agent, method, rule), clicks in sorted(wanted.items()):  # as another worker would
        row = known.get((link, hour, agent, method, rule))
        if row is None:
            row = ClickCount(link_id=link, hour=hour, agent_id=agent, method=method, rule=rule, clicks=clicks)
            row.rules = machines.VERSION
            new.append(row)
        else:
            row.clicks += clicks
            changed.append(row)
    ClickCount.objects.bulk_update(changed, ["clicks"], batch_size=500)
    ClickCount.objects.bulk_create(new, batch_size=500)
    changes: Counter[tuple[int, datetime, bool]] = Counter()
    for (link, hour, _agent, _method, rule), clicks in wanted.items():
        changes[link, hour, rule != machines.PEOPLE] += clicks
    sums.add_clicks(changes)


def _agents(names: set[str]) -> dict[str, int]:
    def known(some: Sequence[str]) -> Iterator[tuple[str, int]]:
        for start in range(0, len(some), 500):
            yield from Agent.objects.filter(name__in=some[start : start + 500]).values_list("name", "pk")

    agents = dict(known([OTHERS, *sorted(names)]))
    missing = sorted(names - set(agents))[:MOST_NEW_AGENTS]
    missing = missing[: max(0, MOST_AGENTS - Agent.objects.count())] if missing else []
    missing += [OTHERS] * (OTHERS not in agents)
    if missing:
        Agent.objects.bulk_create([Agent(name=name) for name in missing], ignore_conflicts=True)
        agents |= dict(known(missing))
    return agents


def judge_again() -> int:
    """Judge anew what older rules judged; how many counts change sides. What came at once stays so, since it can't be
    seen any more."""
    changed = 0
    while (found := _judge_some_again()) is not None:
        changed += found
    ClickCount.objects.filter(rules__lt=machines.VERSION).update(rules=machines.VERSION)
    return changed


@transaction.atomic
def _judge_some_again() -> int | None:
    """None when none is left. The rows are locked before they are read: the current hour is still being counted."""
    old = ClickCount.objects.filter(rules__lt=machines.VERSION).exclude(rule=machines.AT_ONCE)
    rows = list(old.select_for_update(of=("self",)).select_related("agent").order_by("pk")[:500])
    changed = 0
    sides: Counter[tuple[int, datetime, bool]] = Counter()
    for row in rows:
        rule = machines.judge(row.method, row.agent.name)
        changed += rule != row.rule
        before, after = row.rule != machines.PEOPLE, rule != machines.PEOPLE
        if before != after:
            sides[row.link_id, row.hour, before] -= row.clicks
            sides[row.link_id, row.hour, after] += row.clicks
        _move(row, rule)
    sums.add_clicks(sides)
    return changed if rows else None


def _move(row: ClickCount, rule: str) -> None:
    """Into the count of that rule, which may be there already."""
    same = ClickCount.objects.select_for_update().filter(
        link=row.link_id, hour=row.hour, agent=row.agent_id, method=row.method, rule=rule
    )
    other = same.exclude(pk=row.pk).first()
    if other is not None:
        other.clicks += row.clicks
        other.save(update_fields=["clicks"])
        row.delete()
        return
    row.rule, row.rules = rule, machines.VERSION
    row.save(update_fields=["rule", "rules"])
