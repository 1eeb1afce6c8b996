"""The candidates of an edition, streamed for freezing.

One scan of an index, in the order of the subscribers' ids: a million readers cost no memory. Their addresses are read
only where some domain has a rate limit, since its members stand in chunks of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from newsletters.delivery.audience.definition import Audience
from newsletters.delivery.limits import rate_limits

_AT_ONCE = 10_000


def stream_candidates(audience: Audience) -> Iterator[tuple[int, int | None, str]]:
    """Subscriber id, choice of topics, and the rate-limited domain of each, if any."""
    rows = audience.candidates().order_by("subscriber_id")
    rate_limits.reload_limits()
    if domains := rate_limits.throttled_domains():
        with_address = rows.values_list("subscriber_id", "selection_id", "subscriber__email")
        for subscriber_id, selection_id, email in with_address.iterator(chunk_size=_AT_ONCE):
            yield subscriber_id, selection_id, rate_limits.group_of(email, domains)
    else:
        for subscriber_id, selection_id in rows.values_list("subscriber_id", "selection_id").iterator(_AT_ONCE):
            yield subscriber_id, selection_id, rate_limits.EVERYBODY
