"""One reminder, two days later, to who asked for a subscription and did not confirm it.

Never more than one to a person, and none to who confirmed, left, asked again meanwhile, is suppressed or was erased,
nor after the link has ended, which is that of the first mail. A request notes when it would be time (`remind_at`),
under an index of its own, so that a look costs the same however many wait. The person is marked and the mail written
to the outbox in one transaction that begins with the person's lock: a crash leaves both or neither, and of two workers
at once the second finds the mark.

**A flood of invented sign-ups** brings each address at most this one mail more, and all of them together no more than
SIGNUP_REMINDERS_A_DAY in 24 hours, which a real site is far below: the others wait for the next day and lapse with
their links. A mailbox that refused the confirmation gets none. A reminder counts as a confirmation in the limit of
three a day, so that it never makes a fourth mail to one address.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mail.models import Message
from subscribers.confirmation_link import oldest_valid
from subscribers.messages.confirmation import CONFIRMATION, REMINDER, ConfirmationContext
from subscribers.messages.posting import has_room, post_to_subscriber
from subscribers.models import Subscriber, Subscription

logger = logging.getLogger(__name__)

AFTER = timedelta(hours=48)
BATCH = 100  # people; the next look takes the next ones
_WITHIN = timedelta(hours=24)


def reminder_due_at(requested_at: datetime) -> datetime:
    """When somebody who asked at that moment would be reminded."""
    return requested_at + AFTER


def remind_due() -> int:
    """Write the reminders that are due to the outbox. Returns how many."""
    now = timezone.now()
    room = _room(now)
    if room <= 0:
        return 0
    waiting = Subscription.objects.filter(remind_at__lte=now).order_by("remind_at", "pk")
    people = dict.fromkeys(waiting.values_list("subscriber", flat=True)[: min(BATCH, room)])
    reminded = sum(_remind(pk, now) for pk in people)
    if reminded:
        logger.info("%s reminders written to the outbox", reminded)
    return reminded


def _room(now: datetime) -> int:
    most: int = settings.SIGNUP_REMINDERS_A_DAY
    if not most or not Subscription.objects.filter(remind_at__lte=now).exists():
        return 0
    return most - Subscriber.objects.filter(reminded_at__gt=now - _WITHIN).count()


def _remind(person_id: int, now: datetime) -> bool:
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=person_id).first()
        if person is None:
            return False
        asked = [each for each in person.subscriptions.order_by("pk") if each.remind_at is not None]
        latest = max((each.remind_at for each in asked if each.remind_at), default=None)
        if latest is None:
            return False
        # They asked for something else since: one reminder for all of it, when that is two days old.
        _set_remind_at(asked, latest if latest > now else None)
        if latest > now:
            return False
        oldest_link = oldest_valid(now)
        open_still = [s for s in asked if s.status == Subscription.Status.PENDING and s.requested_at > oldest_link]
        if not open_still or not _may_be_written_to(person):
            return False
        mine = Subscriber.objects.filter(pk=person.pk, reminded_at__isnull=True).update(reminded_at=now)
        if not mine:
            return False
        asked_at = min(subscription.requested_at for subscription in open_still)
        context = ConfirmationContext(tuple(s.pk for s in open_still), int(asked_at.timestamp()))
        post_to_subscriber(person, REMINDER, context)
    return True


def _set_remind_at(subscriptions: Sequence[Subscription], moment: datetime | None) -> None:
    """By their keys: a look for `remind_at` alone would go through everybody who waits."""
    Subscription.objects.filter(pk__in=[each.pk for each in subscriptions]).update(remind_at=moment)


def _may_be_written_to(person: Subscriber) -> bool:
    if person.is_suppressed or not has_room(person, REMINDER):
        return False
    confirmations = Message.objects.filter(subscriber_id=person.pk, kind=CONFIRMATION.name)
    return confirmations.order_by("-pk").values_list("state", flat=True).first() == Message.State.SENT
