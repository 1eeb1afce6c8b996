"""What a list's sign-ups came from: how many asked, confirmed, and are still there, for each source.

Asking and confirming are counted in the consent records, which outlive sign-ups that nobody confirmed and people who
were erased; a person counts once, however often they asked. Who is still there is counted in the subscriptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils import timezone

from lib.optional_cache import get_cached, put_cached
from subscribers.models import ConsentRecord, MailingList, Subscription

SHOWN = 200  # sources; strangers write them, so there may be any number
KEPT_SECONDS = 300
Action = ConsentRecord.Action


@dataclass(frozen=True, slots=True)
class SourceCount:
    source: str  # empty: the form alone, without a word where it was found
    asked: int
    confirmed: int
    still_there: int


@dataclass(frozen=True, slots=True)
class SourceCounts:
    rows: tuple[SourceCount, ...]  # the most asked for first
    more: bool  # than are shown
    counted_at: datetime


def count_sources(mailing_list: MailingList) -> SourceCounts:
    """At most five minutes old: a list of a million readers takes some seconds."""
    key = f"subscribers.sources-{mailing_list.pk}"
    found: SourceCounts | None = get_cached(key)
    if found is None:
        found = count_sources_now(mailing_list)
        put_cached(key, found, KEPT_SECONDS)
    return found


def count_sources_now(mailing_list: MailingList) -> SourceCounts:
    """Whatever was kept."""
    now = timezone.now()
    asked = _people(mailing_list, Action.ASKED, None)
    names = [name for name, _people_of in asked[:SHOWN]]
    confirmed = dict(_people(mailing_list, Action.CONFIRMED, names))
    still = dict(
        Subscription.objects.filter(mailing_list=mailing_list, status=Subscription.Status.CONFIRMED, origin__in=names)
        .order_by()
        .values_list("origin")
        .annotate(found=Count("pk"))
    )
    rows = tuple(
        SourceCount(name, number, confirmed.get(name, 0), still.get(name, 0)) for name, number in asked[:SHOWN]
    )
    return SourceCounts(rows, len(asked) > SHOWN, now)


def _people(mailing_list: MailingList, action: ConsentRecord.Action, names: list[str] | None) -> list[tuple[str, int]]:
    records = ConsentRecord.objects.filter(mailing_list=mailing_list, action=action)
    if names is not None:
        records = records.filter(origin__in=names)
    counted = records.order_by().values("origin").annotate(people=Count("address_hash", distinct=True))
    return list(counted.order_by("-people", "origin").values_list("origin", "people")[: SHOWN + 1])
