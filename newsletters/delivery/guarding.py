"""May anything be sent at all? Not after a backup was restored, until a person says so."""

from __future__ import annotations

from django.utils import timezone

from newsletters.models import SendingGuard


def halted() -> str:
    """Why nothing is sent, in a sentence; empty when sending is allowed. One query."""
    return SendingGuard.objects.filter(pk=1).values_list("halted_why", flat=True).first() or ""


def confirm(by: str) -> None:
    """A person has looked, and says that sending may go on."""
    SendingGuard.objects.filter(pk=1).update(
        halted_why="", halted_at=None, location="", confirmed_by=by[:150], confirmed_at=timezone.now()
    )
