"""Put a message in the outbox: a row in the caller's transaction, and a nudge for a worker when that is committed.

The nudge may be lost, the row is not: beat and the ticker find it.
"""

from __future__ import annotations

from django.utils import timezone

from lib.nudging import nudge
from mail.models import Message
from mail.outbox.kinds import Context, MessageKind

SEND_MESSAGES = "mail.tasks.send_messages"


def post(kind: MessageKind[Context], address: str, context: Context, *, subscriber_id: int | None = None) -> Message:
    row = Message.objects.create(
        kind=kind.name,
        address=address,
        subscriber_id=subscriber_id,
        context=kind.pack(context),
        due_at=timezone.now(),
    )
    nudge(SEND_MESSAGES, row.pk)
    return row


def nudge_without_a_message() -> None:
    """Where a stranger's request must not take less time because it leads to none."""
    nudge(SEND_MESSAGES)


def forget_messages(subscriber_id: int) -> None:
    """Of somebody who is erased: what waits isn't sent, and no row keeps the address."""
    Message.objects.filter(subscriber_id=subscriber_id).delete()
