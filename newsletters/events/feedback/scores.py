"""How many soft bounces are too many: a score that fades, of what is known of an address at any one time.

Each mail that bounced counts 1 for `days` days; then it fades, and after twice as long it counts nothing. The score is
looked at in the moment of each bounce, so that it doesn't matter in which order, when, or how often they are told: who
would be suppressed by all of them together is suppressed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings

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


def counted_times(address_hash: str, kind: Feedback.Kind) -> list[datetime]:
    """When mails to the address bounced in this way: each mail once, at its first bounce. What was undone doesn't
    count."""
    rows = Feedback.objects.filter(address_hash=address_hash, kind=kind, undone_at=None)
    first: dict[tuple[int | None, int | None, int | None], datetime] = {}
    for edition, subscriber, message, at in rows.order_by("-at").values_list(
        "edition_id", "subscriber_id", "message_id", "at"
    )[:MOST]:
        first[edition, subscriber, message] = at
    return list(first.values())


def bounces_too_often(address_hash: str, kind: Feedback.Kind) -> bool:
    limit, days = getattr(settings, LIMITS[kind])
    return is_too_much(counted_times(address_hash, kind), limit, days)
