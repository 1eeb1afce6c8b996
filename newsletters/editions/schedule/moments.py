"""When a newsletter is due: weekdays or a day of the month, at a wall time in an IANA zone, but for the dates that are
moved or skipped."""

from __future__ import annotations

import calendar
import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from newsletters.editions.schedule.holidays import holiday_on
from newsletters.models import Newsletter, ScheduleChange


@dataclass(frozen=True, slots=True)
class Moment:
    """`nominal` is the wall time in the newsletter's zone, without a zone, as the rule has it; `due_at` the instant it
    stands for, or to which it was moved. `skipped` says why nothing is made then."""

    nominal: datetime
    due_at: datetime
    skipped: str = ""
    is_moved: bool = False

    @property
    def key(self) -> str:
        return self.nominal.isoformat(timespec="minutes")


def instant(nominal: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a wall time. Where clocks go forward over it: the first valid instant after the gap. Where they
    go back and it happens twice: the first time."""
    first = nominal.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == nominal:
        return first
    # In the gap fold=0 is read with the offset before it, which lands after the change, and fold=1 the other way round.
    low, high = nominal.replace(tzinfo=zone, fold=1).astimezone(UTC), first
    after = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == after:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)


def next_moments(newsletter: Newsletter, after: datetime, count: int) -> list[Moment]:
    """The next dates after that instant, earliest first. None for a newsletter without a cadence."""
    return list(islice((moment for moment in moments(newsletter, after) if not moment.skipped), count))


def moments(newsletter: Newsletter, after: datetime) -> Iterator[Moment]:
    """All dates after that instant, earliest first: also those that are skipped."""
    if newsletter.cadence == Newsletter.Cadence.NONE or newsletter.send_time is None:
        return
    changes = {change.day: change for change in newsletter.schedule_changes.all()} if newsletter.pk else {}
    moved = sorted(_moved(newsletter, changes.values()), key=_due_at)
    for moment in heapq.merge(_by_rule(newsletter, after, changes), moved, key=_due_at):
        if moment.due_at > after:
            yield moment


def moment_of(newsletter: Newsletter, day: date) -> Moment | None:
    """That of a day of the rule, wherever it was moved to; None for a day on which the rule has none."""
    if newsletter.cadence == Newsletter.Cadence.NONE or newsletter.send_time is None or not _is_day(newsletter, day):
        return None
    change = newsletter.schedule_changes.filter(day=day).first() if newsletter.pk else None
    return _moment(newsletter, day, change)


def _due_at(moment: Moment) -> datetime:
    return moment.due_at


def _moved(newsletter: Newsletter, changes: Iterable[ScheduleChange]) -> Iterator[Moment]:
    for change in changes:
        if change.moved_to is not None and _is_day(newsletter, change.day):
            yield _moment(newsletter, change.day, change)


def _by_rule(newsletter: Newsletter, after: datetime, changes: dict[date, ScheduleChange]) -> Iterator[Moment]:
    # A day early: a gap may push an occurrence past midnight.
    for day in _days(newsletter, after.astimezone(ZoneInfo(newsletter.zone)).date() - timedelta(days=1)):
        change = changes.get(day)
        if change is None or change.moved_to is None:
            yield _moment(newsletter, day, change)


def _moment(newsletter: Newsletter, day: date, change: ScheduleChange | None) -> Moment:
    at = newsletter.send_time or time()  # without one there are no moments
    nominal = datetime.combine(day, at.replace(second=0, microsecond=0))
    if change is not None and change.moved_to is not None:
        return Moment(nominal, change.moved_to, is_moved=True)
    due_at = instant(nominal, ZoneInfo(newsletter.zone))
    if change is not None:
        return Moment(nominal, due_at, skipped=change.reason or "Taken out of the schedule.")
    if newsletter.holidays_country and (
        name := holiday_on(newsletter.holidays_country, newsletter.holidays_region, day)
    ):
        return Moment(nominal, due_at, skipped=f"Public holiday: {name}."[:200])
    return Moment(nominal, due_at)


def _is_day(newsletter: Newsletter, day: date) -> bool:
    return next(_days(newsletter, day), None) == day


def _days(newsletter: Newsletter, first: date) -> Iterator[date]:
    """The days of the cadence from that one on; ends where the calendar does."""
    if newsletter.cadence == Newsletter.Cadence.WEEKLY:
        weekdays = set(newsletter.weekdays)
        day = first
        while weekdays and day.year < 9999:
            if day.isoweekday() in weekdays:
                yield day
            day += timedelta(days=1)
    elif newsletter.day_of_month:
        year, month = first.year, first.month
        while year < 9999:
            day = date(year, month, min(newsletter.day_of_month, calendar.monthrange(year, month)[1]))
            if day >= first:
                yield day
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def in_words(moment: Moment, zone: str) -> str:
    """“Monday 23 November 2026 at 07:00 (Europe/Berlin, UTC+01:00)”, the time as clocks there will show it."""
    local = moment.due_at.astimezone(ZoneInfo(zone))
    offset = local.strftime("%z")
    return f"{date_format(local, 'l j F Y')} at {local:%H:%M} ({zone}, UTC{offset[:3]}:{offset[3:]})"
