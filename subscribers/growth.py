"""How the lists grow: subscriptions confirmed and left, week by week, as the consent records tell it.

One query that reads ranges of one index for each week and deed, and no row. What was counted is kept for some minutes
and says when that was, since a day on which many came has many entries to count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Count, QuerySet, Value
from django.utils import timezone

from lib.optional_cache import get_cached, put_cached
from subscribers.models import ConsentRecord, MailingList

WEEKS = 12
KEPT_SECONDS = 300
_KEY = "subscribers.growth"
Action = ConsentRecord.Action
# Whoever comes back has a record of that, not one more confirmation.
CAME, LEFT = (Action.CONFIRMED, Action.RETURNED), (Action.LEFT,)


@dataclass(frozen=True, slots=True)
class Week:
    """A calendar week from its Monday on, in the installation's time zone. The last one is not over."""

    begins: datetime
    confirmed: int
    left: int

    @property
    def net(self) -> int:
        return self.confirmed - self.left


@dataclass(frozen=True, slots=True)
class Growth:
    weeks: tuple[Week, ...]  # the oldest first
    counted_at: datetime

    @property
    def confirmed(self) -> int:
        return sum(week.confirmed for week in self.weeks)

    @property
    def left(self) -> int:
        return sum(week.left for week in self.weeks)

    @property
    def net(self) -> int:
        return self.confirmed - self.left


def lately() -> Growth:
    """The last twelve weeks, at most five minutes old."""
    found: Growth | None = get_cached(_KEY)
    if found is None:
        found = count(timezone.now())
        put_cached(_KEY, found, KEPT_SECONDS)
    return found


def count(now: datetime) -> Growth:
    mondays = _mondays(now)
    ends = [*mondays[1:], now + timedelta(seconds=1)]
    lists = list(MailingList.objects.order_by().values_list("pk", flat=True))  # of which the index begins with one
    if not lists:
        return Growth(tuple(Week(begins, 0, 0) for begins in mondays), now)
    first, *others = [
        _counted(
            number,
            deed,
            ConsentRecord.objects.filter(
                mailing_list__in=lists, action__in=actions, at__gte=begins, at__lt=ends[number]
            ),
        )
        for number, begins in enumerate(mondays)
        for deed, actions in (("confirmed", CAME), ("left", LEFT))
    ]
    counts: dict[tuple[int, str], int] = {}
    for number, deed, found in first.union(*others, all=True):
        counts[number, deed] = counts.get((number, deed), 0) + found
    return Growth(
        tuple(
            Week(begins, counts.get((number, "confirmed"), 0), counts.get((number, "left"), 0))
            for number, begins in enumerate(mondays)
        ),
        now,
    )


def _mondays(now: datetime) -> list[datetime]:
    local = timezone.localtime(now)
    this_week = local.date() - timedelta(days=local.weekday())
    days = (this_week - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1))
    return [datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone()) for day in days]


def _counted(number: int, deed: str, records: QuerySet[ConsentRecord]) -> QuerySet[Any, Any]:
    return (
        records.order_by()
        .annotate(week=Value(number), deed=Value(deed))
        .values("week", "deed")
        .annotate(found=Count("*"))
        .values_list("week", "deed", "found")
    )
