"""The candidates of an edition, streamed for freezing.

One scan of an index, in the order of the subscribers' ids: a million readers cost no memory. Their addresses are read
only where some domain has a rate limit, since its members stand in chunks of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from newsletters.delivery.audience.definition import Audience, block_rules
from newsletters.delivery.limits import rate_limits
from newsletters.rendering.content import EditionContent
from subscribers.segments.compiling import people_in
from subscribers.segments.rules import Group

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


def stream_with_mixtures(content: EditionContent) -> Iterator[tuple[int, tuple[int | None, int], str]]:
    """The same, with the choice of topics and the segments that each is in, of those that the content's blocks are for:
    as bits in their order. All are read side by side in the order of the ids, so each is one query and memory doesn't
    grow. Raises `BadRule`."""
    audience = Audience.from_content(content)
    streams = [_ids_in(audience, rule) for rule in block_rules(content)]
    heads = [next(stream, None) for stream in streams]
    for subscriber_id, selection_id, group in stream_candidates(audience):
        mixture = 0
        for at, stream in enumerate(streams):
            head = heads[at]
            while head is not None and head < subscriber_id:
                head = heads[at] = next(stream, None)
            if head == subscriber_id:
                mixture |= 1 << at
        yield subscriber_id, (selection_id, mixture), group


def _ids_in(audience: Audience, rule: Group) -> Iterator[int]:
    rows = Audience(audience.list_id, include=(rule,)).candidates().order_by("subscriber_id")
    return rows.values_list("subscriber_id", flat=True).iterator(_AT_ONCE)


def segments_of(content: EditionContent, subscriber_id: int) -> list[int]:
    """Those of the segments that blocks are for which this person is in now. Raises `BadRule`."""
    rules = zip(content.block_segments, block_rules(content), strict=True)
    return [segment.id for segment, rule in rules if people_in(rule).filter(pk=subscriber_id).exists()]
