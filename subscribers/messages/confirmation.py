"""The confirmation and its one reminder: a link that is good for exactly the subscriptions that it names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.utils import timezone

from mail.models import Message
from mail.outbox.kinds import MessageKind, NoLongerNeeded
from mail.writing.message import Mail
from subscribers import links
from subscribers.confirmation_link import ConfirmationLink
from subscribers.messages.writing import MessageContent, subscriptions_of, write_to_subscriber
from subscribers.models import Subscriber, Subscription


@dataclass(frozen=True)
class ConfirmationContext:
    subscriptions: tuple[int, ...]
    asked_at: int  # seconds since 1970


def write_confirmation(row: Message, context: ConfirmationContext) -> Mail:
    return write_to_subscriber(row, lambda person: _content(person, context))


def _content(person: Subscriber, context: ConfirmationContext) -> MessageContent:
    pending = subscriptions_of(person, context.subscriptions, Subscription.Status.PENDING)
    if not pending:
        raise NoLongerNeeded("nothing is left to confirm")
    asked_at = datetime.fromtimestamp(context.asked_at, UTC)
    link = ConfirmationLink(asked_at, tuple(s.pk for s in pending))
    if timezone.now() > link.valid_until:
        raise NoLongerNeeded("its link has expired")
    facts = {
        "subscriptions": pending,
        "lists": [s.mailing_list for s in pending],
        "confirm_url": links.confirm_url(asked_at, list(link.subscription_ids)),
        "asked_at": asked_at,
        "valid_until": link.valid_until,
        "reminder_follows": settings.SIGNUP_REMINDERS_A_DAY > 0 and person.reminded_at is None,
    }
    return MessageContent(pending[0].mailing_list, facts)


CONFIRMATION = MessageKind("confirmation", "confirmation", ConfirmationContext, write_confirmation)
REMINDER = MessageKind("reminder", "reminder", ConfirmationContext, write_confirmation)
