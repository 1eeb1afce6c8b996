"""Unsubscribing from one list or from all of them, and undoing that.

Each function is one transaction with its consent records; doing it twice is not an error. Anyone who holds a link from
our mails may do this without a login: the person who reads the mailbox is the subscriber.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from subscribers import consent
from subscribers.consent import NOWHERE
from subscribers.models import ConsentRecord, Subscriber, Subscription
from subscribers.visitors import Visit

# Undo, not a second way to subscribe: an unsubscribe link that was forwarded must not bring anybody back later.
UNDO_WITHIN = timedelta(hours=24)
_BY_OTHERS = (ConsentRecord.Source.STAFF, ConsentRecord.Source.IMPORT)


def unsubscribe(
    subscriber_id: int,
    list_id: int | None,
    *,
    source: ConsentRecord.Source = ConsentRecord.Source.PREFERENCES,
    visit: Visit = NOWHERE,
    detail: str = "",
    leaving_reason: str = "",
    staff: str = "",
) -> list[Subscription]:
    """Unsubscribe from one list, or with None from all; `leaving_reason` is one of `LeavingReason`, if they said one.
    Returns the subscriptions that this call ended. Readers whom staff or an import had unsubscribed are recorded, too:
    from then on undoing that doesn't bring them back."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        if person is None:
            return []
        meant = person.subscriptions.select_related("mailing_list")
        if list_id is not None:
            meant = meant.filter(mailing_list=list_id)
        ended = list(meant.exclude(status=Subscription.Status.UNSUBSCRIBED))
        said = [] if source in _BY_OTHERS else _ended_by_others(meant)
        now = timezone.now()
        for subscription in ended:
            subscription.status = Subscription.Status.UNSUBSCRIBED
            subscription.unsubscribed_at = now
            subscription.remind_at = None
            subscription.save(update_fields=["status", "unsubscribed_at", "remind_at"])
        for subscription in [*ended, *said]:
            consent.record(
                person,
                ConsentRecord.Action.UNSUBSCRIBED,
                source,
                mailing_list=subscription.mailing_list,
                visit=visit,
                detail=detail,
                leaving_reason=leaving_reason,
                staff=staff,
            )
    return ended


def _ended_by_others(subscriptions: QuerySet[Subscription]) -> list[Subscription]:
    """Those that staff or an import ended, and the reader has not said so since."""
    ended = subscriptions.filter(status=Subscription.Status.UNSUBSCRIBED)
    by_others = ConsentRecord.objects.filter(
        subscriber=OuterRef("subscriber"),
        mailing_list=OuterRef("mailing_list"),
        action=ConsentRecord.Action.UNSUBSCRIBED,
        source__in=_BY_OTHERS,
    )
    return list(ended.filter(Exists(by_others)).exclude(pk__in=left_by_themselves(ended).values("pk")))


def left_by_themselves(subscriptions: QuerySet[Subscription]) -> QuerySet[Subscription]:
    """Of these, those whose reader unsubscribed at or since the end: nobody else may undo that."""
    own = ConsentRecord.objects.filter(
        subscriber=OuterRef("subscriber"),
        mailing_list=OuterRef("mailing_list"),
        action=ConsentRecord.Action.UNSUBSCRIBED,
        at__gte=OuterRef("unsubscribed_at"),
    ).exclude(source__in=_BY_OTHERS)
    return subscriptions.filter(Exists(own), status=Subscription.Status.UNSUBSCRIBED)


def can_resubscribe(subscription: Subscription) -> bool:
    """Whether the undo still works: it ended less than a day ago, and was confirmed after it was last asked for.

    Otherwise the holder of an old link could sign up again, unsubscribe at once and undo that, without the mailbox.
    """
    return (
        subscription.status == Subscription.Status.UNSUBSCRIBED
        and subscription.confirmed_at is not None
        and subscription.confirmed_at >= subscription.requested_at
        and subscription.unsubscribed_at is not None
        and timezone.now() - subscription.unsubscribed_at < UNDO_WITHIN
    )


def resubscribe(subscriber_id: int, list_ids: Sequence[int], *, visit: Visit = NOWHERE) -> list[Subscription]:
    """Undo a recent `unsubscribe`: the subscriptions are as they were, topics included."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        if person is None:
            return []
        restored = [
            subscription
            for subscription in person.subscriptions.filter(mailing_list__in=list_ids).select_related("mailing_list")
            if can_resubscribe(subscription)
        ]
        for subscription in restored:
            subscription.status = Subscription.Status.CONFIRMED
            subscription.unsubscribed_at = None
            subscription.save(update_fields=["status", "unsubscribed_at"])
            consent.record(
                person,
                ConsentRecord.Action.RESUBSCRIBED,
                ConsentRecord.Source.PREFERENCES,
                mailing_list=subscription.mailing_list,
                visit=visit,
            )
    return restored
