"""What somebody is told who asked to join a moderated list: that staff will look at it, or that they declined."""

from __future__ import annotations

from dataclasses import dataclass

from mail.models import Message
from mail.outbox.kinds import MessageKind, NoLongerNeeded
from mail.writing.message import Mail
from subscribers.messages.writing import MessageContent, subscriptions_of, write_to_subscriber
from subscribers.models import Subscriber, Subscription


@dataclass(frozen=True)
class JoinContext:
    subscriptions: tuple[int, ...]


def write_received(row: Message, context: JoinContext) -> Mail:
    return write_to_subscriber(row, lambda person: _content(person, context, Subscription.Status.HELD))


def write_declined(row: Message, context: JoinContext) -> Mail:
    return write_to_subscriber(row, lambda person: _content(person, context, Subscription.Status.UNSUBSCRIBED))


def _content(person: Subscriber, context: JoinContext, status: str) -> MessageContent:
    asked = subscriptions_of(person, context.subscriptions, status)
    if not asked:
        raise NoLongerNeeded("it was decided otherwise since")
    lists = [subscription.mailing_list for subscription in asked]
    return MessageContent(lists[0], {"subscriptions": asked, "lists": lists})


JOIN_RECEIVED = MessageKind("join_received", "request to join received", JoinContext, write_received)
JOIN_DECLINED = MessageKind("join_declined", "request to join declined", JoinContext, write_declined)
