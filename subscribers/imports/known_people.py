"""Who of a batch is there already, and who must stay out, in a few queries however many rows it has."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from subscribers import bulk_rows
from subscribers.imports.staging import StagedRow
from subscribers.models import Subscriber, Subscription, Suppression, TaggedSubscriber
from subscribers.tokens import folded_address_hash

PENDING, CONFIRMED, LEFT = (
    Subscription.Status.PENDING.value,
    Subscription.Status.CONFIRMED.value,
    Subscription.Status.UNSUBSCRIBED.value,
)


@dataclass(slots=True)
class KnownSubscription:
    pk: int
    status: str
    left_before: bool  # also when they asked again and have not confirmed it
    packed: tuple[Any, ...]  # status and moments as they are, for undoing


@dataclass(slots=True)
class KnownPerson:
    pk: int
    name: str
    language: str
    is_suppressed: bool
    attributes: dict[str, Any]
    tags: set[str] = field(default_factory=set)  # their keys; only where the file or the options have tags
    subscriptions: dict[int, KnownSubscription] = field(default_factory=dict)  # by list

    @property
    def left_everything(self) -> bool:
        """They were on lists, and chose to be on none any more."""
        return bool(self.subscriptions) and all(each.left_before for each in self.subscriptions.values())


class Known:
    """People by key, reasons of suppressions by hash. With `lock` nobody else changes these people until the end of
    the transaction."""

    def __init__(
        self, rows: Sequence[StagedRow], hash_of: Callable[[str], str], *, lock: bool, tags: bool = False
    ) -> None:
        keys = [row.key for row in rows]
        self.hashes = {key: hash_of(key) for key in keys}
        self.people = _people(keys, lock=lock)
        if tags or any("tags" in row.details for row in rows):
            _add_tags({person.pk: person for person in self.people.values()})
        self._reasons = self._suppressions(keys)

    def is_stranger(self, key: str) -> bool:
        """Nobody with this address is here, and it isn't suppressed."""
        if key in self.people:
            return False
        return self.hashes[key] not in self._reasons and (key.isascii() or not self.reason(key))

    def reason(self, key: str) -> str:
        """Why this address is suppressed; "" when it isn't."""
        found = self._reasons.get(self.hashes[key])
        if found is None and not key.isascii():
            folded = self._reasons.get(folded_address_hash(key))
            found = folded if folded == Suppression.Reason.ERASED else None
        person = self.people.get(key)
        if found is None and person is not None and person.is_suppressed:
            found = Suppression.Reason.STAFF.value
        return found or ""

    def _suppressions(self, keys: Sequence[str]) -> dict[str, str]:
        wanted = list(self.hashes.values()) + [folded_address_hash(key) for key in keys if not key.isascii()]
        return dict(bulk_rows.find(Suppression, "address_hash", wanted, ("address_hash", "reason")))


def _people(keys: Sequence[str], *, lock: bool) -> dict[str, KnownPerson]:
    columns = ("email_key", "id", "name", "language", "is_suppressed", "attributes")
    people = {
        key: KnownPerson(pk, name, language, bool(is_suppressed), json.loads(attributes))
        for key, pk, name, language, is_suppressed, attributes in (bulk_rows.lock if lock else bulk_rows.find)(
            Subscriber, "email_key", keys, columns
        )
    }
    by_pk = {person.pk: person for person in people.values()}
    if not by_pk:
        return people
    fields = ("subscriber_id", "mailing_list_id", "pk", "status", "requested_at", "confirmed_at", "unsubscribed_at")
    for owner, list_id, pk, status, *moments in Subscription.objects.filter(subscriber__in=list(by_pk)).values_list(
        *fields
    ):
        left_before = status == LEFT or (status != CONFIRMED and moments[2] is not None)
        packed = (status, *(each.isoformat() if each else None for each in moments))
        by_pk[owner].subscriptions[list_id] = KnownSubscription(pk, status, left_before, packed)
    return people


def _add_tags(people: dict[int, KnownPerson]) -> None:
    tagged = TaggedSubscriber.objects.filter(subscriber__in=list(people))
    for owner, key in tagged.values_list("subscriber_id", "tag__key"):
        people[owner].tags.add(key)
