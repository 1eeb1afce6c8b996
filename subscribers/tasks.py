"""Celery tasks of the people's side."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="subscribers.tasks.send_outbox")
def send_outbox(mail_id: int | None = None) -> int:
    """Send what waits in the outbox: the mail that was just queued first, and then whatever else is due."""
    from subscribers.outbox import send_due

    return send_due(first=mail_id)
