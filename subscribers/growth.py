"""How the lists grow: subscriptions confirmed and unsubscribed, week by week, as the consent records tell it.

One query that reads ranges of one index for each week and change, and no row. What was counted is kept for some minutes
and says when that was, since a day with many sign-ups has many entries to count.
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
# A resubscription has a record of its own, not one more confirmation.
CAME, WENT = (Action.CONFIRMED, Action.RESUBSCRIBED), (Action.UNSUBSCRIBED,)


@dataclass(frozen=True, slots=True)
class Week:
    """A calendar week from its Monday on, in the installation's time zone. The last one is not over."""

    begins: datetime
    confirmed: int
    unsubscribed: int

    @property
    def net(self) -> int:
        return self.confirmed - self.unsubscribed


@dataclass(frozen=True, slots=True)
class Growth:
    weeks: tuple[Week, ...]  # the oldest first
    counted_at: datetime

    @property
    def confirmed(self) -> int:
        return sum(week.confirmed for week in self.weeks)

    @property
    def unsubscribed(self) -> int:
        return sum(week.unsubscribed for week in self.weeks)

    @property
    def net(self) -> int:
        return self.confirmed - self.unsubscribed


def recent_growth() -> Growth:
    """The last twelve weeks, at most five minutes old."""
    found: Growth | None = get_cached(_KEY)
    if found is None:
        found = count_growth(timezone.now())
        put_cached(_KEY, found, KEPT_SECONDS)
    return found


def count_growth(now: datetime, mailing_list: int | None = None, weeks: int = WEEKS) -> Growth:
    """Of one list, or of all."""
    mondays = _mondays(now, weeks)
    ends = [*mondays[1:], now + timedelta(seconds=1)]
    # The index begins with the list.
    lists = [mailing_list] if mailing_list else list(MailingList.objects.order_by().values_list("pk", flat=True))
    if not lists:
        return Growth(tuple(Week(begins, 0, 0) for begins in mondays), now)
    first, *others = [
        _counted(
            number,
            change,
            ConsentRecord.objects.filter(
                mailing_list__in=lists, action__in=actions, at__gte=begins, at__lt=ends[number]
            ),
        )
        for number, begins in enumerate(mondays)
        for change, actions in (("confirmed", CAME), ("unsubscribed", WENT))
    ]
    counts: dict[tuple[int, str], int] = {}
    for number, change, found in first.union(*others, all=True):
        counts[number, change] = counts.get((number, change), 0) + found
    return Growth(
        tuple(
            Week(begins, counts.get((number, "confirmed"), 0), counts.get((number, "unsubscribed"), 0))
            for number, begins in enumerate(mondays)
        ),
        now,
    )


def _mondays(now: datetime, weeks: int) -> list[datetime]:
    local = timezone.localtime(now)
    this_week = local.date() - timedelta(days=local.weekday())
    days = (this_week - timedelta(weeks=back) for back in range(weeks - 1, -1, -1))
    return [datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone()) for day in days]


def _counted(number: int, change: str, records: QuerySet[ConsentRecord]) -> QuerySet[Any, Any]:
    return (
        records.order_by()
        .annotate(week=Value(number), change=Value(change))
        .values("week", "change")
        .annotate(found=Count("*"))
        .values_list("week", "change", "found")
    )
