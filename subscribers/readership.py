"""How many people read a list, for those who think of joining them."""

from __future__ import annotations

from lib.optional_cache import get_cached, put_cached
from subscribers.models import MailingList, Subscription

WORTH_SAYING = 100
_KEPT = 3600  # seconds: a count of a million takes a while, and nobody needs it to the minute


def readers_in_round_numbers(mailing_list: MailingList) -> int:
    """How many have confirmed, rounded down to two digits; 0 while they are too few to say so."""
    key = f"readers-{mailing_list.pk}"
    known: int | None = get_cached(key)
    if known is None:
        confirmed = mailing_list.subscriptions.filter(status=Subscription.Status.CONFIRMED)
        known = confirmed.count()
        put_cached(key, known, _KEPT)
    if known < WORTH_SAYING:
        return 0
    unit: int = 10 ** (len(str(known)) - 2)
    return known // unit * unit
