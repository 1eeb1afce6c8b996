"""Mails that are tried again become a chunk of their own, and turn “retrying” in the same transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F, Max

from newsletters.delivery.ledger import members
from newsletters.delivery.limits import rate_limits
from newsletters.models import Chunk, Delivery, Edition
from newsletters.models.deliveries import Outcome
from subscribers.models import Subscriber


def locked(page: Sequence[tuple[int, int]], outcome: Outcome) -> list[Delivery]:
    """Of these deliveries (id, and id of its chunk), those who have the outcome still, in the same chunk, with the
    locks on both: chunks before deliveries, by their ids, as senders lock them."""
    chunk_ids = {chunk_id for _delivery_id, chunk_id in page}
    chunks = Chunk.objects.select_for_update().filter(pk__in=chunk_ids).order_by("pk")
    held = list(chunks.values_list("pk", flat=True))
    return list(
        Delivery.objects.select_for_update()
        .filter(pk__in=[delivery_id for delivery_id, _chunk_id in page], outcome=outcome, chunk_id__in=held)
        .order_by("subscriber_id")
    )


def make(edition: Edition, deliveries: Sequence[Delivery], *, out_of: Outcome, wave: datetime, reply: str = "") -> None:
    """Make retry chunks of these mails, all of which are `out_of` that outcome now: one a group, so that those whose
    domain is throttled holds up nobody else.

    The caller holds the locks: of the edition's row, so that two who make chunks of it do not take the same number,
    and of the deliveries'. `reply` becomes their last words, when somebody decided this.
    """
    move_counts(deliveries, out_of=out_of)
    last = edition.chunks.filter(kind=Chunk.Kind.RETRY).aggregate(last=Max("seq"))["last"] or 0
    words = {"reply": reply} if reply else {}
    for seq, (group, some) in enumerate(sorted(_by_group(deliveries).items()), last + 1):
        chunk = Chunk.objects.create(
            edition=edition,
            kind=Chunk.Kind.RETRY,
            group=group,
            wave=wave,
            seq=seq,
            members=members.pack((delivery.subscriber_id, delivery.variant) for delivery in some),
            n=len(some),
            retrying=len(some),
        )
        Delivery.objects.filter(pk__in=[delivery.pk for delivery in some]).update(
            outcome=Outcome.RETRYING, chunk=chunk, retry_at=None, **words
        )


def _by_group(deliveries: Sequence[Delivery]) -> dict[str, Sequence[Delivery]]:
    """Anyone who was erased since has no address, and so no domain: the hand-out will say what they are."""
    throttled = rate_limits.throttled_domains()
    if not throttled:
        return {rate_limits.EVERYBODY: deliveries}
    people = Subscriber.objects.filter(pk__in=[delivery.subscriber_id for delivery in deliveries])
    emails = dict(people.values_list("pk", "email"))
    grouped: defaultdict[str, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        grouped[rate_limits.group_of(emails.get(delivery.subscriber_id, ""), throttled)].append(delivery)
    return dict(grouped)


def move_counts(deliveries: Iterable[Delivery], *, out_of: Outcome, into: Outcome | None = None) -> None:
    """Let the chunks of these mails count them under another outcome, or no longer.

    They stay `settled` there: that counter is about the hand-out, and who was handed out by a chunk never waits in it
    again. One query for each number of mails that some chunks have in common, not one a chunk.
    """
    chunks_with: dict[int, list[int]] = defaultdict(list)
    for chunk_id, count in Counter(delivery.chunk_id for delivery in deliveries).items():
        chunks_with[count].append(chunk_id)
    for count, chunk_ids in chunks_with.items():
        counters = {out_of.value: F(out_of.value) - count}
        if into is not None:
            counters[into.value] = F(into.value) + count
        Chunk.objects.filter(pk__in=chunk_ids).update(**counters)
