"""The rows of an export: one for each person, read some hundred at a time, whatever their number.

The first columns are those that other systems read (uuid, email, name, attributes, status, created_at, updated_at);
`subscriptions` and `suppressed` say everything that our own import needs to come to the same state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from subscribers.models import (
    ConsentRecord,
    Subscriber,
    Subscription,
    Suppression,
    TaggedSubscriber,
)
from subscribers.tokens import address_hash

COLUMNS = (
    "uuid", "email", "name", "attributes", "status", "created_at", "updated_at", "language", "time_zone",
    "paused_until", "lists", "topics", "tags", "suppressed", "subscriptions", "consent",
)  # fmt: skip
AT_ONCE = 500
Row = dict[str, Any]  # by column; lists and objects as they are
# Of a person's subscriptions the most a reader gets mail by.
_ORDER = [
    Subscription.Status.CONFIRMED, Subscription.Status.HELD, Subscription.Status.PENDING,
    Subscription.Status.UNSUBSCRIBED,
]  # fmt: skip


def rows_of(people: QuerySet[Subscriber]) -> Iterator[Row]:
    """Everything known of these people, in the order of their ids."""
    after = 0
    while some := list(people.filter(pk__gt=after).order_by("pk")[:AT_ONCE]):
        yield from _rows(some)
        after = some[-1].pk


def suppressed_without_a_person() -> Iterator[Row]:
    """Addresses that never get mail, and of which nothing else is known. Erased people have no address any more."""
    known = Subscriber.objects.filter(email=OuterRef("email"))
    after = 0
    entries = Suppression.objects.exclude(email="").exclude(Exists(known)).order_by("pk")
    while some := list(entries.filter(pk__gt=after)[:AT_ONCE]):
        for entry in some:
            yield dict.fromkeys(COLUMNS, "") | {
                "email": entry.email, "status": "suppressed", "suppressed": entry.reason, "attributes": {}, "tags": [],
                "lists": [], "topics": [], "consent": [], "created_at": _at(entry.at),
            }  # fmt: skip
        after = some[-1].pk


def _rows(people: Sequence[Subscriber]) -> Iterator[Row]:
    ids = [person.pk for person in people]
    subscriptions: dict[int, list[Subscription]] = defaultdict(list)
    found = Subscription.objects.filter(subscriber__in=ids).select_related("mailing_list", "selection")
    for each in found.prefetch_related("selection__topics").order_by("mailing_list__position", "pk"):
        subscriptions[each.subscriber_id].append(each)
    tags: dict[int, list[str]] = defaultdict(list)
    tagged = TaggedSubscriber.objects.filter(subscriber__in=ids).order_by("tag__name")
    for owner, name in tagged.values_list("subscriber_id", "tag__name"):
        tags[owner].append(name)
    consents: dict[int | None, list[Row]] = defaultdict(list)
    for record in ConsentRecord.objects.filter(subscriber__in=ids).select_related("mailing_list").order_by("pk"):
        consents[record.subscriber_id].append(_consent(record))
    hashes = {address_hash(person.email): person.pk for person in people if person.is_suppressed}
    entries = Suppression.objects.filter(address_hash__in=list(hashes)).values_list("address_hash", "reason")
    reasons = {hashes[digest]: reason for digest, reason in entries}
    for person in people:
        yield _row(person, subscriptions[person.pk], tags[person.pk], consents[person.pk], reasons.get(person.pk, ""))


def _row(
    person: Subscriber, subscriptions: list[Subscription], tags: list[str], consents: list[Row], suppressed: str
) -> Row:
    held = {each.status for each in subscriptions}
    status = next((str(each) for each in _ORDER if each in held), "")
    active = [each for each in subscriptions if each.status != Subscription.Status.UNSUBSCRIBED]
    suppressed = suppressed or ("staff" if person.is_suppressed else "")
    return {
        "uuid": str(person.uuid), "email": person.email, "name": person.name, "attributes": person.attributes,
        "status": "suppressed" if suppressed else status, "created_at": _at(person.created_at),
        "updated_at": _at(person.updated_at), "language": person.language, "time_zone": person.time_zone,
        "paused_until": _at(person.paused_until), "lists": [each.mailing_list.slug for each in active],
        "topics": sorted({topic.slug for each in active for topic in each.topic_list()}), "tags": tags,
        "suppressed": suppressed, "subscriptions": [_subscription(each) for each in subscriptions],
        "consent": consents,
    }  # fmt: skip


def _subscription(each: Subscription) -> Row:
    return {
        "list": each.mailing_list.slug, "status": each.status, "topics": [topic.slug for topic in each.topic_list()],
        "requested_at": _at(each.requested_at), "confirmed_at": _at(each.confirmed_at),
        "unsubscribed_at": _at(each.unsubscribed_at),
    }  # fmt: skip


def _consent(record: ConsentRecord) -> Row:
    facts = {
        "action": record.action, "source": record.source, "at": _at(record.at),
        "list": record.mailing_list.slug if record.mailing_list else "", "detail": record.detail,
        "wording": record.wording, "wording_version": record.wording_version, "language": record.language,
        "page": record.page, "ip": record.ip or "", "user_agent": record.user_agent, "staff": record.staff,
    }  # fmt: skip
    return {name: value for name, value in facts.items() if value}


def _at(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
