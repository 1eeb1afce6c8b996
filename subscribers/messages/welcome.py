"""The welcome, after a confirmation: what they will get, a sample, and how to leave with one click; or the whole email
that a list has for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from mail.models import Message
from mail.outbox.kinds import MessageKind, NoLongerNeeded
from mail.writing.message import Mail
from subscribers import languages, links, sample_editions
from subscribers.messages.welcome_texts import welcome_text_of, whole_welcome_for
from subscribers.messages.writing import MessageContent, sender_address, subscriptions_of, write_to_subscriber
from subscribers.models import Subscriber, Subscription


@dataclass(frozen=True)
class WelcomeContext:
    subscriptions: tuple[int, ...]
    because: str = ""  # "form": they signed up, and nothing was confirmed; "approved": by staff; else they confirmed


def write_welcome(row: Message, context: WelcomeContext) -> Mail:
    return write_to_subscriber(row, lambda person: _content(person, context, row.created_at))


def _content(person: Subscriber, context: WelcomeContext, written: datetime) -> MessageContent | Mail:
    confirmed = subscriptions_of(person, context.subscriptions, Subscription.Status.CONFIRMED)
    if not confirmed:
        raise NoLongerNeeded("the reader has unsubscribed again")
    # Of several lists at once the usual words are said, which name them all.
    if len(confirmed) == 1 and (whole := whole_welcome_for(person, confirmed[0], written)):
        return whole
    first = confirmed[0].mailing_list
    token = links.unsubscribe_token(person.pk, first.pk, made_at=written)
    sample = sample_editions.find_samples([first]).get(first.pk)
    facts = {
        "subscriptions": confirmed,
        "because": context.because,
        "own": welcome_text_of(first, languages.spoken()) if len(confirmed) == 1 else None,
        "lists": [s.mailing_list for s in confirmed],
        # What the last edition came from says it best; before there is one, what this very message comes from.
        "sender": sample.sender if sample else sender_address(first),
        "sample": sample,
        "sample_url": settings.SITE_URL + languages.localised(sample.path) if sample else "",
        "preferences_url": links.preferences_url(person.pk, written),
        "unsubscribe_url": links.unsubscribe_link(token),
    }
    return MessageContent(first, facts, links.one_click_fields(token))


WELCOME = MessageKind("welcome", "welcome", WelcomeContext, write_welcome)
