"""Messages that are over are deleted after a while: they name an address, and nothing asks for them any more."""

from __future__ import annotations

from datetime import datetime

from mail.models import Message


def forget_old_messages(before: datetime, *, at_most: int = 5000) -> int:
    """Delete the oldest that were made before that moment and no longer wait. Returns how many."""
    oldest = Message.objects.order_by("pk").values_list("pk", "created_at", "state")[:at_most]
    over = [pk for pk, made_at, state in oldest if made_at < before and state != Message.State.WAITING]
    for start in range(0, len(over), 500):
        Message.objects.filter(pk__in=over[start : start + 500]).delete()
    return len(over)
