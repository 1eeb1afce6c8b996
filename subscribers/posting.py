"""Putting a mail to one person into the outbox, within the limits an address has.

The row is written in the caller's transaction and a worker is nudged when that is committed; the nudge may be lost,
the row is not. Call with the subscriber's row locked, so that two requests at once cannot both find room.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from lib.nudging import nudge
from subscribers.models import OutboxMail, Subscriber

PREFERENCES_LINKS_A_DAY = 3
# What asks for a confirmation, and so counts together.
_ASKING: tuple[OutboxMail.Kind, ...] = (OutboxMail.Kind.CONFIRMATION, OutboxMail.Kind.REMINDER)


def has_room(person: Subscriber, kind: OutboxMail.Kind) -> bool:
    """Whether one more mail of this kind may go to this person within 24 hours."""
    if kind in _ASKING:
        kinds, most = _ASKING, settings.CONFIRMATIONS_PER_ADDRESS_A_DAY
    elif kind == OutboxMail.Kind.PREFERENCES_LINK:
        kinds, most = (kind,), PREFERENCES_LINKS_A_DAY
    else:
        return True
    since = timezone.now() - timedelta(hours=24)
    return OutboxMail.objects.filter(subscriber=person, kind__in=kinds, created_at__gt=since).count() < most


def post(person: Subscriber, kind: OutboxMail.Kind, context: dict[str, object]) -> OutboxMail:
    from subscribers.tasks import send_outbox  # the task sends what is posted here

    row = OutboxMail.objects.create(subscriber=person, kind=kind, context=context, due_at=timezone.now())
    nudge(send_outbox, row.pk)
    return row


def wake() -> None:
    """Nudge without a mail, where a stranger's request must not take less time because it leads to none."""
    from subscribers.tasks import send_outbox

    nudge(send_outbox)
