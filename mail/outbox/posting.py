"""Put a message in the outbox: a row in the caller's transaction, and a nudge for a worker when that is committed.

The nudge may be lost, the row is not: beat and the ticker find it.

A floor above may have work that ends in messages and is done before any is sent, such as the sign-ups that came in; it
registers where it waits (`Source`), and what asks for messages to be sent has that done first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from lib.addresses import canonical_mailbox
from lib.nudging import nudge, nudge_for_all
from mail.models import Message
from mail.outbox.kinds import Context, MessageKind

SEND_MESSAGES = "mail.tasks.send_messages"


@dataclass(frozen=True)
class Source:
    """Work that ends in messages. `post_due` never raises for a single piece of it; it returns how many it did."""

    is_waiting: Callable[[], bool]
    post_due: Callable[[], int]


_sources: dict[str, Source] = {}


def register_source(name: str, source: Source) -> None:
    if _sources.setdefault(name, source) is not source:
        raise ValueError(f"There are two sources of messages named “{name}”.")


def post_due() -> int:
    return sum(source.post_due() for source in _sources.values())


def is_anything_due() -> bool:
    """Is there a message to send, or work that ends in one?"""
    due = Message.objects.filter(state=Message.State.WAITING, due_at__lte=timezone.now())
    return due.exists() or any(source.is_waiting() for source in _sources.values())


def post(kind: MessageKind[Context], address: str, context: Context, *, subscriber_id: int | None = None) -> Message:
    row = Message.objects.create(
        kind=kind.name,
        address=address,
        mailbox=canonical_mailbox(address),
        subscriber_id=subscriber_id,
        context=kind.pack(context),
        due_at=timezone.now(),
    )
    nudge(SEND_MESSAGES, row.pk)
    return row


def nudge_for_due() -> None:
    """For work that ends in a message, once it is committed."""
    nudge_for_all(SEND_MESSAGES)


def forget_messages(subscriber_id: int) -> None:
    """Of somebody who is erased: what waits isn't sent, and no row keeps the address."""
    Message.objects.filter(subscriber_id=subscriber_id).delete()


def hand_over_messages(former_id: int, kept_id: int) -> None:
    """Of somebody who is merged into another: what was sent is the other's now. What waits isn't sent, since its links
    are about what the former had."""
    rows = Message.objects.filter(subscriber_id=former_id)
    rows.filter(state=Message.State.WAITING).update(state=Message.State.DROPPED, reply="merged with another person")
    rows.update(subscriber_id=kept_id)
