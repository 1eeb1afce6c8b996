"""Celery tasks of the mail floor."""

from __future__ import annotations

from celery import shared_task

from mail.outbox import sending
from mail.outbox.posting import SEND_MESSAGES


@shared_task(name=SEND_MESSAGES)
def send_messages(message_id: int | None = None) -> int:
    """Send what waits in the outbox: the message that was just posted first, and then whatever else is due."""
    return sending.send_due(first=message_id)
