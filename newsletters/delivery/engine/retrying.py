"""Deferred mails that are due again become chunks of their own, and turn “retrying” in the same transaction.

A chunk a group: a recipient whose domain is throttled waits with others of it and nobody else. That is also how
somebody gets there whose domain was throttled only after the edition was frozen.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from newsletters.delivery.ledger import retry_chunks
from newsletters.models import Delivery, Edition
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
        rows = Delivery.objects.filter(edition=edition, outcome=Outcome.DEFERRED, retry_at__lte=now)
        page = rows.order_by("subscriber_id").values_list("pk", "chunk_id")[: settings.CHUNK_SIZE]
        due = retry_chunks.locked(list(page), Outcome.DEFERRED)
        if not due:
            return 0
        retry_chunks.make(edition, due, out_of=Outcome.DEFERRED, wave=now)
    return len(due)
