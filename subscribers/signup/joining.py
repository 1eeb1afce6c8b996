"""What follows once somebody agreed: their subscription is confirmed, or held until staff approve it (moderated lists).

A held sign-up is confirmed by the owner of the mailbox, so it never expires and gets no reminder; it gets no edition
either, since an audience is made of confirmed subscriptions alone. Approving and declining lock the person first, as
every other change of a subscription does: of two colleagues who decide at once, the second changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from subscribers import consent
from subscribers.consent import NOWHERE
from subscribers.messages.join_requests import JOIN_DECLINED, JOIN_RECEIVED, JoinContext
from subscribers.messages.posting import post_to_subscriber
from subscribers.messages.welcome import WELCOME, WelcomeContext
from subscribers.models import ConsentRecord, Subscriber, Subscription
from subscribers.visitors import Visit

Status, Action, Source = Subscription.Status, ConsentRecord.Action, ConsentRecord.Source


def accept_consent(
    person: Subscriber,
    subscriptions: Sequence[Subscription],
    *,
    visit: Visit = NOWHERE,
    detail: str = "",
    by_form: bool = False,
) -> None:
    """The person agreed to these, by a confirmation mail or by the form alone: confirm each, or hold it where the list
    is moderated, and tell them by mail. Call it within a transaction that has locked the person."""
    held = [each for each in subscriptions if each.mailing_list.is_moderated]
    confirmed = [each for each in subscriptions if not each.mailing_list.is_moderated]
    for subscription in confirmed:
        mark_confirmed(subscription, Source.FORM, visit=visit, detail=detail)
    for subscription in held:
        _hold(subscription, visit=visit, detail=detail)
    if confirmed:
        post_to_subscriber(person, WELCOME, WelcomeContext(_keys(confirmed), because="form" if by_form else ""))
    if held:
        post_to_subscriber(person, JOIN_RECEIVED, JoinContext(_keys(held)))


def mark_confirmed(
    subscription: Subscription,
    source: ConsentRecord.Source,
    *,
    visit: Visit = NOWHERE,
    detail: str = "",
    staff: str = "",
) -> None:
    """Make one subscription confirmed, with its record. Call it within a transaction."""
    subscription.status = Status.CONFIRMED
    subscription.confirmed_at = timezone.now()
    subscription.unsubscribed_at = subscription.remind_at = None
    subscription.save(update_fields=["status", "confirmed_at", "unsubscribed_at", "remind_at"])
    _record(subscription, Action.CONFIRMED, source, visit=visit, detail=detail, staff=staff)


def _hold(subscription: Subscription, *, visit: Visit, detail: str) -> None:
    subscription.status = Status.HELD
    subscription.requested_at = timezone.now()  # since when they wait for staff
    subscription.unsubscribed_at = subscription.remind_at = None
    subscription.save(update_fields=["status", "requested_at", "unsubscribed_at", "remind_at"])
    _record(subscription, Action.HELD, Source.FORM, visit=visit, detail=detail)


def approve(subscription_ids: Collection[int], *, by: str) -> int:
    """Confirm what is held of these, and welcome each person. Returns how many subscriptions."""
    return sum(_decide(pk, by=by, approved=True) for pk in subscription_ids)


def decline(subscription_ids: Collection[int], *, by: str) -> int:
    """End what is held of these, and tell each person. Returns how many subscriptions."""
    return sum(_decide(pk, by=by, approved=False) for pk in subscription_ids)


def _decide(pk: int, *, by: str, approved: bool) -> bool:
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(subscriptions=pk).first()
        held = Subscription.objects.filter(pk=pk, status=Status.HELD).select_related("mailing_list", "subscriber")
        subscription = held.first() if person else None
        if person is None or subscription is None:
            return False
        if approved:
            mark_confirmed(subscription, Source.STAFF, detail="approved", staff=by)
            post_to_subscriber(person, WELCOME, WelcomeContext((pk,), because="approved"))
        else:
            subscription.status = Status.UNSUBSCRIBED
            subscription.unsubscribed_at = timezone.now()
            subscription.save(update_fields=["status", "unsubscribed_at"])
            _record(subscription, Action.DECLINED, Source.STAFF, staff=by)
            post_to_subscriber(person, JOIN_DECLINED, JoinContext((pk,)))
    return True


def _record(
    subscription: Subscription,
    action: ConsentRecord.Action,
    source: ConsentRecord.Source,
    *,
    visit: Visit = NOWHERE,
    detail: str = "",
    staff: str = "",
) -> None:
    """The record says again what led to the sign-up: sources are counted by it."""
    consent.record(
        subscription.subscriber,
        action,
        source,
        mailing_list=subscription.mailing_list,
        visit=replace(visit, origin=subscription.origin),
        detail=detail,
        staff=staff,
    )


def _keys(subscriptions: Sequence[Subscription]) -> tuple[int, ...]:
    return tuple(each.pk for each in subscriptions)
