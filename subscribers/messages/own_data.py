"""The links to everything that is held about somebody, as a file, and to its erasure: mailed when they ask.

The links to the preferences are in every email and never expire, so somebody whom one was forwarded to holds them too.
What is held, and its end, take a mail of their own to the mailbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from mail.models import Message
from mail.outbox.kinds import MessageKind, NoLongerNeeded
from mail.writing.message import Mail
from subscribers import links
from subscribers.messages.writing import MessageContent, write_to_subscriber
from subscribers.models import Subscriber, Subscription
from subscribers.own_reading import find_reading

VALID_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class OwnDataContext:
    asked_at: int  # unix time


def write_own_data(row: Message, context: OwnDataContext) -> Mail:
    return write_to_subscriber(row, lambda person: _content(person, context), is_owed=True)


def _content(person: Subscriber, context: OwnDataContext) -> MessageContent:
    asked_at = datetime.fromtimestamp(context.asked_at, UTC)
    if has_expired(asked_at):
        raise NoLongerNeeded("its links have expired")
    active = person.subscriptions.filter(status=Subscription.Status.CONFIRMED).select_related("mailing_list")
    first = active.order_by("mailing_list__position", "mailing_list__name").first()
    facts = {
        "data_url": links.own_data_url(person.pk, asked_at),
        "reading_url": links.reading_url(person.pk, asked_at) if find_reading(person) else "",
        "erase_url": links.erase_url(person.pk, asked_at),
        "valid_until": asked_at + VALID_FOR,
    }
    return MessageContent(first.mailing_list if first else None, facts)


def has_expired(asked_at: datetime) -> bool:
    return timezone.now() >= asked_at + VALID_FOR


OWN_DATA = MessageKind("own_data", "links to somebody's own data", OwnDataContext, write_own_data)
