"""Erasing a person: what is left is a keyed hash, so that nobody can sign the address up again unasked.

The subscriber goes with the subscriptions and the messages; the consent records stay as proof that and when consent
was given, without the traces (IP address, browser) that could name the person. The floors above are told by a signal.
"""

from __future__ import annotations

import logging

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q

from mail.outbox.posting import forget_messages
from subscribers import suppression
from subscribers.former_people import numbers_of
from subscribers.models import ConsentRecord, Subscriber, Suppression
from subscribers.signals import erased

logger = logging.getLogger(__name__)


def erase(person: Subscriber, *, note: str, by: str) -> None:
    with transaction.atomic():
        pk = person.pk
        suppression.suppress(person.email, reason=Suppression.Reason.ERASED, note=note, by=by)
        for number in numbers_of(person):  # the ledger knows somebody who was merged under more than one
            erased.send(sender=Subscriber, subscriber_id=number, email=person.email)
        forget_person(person)
    logger.info("Subscriber %s erased", pk)


def forget_person(person: Subscriber) -> None:
    """Delete the person, the subscriptions and the messages; the consent records lose what could name the person. Call
    it within a transaction."""
    ConsentRecord.objects.filter(subscriber=person).erase_traces()
    _erase_from_log(person)
    forget_messages(person.pk)
    person.delete()


def _erase_from_log(person: Subscriber) -> None:
    """The admin's own log names what it is about by the address; also those who were merged into this person."""
    numbers = [str(number) for number in numbers_of(person)]
    about = Q(content_type=ContentType.objects.get_for_model(Subscriber), object_id__in=numbers)
    about |= Q(content_type=ContentType.objects.get_for_model(Suppression), object_repr__iexact=person.email[:200])
    LogEntry.objects.filter(about).update(object_repr="erased", change_message="")
