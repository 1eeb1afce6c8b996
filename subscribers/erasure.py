"""Erasing a person: what is left is a keyed hash, so that nobody can sign the address up again unasked.

The subscriber goes with the subscriptions and the outbox; the consent records stay as proof that and when consent
was given, without the traces (IP address, browser) that could name the person.
"""

from __future__ import annotations

import logging

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from subscribers import suppression
from subscribers.models import ConsentRecord, Subscriber, Suppression

logger = logging.getLogger(__name__)


def erase(person: Subscriber, *, note: str, by: str) -> None:
    with transaction.atomic():
        pk = person.pk
        suppression.suppress(person.email, reason=Suppression.Reason.ERASED, note=note, by=by)
        ConsentRecord.objects.filter(subscriber=person).erase_traces()
        kind = ContentType.objects.get_for_model(Subscriber)
        # The admin's own log names what it is about by the address.
        LogEntry.objects.filter(content_type=kind, object_id=str(pk)).update(object_repr="erased", change_message="")
        person.delete()
    logger.info("Subscriber %s erased", pk)
