"""The link to somebody's email preferences: they asked for it, or signed up again for what they have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mail.models import Message
from mail.outbox.kinds import MessageKind
from mail.writing.message import Mail
from subscribers import links
from subscribers.messages.writing import MessageContent, write_to_subscriber
from subscribers.models import Subscriber, Subscription


@dataclass(frozen=True)
class PreferencesLinkContext:
    already: bool = False  # they signed up for what they are subscribed to


def write_preferences_link(row: Message, context: PreferencesLinkContext) -> Mail:
    return write_to_subscriber(row, lambda person: _content(person, context, row.created_at))


def _content(person: Subscriber, context: PreferencesLinkContext, at: datetime) -> MessageContent:
    active = (
        person.subscriptions.filter(status=Subscription.Status.CONFIRMED)
        .select_related("mailing_list")
        .order_by("mailing_list__position", "mailing_list__name")
    )
    lists = [subscription.mailing_list for subscription in active]
    facts = {
        "lists": lists,
        "already": context.already and bool(lists),
        "preferences_url": links.preferences_url(person.pk, at),
    }
    return MessageContent(lists[0] if lists else None, facts)


PREFERENCES_LINK = MessageKind(
    "preferences_link", "link to email preferences", PreferencesLinkContext, write_preferences_link
)
