"""What takes long to count of a mailing list: how many are in which state, where they came from, who stayed how long.

A worker counts it, the more often the quicker it goes, and reports read what it counted; they say when that was.
"""

from __future__ import annotations

import logging
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, IntegerField, Q, Value, When
from django.utils import timezone

from newsletters.models import ListFigures
from newsletters.reports.quiet import quiet_subscriptions
from subscribers.models import MailingList, Subscription
from subscribers.signup.source_counts import count_sources_now

logger = logging.getLogger(__name__)
MONTHS = 12  # of joining that retention tells, the present one among them
SOURCES = 20
_SOONEST, _LATEST = timedelta(minutes=5), timedelta(hours=6)
_TIMES_ITS_COST = 600  # it is counted again after so many times as long as counting took
_STILL_THERE = -1


@dataclass(frozen=True, slots=True)
class ListHealth:
    """People by the state of their subscription. The suppressed and paused are among the confirmed."""

    confirmed: int
    pending: int
    held: int
    unsubscribed: int
    suppressed: int
    paused: int


@dataclass(frozen=True, slots=True)
class SignUpSource:
    name: str  # empty: the form alone, without a word where it was found
    asked: int
    confirmed: int
    still_there: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """Those who joined in a calendar month, as far as they weren't erased. `stayed` says how many were still there at
    the end of that month, of the next one, and so on to the present."""

    month: str  # 2026-11
    joined: int
    stayed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CountedList:
    health: ListHealth
    sources: tuple[SignUpSource, ...]
    cohorts: tuple[Cohort, ...]  # the oldest first
    counted_at: datetime
    quiet: int | None  # None: readers aren't told apart, or not for long enough


def read_list_figures(mailing_list: MailingList) -> CountedList | None:
    """What was counted last; None before the first time."""
    row = ListFigures.objects.filter(mailing_list=mailing_list).first()
    if row is None:
        return None
    return CountedList(
        ListHealth(**row.figures["health"]),
        tuple(SignUpSource(**each) for each in row.figures["sources"]),
        tuple(Cohort(each["month"], each["joined"], tuple(each["stayed"])) for each in row.figures["cohorts"]),
        row.counted_at,
        row.figures.get("quiet"),
    )


def count_a_list_that_is_due() -> bool:
    """Count the list that waits longest, of those that have a newsletter. False: none is due."""
    now = timezone.now()
    counted = {row.mailing_list_id: row for row in ListFigures.objects.all()}
    due = [
        (counted[each.pk].counted_at if each.pk in counted else datetime.min.replace(tzinfo=now.tzinfo), each.pk, each)
        for each in MailingList.objects.filter(newsletters__isnull=False).distinct()
        if each.pk not in counted or now >= _due_at(counted[each.pk])
    ]
    if not due:
        return False
    count_list(min(due)[2])
    return True


def _due_at(row: ListFigures) -> datetime:
    wait = timedelta(seconds=_TIMES_ITS_COST * float(row.figures["took"]))
    return row.counted_at + min(max(wait, _SOONEST), _LATEST)


def count_list(mailing_list: MailingList) -> None:
    now, began = timezone.now(), time.monotonic()
    figures = {
        "health": asdict(_health(mailing_list, now)),
        "sources": [asdict(each) for each in _sources(mailing_list)],
        "cohorts": [asdict(each) for each in _cohorts(mailing_list, now)],
        "quiet": _quiet(mailing_list, now),
    }
    took = round(time.monotonic() - began, 3)
    ListFigures.objects.update_or_create(
        mailing_list=mailing_list, defaults={"figures": {**figures, "took": took}, "counted_at": now}
    )
    logger.info("Counted list %s for its reports in %.3f s", mailing_list.pk, took)


def _health(mailing_list: MailingList, now: datetime) -> ListHealth:
    rows = Subscription.objects.filter(mailing_list=mailing_list).order_by()
    states = dict(rows.values_list("status").annotate(found=Count("pk")))
    confirmed = rows.filter(status=Subscription.Status.CONFIRMED)
    return ListHealth(
        confirmed=states.get("confirmed", 0),
        pending=states.get("pending", 0),
        held=states.get("held", 0),
        unsubscribed=states.get("left", 0),
        suppressed=confirmed.filter(subscriber__is_suppressed=True).count(),
        paused=confirmed.filter(subscriber__paused_until__gt=now).count(),
    )


def _quiet(mailing_list: MailingList, now: datetime) -> int | None:
    rows = quiet_subscriptions(mailing_list.pk, now)
    return None if rows is None else rows.count()


def _sources(mailing_list: MailingList) -> tuple[SignUpSource, ...]:
    found = count_sources_now(mailing_list).rows[:SOURCES]
    return tuple(SignUpSource(row.source, row.asked, row.confirmed, row.still_there) for row in found)


def _cohorts(mailing_list: MailingList, now: datetime) -> list[Cohort]:
    """One scan of the list's subscriptions. The month is found by comparing moments, which either database does itself;
    cutting a date to its month costs SQLite a call of Python for each row."""
    begins = month_begins(now)
    rows = Subscription.objects.filter(
        mailing_list=mailing_list, confirmed_at__gte=begins[0],
        status__in=[Subscription.Status.CONFIRMED, Subscription.Status.UNSUBSCRIBED],
    )  # fmt: skip
    still = When(Q(status=Subscription.Status.CONFIRMED) | Q(unsubscribed_at__isnull=True), then=Value(_STILL_THERE))
    counted = (
        rows.annotate(joined=_month("confirmed_at", begins), left=_month("unsubscribed_at", begins, still))
        .order_by()
        .values_list("joined", "left")
        .annotate(found=Count("pk"))
    )
    counts = {(joined, left): found for joined, left, found in counted}
    cohorts = []
    for at, begin in enumerate(begins):
        joined = sum(found for (month, _left), found in counts.items() if month == at)
        gone = [counts.get((at, month), 0) for month in range(at, len(begins))]
        stayed = tuple(joined - sum(gone[: months + 1]) for months in range(len(gone)))
        cohorts.append(Cohort(f"{timezone.localtime(begin):%Y-%m}", joined, stayed))
    return cohorts


def _month(field: str, begins: list[datetime], *first: When) -> Case:
    """The place in `begins` of the month that a moment lies in."""
    later = [When(**{f"{field}__gte": begins[at]}, then=Value(at)) for at in range(len(begins) - 1, 0, -1)]
    return Case(*first, *later, default=Value(0), output_field=IntegerField())


def month_begins(now: datetime) -> list[datetime]:
    """When each of the last twelve months began, this one among them, the oldest first, in the active time zone."""
    first = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    months = [first]
    while len(months) < MONTHS:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return [timezone.make_aware(month) for month in reversed(months)]
