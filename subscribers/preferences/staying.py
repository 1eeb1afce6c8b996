"""“Keep my subscription”: what a reader answers who was asked whether they still want to hear from us.

It changes nothing but the record of their consent, which then says that they wanted it, and when.
"""

from __future__ import annotations

from django.db import transaction

from subscribers import consent
from subscribers.consent import NOWHERE
from subscribers.models import ConsentRecord, Subscriber, Subscription
from subscribers.visitors import Visit


def stay(subscriber_id: int, list_id: int, *, edition_id: int = 0, visit: Visit = NOWHERE) -> bool:
    """False where they aren't on the list (any more): then nothing is recorded. Twice is no error."""
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
        consent.record(
            person, ConsentRecord.Action.CHANGED, ConsentRecord.Source.PREFERENCES,
            mailing_list=subscription.mailing_list, visit=visit, detail=detail,
        )  # fmt: skip
    return True
