"""Post a message to a subscriber, within the limits that an address has.

Call with the subscriber's row locked, so that two requests at once cannot both find room.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from lib.addresses import canonical_mailbox
from mail.models import Message
from mail.outbox import posting
from mail.outbox.kinds import Context, MessageKind
from subscribers.messages.address_change import CONFIRM_ADDRESS
from subscribers.messages.confirmation import CONFIRMATION, REMINDER
from subscribers.messages.join_requests import JOIN_RECEIVED
from subscribers.messages.own_data import OWN_DATA
from subscribers.messages.preferences_link import PREFERENCES_LINK
from subscribers.messages.welcome import WELCOME
from subscribers.models import Subscriber

LINKS_A_DAY = 3
# What asks for a confirmation, and so counts together.
_ASKING: tuple[MessageKind[Any], ...] = (CONFIRMATION, REMINDER)
# What the form of somebody else can bring about, where a list takes the form itself for consent, counts with these.
_UNASKED: tuple[MessageKind[Any], ...] = (*_ASKING, WELCOME, JOIN_RECEIVED)


def has_room(person: Subscriber, kind: MessageKind[Any]) -> bool:
    """Whether one more message of this kind may go to this person's mailbox within 24 hours, however it is spelled."""
    return has_room_at(person.email, kind)


def has_room_at(email: str, kind: MessageKind[Any]) -> bool:
    """The same of an address, no matter who has it."""
    if kind in _ASKING:
        kinds, most = _ASKING, settings.CONFIRMATIONS_PER_ADDRESS_A_DAY
    elif kind in _UNASKED:
        kinds, most = _UNASKED, settings.CONFIRMATIONS_PER_ADDRESS_A_DAY
    elif kind in (PREFERENCES_LINK, CONFIRM_ADDRESS, OWN_DATA):
        kinds, most = (kind,), LINKS_A_DAY
    else:
        return True
    since = timezone.now() - timedelta(hours=24)
    rows = Message.objects.filter(
        mailbox=canonical_mailbox(email), kind__in=[each.name for each in kinds], created_at__gt=since
    )
    return rows.count() < most


def post_to_subscriber(person: Subscriber, kind: MessageKind[Context], context: Context) -> Message:
    return posting.post(kind, person.email, context, subscriber_id=person.pk)


def post_to_address(person: Subscriber, email: str, kind: MessageKind[Context], context: Context) -> Message:
    """About this person, to another address than the one they have, or will have when it is sent."""
    return posting.post(kind, email, context, subscriber_id=person.pk)
