"""Deferred mails that are due again become chunks of their own, and turn “retrying” in the same transaction.

A chunk a group: whoever's domain is paced waits with others of that domain and with nobody else. That is also how
somebody gets there whose domain was paced only after the edition was frozen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max

from newsletters.delivery import members, pacing
from newsletters.models import Chunk, Delivery, Edition
from newsletters.models.deliveries import Outcome
from subscribers.models import Subscriber


def collect_due(now: datetime) -> int:
    """Make retry chunks of what is due, edition by edition. Returns how many mails will be tried again."""
    due = Delivery.objects.filter(outcome=Outcome.DEFERRED, retry_at__lte=now, edition__status=Edition.Status.SENDING)
    editions = list(due.values_list("edition_id", flat=True).distinct()[:20])
    return sum(_collect(edition_id, now) for edition_id in editions)


def _collect(edition_id: int, now: datetime) -> int:
    with transaction.atomic():
        # The edition's row orders those who make chunks of it, so that sequence numbers do not collide. Its key stays
        # free: a sender who holds the chunk that we are about to count down needs it for the rows it writes.
        edition = (
            Edition.objects.select_for_update(no_key=True).filter(pk=edition_id, status=Edition.Status.SENDING).first()
        )
        if edition is None:
            return 0
        due = list(
            Delivery.objects.select_for_update()
            .filter(edition=edition, outcome=Outcome.DEFERRED, retry_at__lte=now)
            .order_by("subscriber_id")[: settings.CHUNK_SIZE]
        )
        if not due:
            return 0
        for chunk_id, count in sorted(Counter(delivery.chunk_id for delivery in due).items()):
            Chunk.objects.filter(pk=chunk_id).update(deferred=F("deferred") - count)
        last = edition.chunks.filter(kind=Chunk.Kind.RETRY).aggregate(last=Max("seq"))["last"] or 0
        for seq, (group, deliveries) in enumerate(sorted(_by_group(due).items()), last + 1):
            chunk = Chunk.objects.create(
                edition=edition,
                kind=Chunk.Kind.RETRY,
                group=group,
                wave=now,
                seq=seq,
                members=members.pack((delivery.subscriber_id, delivery.variant) for delivery in deliveries),
                n=len(deliveries),
                retrying=len(deliveries),
            )
            Delivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries]).update(
                outcome=Outcome.RETRYING, chunk=chunk, retry_at=None
            )
    return len(due)


def _by_group(due: Sequence[Delivery]) -> dict[str, list[Delivery]]:
    """Whoever was erased since has no address, and so no domain: the hand-out will say what they are."""
    paced = pacing.groups()
    if not paced:
        return {pacing.EVERYBODY: list(due)}
    people = Subscriber.objects.filter(pk__in=[delivery.subscriber_id for delivery in due])
    emails = dict(people.values_list("pk", "email"))
    grouped: defaultdict[str, list[Delivery]] = defaultdict(list)
    for delivery in due:
        grouped[pacing.group_of(emails.get(delivery.subscriber_id, ""), paced)].append(delivery)
    return grouped
