"""“Keep my subscription”: what a reader answers who was asked whether they still want to hear from us.

It changes nothing but the record of their consent, which then says that they wanted it, and when: once for each
edition that asked them, however often they press.
"""

from __future__ import annotations

from django.db import transaction

from subscribers import consent
from subscribers.consent import NOWHERE
from subscribers.models import ConsentRecord, Subscriber, Subscription
from subscribers.visitors import Visit


def stay(subscriber_id: int, list_id: int, *, edition_id: int = 0, visit: Visit = NOWHERE) -> bool:
    """False where they aren't on the list (any more): then nothing is recorded. Twice is recorded once."""
    detail = f"stays, asked by edition {edition_id}" if edition_id else "stays"
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
        subscription = (
            person.subscriptions.select_related("mailing_list")
            .filter(mailing_list=list_id, status=Subscription.Status.CONFIRMED)
            .first()
            if person
            else None
        )
        if person is None or subscription is None:
            return False
        said = ConsentRecord.objects.filter(subscriber=person, mailing_list=subscription.mailing_list, detail=detail)
        if not said.filter(at__gte=subscription.confirmed_at or person.created_at).exists():
            consent.record(
                person, ConsentRecord.Action.CHANGED, ConsentRecord.Source.PREFERENCES,
                mailing_list=subscription.mailing_list, visit=visit, detail=detail,
            )  # fmt: skip
    return True
