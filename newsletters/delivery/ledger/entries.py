"""Read the rows of the ledger: of an edition, of some recipients, of a chunk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from newsletters.delivery.ledger.members import Member
from newsletters.models import Chunk, Delivery, Edition
from newsletters.models.deliveries import Outcome


def list_entries(edition: Edition, outcome: str | None = None) -> QuerySet[Delivery]:
    """The rows of an edition, in a stable order that pages without counting."""
    rows = Delivery.objects.filter(edition=edition)
    if outcome:
        rows = rows.filter(outcome=outcome)
    return rows.order_by("id")


def find_deliveries(edition_id: int, subscriber_ids: Iterable[int]) -> dict[int, Delivery]:
    """By subscriber; those without a row are missing."""
    rows = Delivery.objects.filter(edition_id=edition_id, subscriber_id__in=list(subscriber_ids))
    return {delivery.subscriber_id: delivery for delivery in rows}


def find_unsettled(chunk: Chunk, handed_out: Sequence[Member]) -> list[Member]:
    """Those of the handed-out members who have no result yet."""
    if not handed_out:
        return []
    known = find_deliveries(chunk.edition_id, [member.subscriber_id for member in handed_out])
    open_here = {
        delivery.subscriber_id
        for delivery in known.values()
        if delivery.outcome == Outcome.RETRYING and delivery.chunk_id == chunk.pk
    }
    return [m for m in handed_out if m.subscriber_id not in known or m.subscriber_id in open_here]


def find_in_doubt(chunk_id: int, fence: int) -> list[Member]:
    """Who was left in doubt when the claim with that fence was ended."""
    rows = Delivery.objects.filter(chunk=chunk_id, fence=fence, outcome=Outcome.IN_DOUBT)
    return [Member(*row) for row in rows.order_by("subscriber_id").values_list("subscriber_id", "variant")]


def sent_to_any_between(first: int, last: int) -> bool:
    """Was anything sent, or perhaps sent, to a subscriber with an id from `first` to `last`?"""
    entries = Delivery.objects.filter(subscriber_id__gte=first, subscriber_id__lte=last)
    return entries.exclude(outcome__in=[Outcome.SKIPPED, Outcome.CANCELLED]).exists()
