"""Deferred mails that are due again become a chunk of their own, and turn “retrying” in the same transaction."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max

from newsletters.delivery import members
from newsletters.models import Chunk, Delivery, Edition
from newsletters.models.deliveries import Outcome


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
        chunk = Chunk.objects.create(
            edition=edition,
            kind=Chunk.Kind.RETRY,
            wave=now,
            seq=last + 1,
            members=members.pack((delivery.subscriber_id, delivery.variant) for delivery in due),
            n=len(due),
            retrying=len(due),
        )
        Delivery.objects.filter(pk__in=[delivery.pk for delivery in due]).update(
            outcome=Outcome.RETRYING, chunk=chunk, retry_at=None
        )
    return len(due)
