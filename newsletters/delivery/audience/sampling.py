"""A few readers who would get an edition, and a few for each reason not to: a query each, of a few rows, all within a
time that a page can wait for."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from newsletters.delivery.audience.definition import (
    EXCLUSIONS,
    Audience,
    PersonalExclusion,
    SubscriptionExclusion,
    people_excluded,
)
from newsletters.delivery.ledger.reasons import Skip
from newsletters.rendering.content import EditionContent
from subscribers.models import Subscriber
from subscribers.segments.counting import in_time


def sample_readers(
    content: EditionContent, *, at_most: int = 5, now: datetime | None = None
) -> dict[Skip | None, list[int]]:
    """Ids of subscribers by the reason why they get nothing; None: who get it. No particular ones, in no order. Raises
    `BadRule`, and `TooSlow` where the rules of segments take the database too long."""
    with in_time():
        return _sample(content, at_most, now or timezone.now())


def _sample(content: EditionContent, at_most: int, now: datetime) -> dict[Skip | None, list[int]]:
    audience = Audience.from_content(content)
    found: dict[Skip | None, list[int]] = {}
    rows = audience.subscriptions().order_by()
    for exclusion in EXCLUSIONS:
        these = rows.filter(_applies(exclusion, content, now))
        found[exclusion.reason] = list(these.values_list("subscriber_id", flat=True)[:at_most])
        rows = rows.filter(_does_not_apply(exclusion, content, now))
    those_left = rows & audience.candidates()  # which says nothing new, and lets the database use its index
    found[None] = list(those_left.values_list("subscriber_id", flat=True)[:at_most])
    return found


def _applies(exclusion: PersonalExclusion | SubscriptionExclusion, content: EditionContent, now: datetime) -> Q:
    if isinstance(exclusion, PersonalExclusion):
        return Q(subscriber__in=people_excluded(exclusion, now).values("pk"))
    return exclusion.rows(content)


def _does_not_apply(exclusion: PersonalExclusion | SubscriptionExclusion, content: EditionContent, now: datetime) -> Q:
    """Looked up reader by reader: a list of all who are excluded may be long, where only a few rows are wanted."""
    if isinstance(exclusion, PersonalExclusion):
        people = Subscriber.objects.filter(exclusion.people(now), pk=OuterRef("subscriber_id"))
        return ~Q(Exists(people))
    return ~exclusion.rows(content)
