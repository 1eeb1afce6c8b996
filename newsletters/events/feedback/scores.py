"""How many soft bounces are too many: a score that fades, of what is known of an address at any one time.

Each mail that bounced counts 1 for `days` days; then it fades, and after twice as long it counts nothing. The score is
looked at in the moment of each bounce, so that it doesn't matter in which order, when, or how often they are told: who
would be suppressed by all of them together is suppressed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from datetime import datetime, timedelta

from django.conf import settings

from newsletters.events.feedback.deliveries import in_portions
from newsletters.models import Feedback

Kind = Feedback.Kind
LIMITS = {Kind.SOFT: "SOFT_BOUNCES", Kind.FULL: "FULL_MAILBOXES"}
MOST = 500  # bounces of one address that are looked at: the latest


def score(times: Iterable[datetime], at: datetime, days: timedelta) -> float:
    """Of bounces at these times, as it stands at that moment; later ones don't count."""
    return sum(_weight((at - time) / days) for time in times if time <= at)


def _weight(age: float) -> float:
    return 1.0 if age <= 1 else max(0.0, 2.0 - age)


def is_too_much(times: Iterable[datetime], limit: int, days: timedelta) -> bool:
    """Was the score at any of these times as high as the limit?"""
    ordered = sorted(times)
    first = 0
    for last, time in enumerate(ordered):
        while (time - ordered[first]) / days >= 2:
            first += 1  # counts nothing by now, nor later
        if last - first + 1 >= limit and score(ordered[first : last + 1], time, days) >= limit - 1e-9:
            return True
    return False


def counted_times(asked: Set[tuple[str, Feedback.Kind]]) -> dict[tuple[str, Feedback.Kind], list[datetime]]:
    """When mails to these addresses bounced in these ways: each mail once, at its first bounce. What was undone doesn't
    count."""
    first: defaultdict[tuple[str, Feedback.Kind], dict[tuple[int | None, ...], datetime]] = defaultdict(dict)
    for some in in_portions({address_hash for address_hash, _kind in asked}):
        rows = Feedback.objects.filter(address_hash__in=some, kind__in=LIMITS, undone_at=None).order_by("-at")
        said = rows.values_list("address_hash", "kind", "edition_id", "subscriber_id", "message_id", "at")
        for address_hash, kind, *mail, at in said.iterator(chunk_size=2000):
            of_address = first[address_hash, Kind(kind)]
            if len(of_address) < MOST or tuple(mail) in of_address:
                of_address[tuple(mail)] = at
    return {each: list(first[each].values()) for each in asked}


def bouncing_too_often(asked: Set[tuple[str, Feedback.Kind]]) -> frozenset[tuple[str, Feedback.Kind]]:
    """Those of these addresses and kinds, in a query for all together."""
    times = counted_times(asked)
    return frozenset(each for each in asked if is_too_much(times[each], *getattr(settings, LIMITS[each[1]])))


def bounces_too_often(address_hash: str, kind: Feedback.Kind) -> bool:
    return bool(bouncing_too_often({(address_hash, kind)}))
