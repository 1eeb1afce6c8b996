"""The windows of digests: daily, weekly from Monday to Monday, monthly from the first to the first, each at seven in
the morning of its readers' zone. A window is half-open, and ends the moment its digest is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsletters.editions.schedule.moments import instant
from subscribers.models import Frequency

AT = time(7)
MADE_WITHIN = timedelta(days=7)  # after its end; what was missed for longer comes with the next one


@dataclass(frozen=True, slots=True)
class Window:
    starts_at: datetime
    ends_at: datetime


def last_window(frequency: str, zone: ZoneInfo, now: datetime) -> Window | None:
    """The window that ended last. Of those that ended earlier and were missed nothing is lost: a digest holds all that
    a reader still lacks. None where it ended too long ago to be made up for."""
    day = now.astimezone(zone).date()
    if frequency == Frequency.WEEKLY:
        day -= timedelta(days=day.weekday())
    elif frequency == Frequency.MONTHLY:
        day = day.replace(day=1)
    end = instant(datetime.combine(day, AT), zone)
    if end > now:
        day = _before(frequency, day)
        end = instant(datetime.combine(day, AT), zone)
    if now - end > MADE_WITHIN:
        return None
    return Window(instant(datetime.combine(_before(frequency, day), AT), zone), end)


def _before(frequency: str, day: date) -> date:
    if frequency == Frequency.WEEKLY:
        return day - timedelta(days=7)
    if frequency == Frequency.MONTHLY:
        return (day - timedelta(days=1)).replace(day=1)
    return day - timedelta(days=1)
