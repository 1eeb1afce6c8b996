"""Sign-ups that were never confirmed are deleted after SIGNUPS_KEPT_DAYS: nobody agreed to be kept.

Of a person who never confirmed anything, nothing is left but the consent records that say that somebody asked, which
are only ever added; without the traces that could name the person, as after an erasure. Nobody is suppressed by it: who
signs up again is welcome. Somebody who confirmed another list keeps that and loses only what was never confirmed.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from subscribers.erasure import forget_person
from subscribers.models import Subscriber, Subscription
from subscribers.signals import forgotten

logger = logging.getLogger(__name__)
BATCH = 500  # people; the next look takes the next ones


def delete_unconfirmed() -> int:
    """Delete the oldest of what has waited too long. Returns from how many people."""
    before = timezone.now() - timedelta(days=settings.SIGNUPS_KEPT_DAYS)
    people = dict.fromkeys(_expired(before).order_by("requested_at").values_list("subscriber", flat=True)[:BATCH])
    deleted = sum(_delete(pk, before) for pk in people)
    if deleted:
        logger.info("Deleted the sign-ups of %s people who never confirmed", deleted)
    return deleted


def _expired(before: datetime) -> QuerySet[Subscription]:
    """Who confirmed once and left is somebody that we know; asking again takes nothing from that."""
    return Subscription.objects.filter(
        status=Subscription.Status.PENDING, confirmed_at__isnull=True, requested_at__lt=before
    )


def _delete(subscriber_id: int, before: datetime) -> bool:
    """One transaction that begins with the person's lock, as a confirmation does."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        if person is None:
            return False
        deleted, _by_model = _expired(before).filter(subscriber=person).delete()
        if not deleted:
            return False
        if not person.subscriptions.exists():
            forgotten.send(sender=Subscriber, subscriber_id=person.pk, email=person.email)
            forget_person(person)
    return True
