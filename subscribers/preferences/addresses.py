"""A change of address: asked for on the preferences page, confirmed from the new mailbox, told to the old one.

Until the new address is confirmed, nothing changes. The person keeps their number, so links in old mails go on to work.
The page answers the same for every address: only the owner of a mailbox learns that it has a subscription already, and
then the two become one person, since both mailboxes were proven to be theirs.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from lib import lock_waits
from lib.addresses import address_key, canonical_mailbox
from mail.models import Message
from subscribers import consent, merging, suppression
from subscribers.confirmation_link import oldest_valid
from subscribers.consent import NOWHERE
from subscribers.messages.address_change import (
    ADDRESS_CHANGED,
    CONFIRM_ADDRESS,
    AddressChangedContext,
    ConfirmAddressContext,
)
from subscribers.messages.posting import LINKS_A_DAY, has_room_at, post_to_address
from subscribers.models import AddressChange, ConsentRecord, Subscriber, Suppression
from subscribers.throttling import Throttled, count_attempt
from subscribers.tokens import Purpose, address_hash, read
from subscribers.visitors import Visit

logger = logging.getLogger(__name__)
ATTEMPTS = 4  # at a change, when others interfere
CHANGES_A_DAY = 3  # that one person may ask for


class ChangeRefused(Exception):
    """Nothing was changed; `why` says for which of the reasons."""

    def __init__(self, why: AddressRefusal) -> None:
        super().__init__(why.name)
        self.why = why


class AddressRefusal(Enum):
    SAME_ADDRESS = auto()
    TOO_MANY = auto()
    HELD = auto()  # who complained, or was suppressed by staff, doesn't get round that with another address


@dataclass(frozen=True)
class NewAddress:
    """What the link of a change leads to, as it stands."""

    change: AddressChange | None  # None: used, replaced, cancelled or expired
    is_suppressed: bool = False


def may_change(person: Subscriber) -> bool:
    """Whether the page offers it. To somebody whose mail bounces it does: they need it most."""
    if not person.is_suppressed:
        return True
    entry = Suppression.objects.filter(address_hash=address_hash(person.email)).first()
    return entry is not None and entry.reason == Suppression.Reason.BOUNCE


def request_change(subscriber_id: int, email: str, *, visit: Visit = NOWHERE) -> AddressChange:
    """Mail a link to the new address, and a note to the present one. Raises `ChangeRefused`.

    A suppressed new address is sent nothing, and the page says the same.
    """
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().get(pk=subscriber_id)
        if not may_change(person):
            raise ChangeRefused(AddressRefusal.HELD)
        if email == person.email:
            raise ChangeRefused(AddressRefusal.SAME_ADDRESS)
        since = timezone.now() - timedelta(hours=24)
        asked = Message.objects.filter(subscriber_id=person.pk, kind=CONFIRM_ADDRESS.name, created_at__gt=since).count()
        if asked >= CHANGES_A_DAY or not has_room_at(email, CONFIRM_ADDRESS):
            raise ChangeRefused(AddressRefusal.TOO_MANY)
        _count_for_mailbox(email)
        # A new row, not the old one with other values: the link that was mailed to another address must not work.
        AddressChange.objects.filter(subscriber=person).delete()
        change = AddressChange.objects.create(subscriber=person, email=email, asked_at=timezone.now())
        if not suppression.is_suppressed(email):
            post_to_address(person, email, CONFIRM_ADDRESS, ConfirmAddressContext(change.pk))
        if not person.is_suppressed:
            post_to_address(person, person.email, ADDRESS_CHANGED, AddressChangedContext(change.pk))
        _record(person, f"asked to change the address to {email}", visit)
    return change


def _count_for_mailbox(email: str) -> None:
    """The messages count as well, but not for somebody who erases themselves and comes back to ask anew."""
    try:
        count_attempt(CONFIRM_ADDRESS.name, canonical_mailbox(email), [(LINKS_A_DAY, 24 * 60 * 60)])
    except Throttled:
        raise ChangeRefused(AddressRefusal.TOO_MANY) from None


def cancel_change(subscriber_id: int, *, visit: Visit = NOWHERE) -> bool:
    """Keep the current address. False when there was nothing to cancel."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().get(pk=subscriber_id)
        deleted, _by_model = AddressChange.objects.filter(subscriber=person).delete()
        if deleted:
            _record(person, "kept the address", visit)
    return bool(deleted)


def pending_change(person: Subscriber) -> AddressChange | None:
    return AddressChange.objects.filter(subscriber=person, asked_at__gt=oldest_valid(timezone.now())).first()


def find_change(token: str) -> NewAddress:
    """Raises `BadToken` or `ValueError` for a link that is not ours. Changes nothing."""
    pk, asked_at = read(Purpose.NEW_ADDRESS, token)
    moment = datetime.fromtimestamp(asked_at, UTC)
    change = (
        AddressChange.objects.filter(pk=pk, asked_at__gt=oldest_valid(timezone.now()))
        .filter(asked_at__gte=moment, asked_at__lt=moment + timedelta(seconds=1))
        .select_related("subscriber")
        .first()
    )
    return NewAddress(change, change is not None and suppression.is_suppressed(change.email))


def confirm_change(token: str, *, visit: Visit = NOWHERE) -> Subscriber | None:
    """From now on mail goes to the new address; a person who had it becomes one with this one. None where the link no
    longer works. A second press finds the change made, and so nothing to do."""
    for attempt in range(1, ATTEMPTS + 1):
        found = find_change(token)
        if found.change is None or found.is_suppressed:
            return None
        try:
            return _make_change(found.change, visit)
        except (IntegrityError, merging.PersonGone):
            # Somebody else got the address, or was merged or erased, at this very moment: now that is known.
            logger.info("The address of subscriber %s is asked for again", found.change.subscriber_id)
        except OperationalError as problem:
            if attempt == ATTEMPTS or not lock_waits.was_in_the_way(problem):
                raise
            lock_waits.pause_before(attempt)
    return None


def _make_change(asked: AddressChange, visit: Visit) -> Subscriber | None:
    """None where there is nothing to change any more. Raises `IntegrityError` or `PersonGone` where another change came
    in between, `OperationalError` where somebody else has a lock."""
    with transaction.atomic():
        lock_waits.wait_for_nobody_long()
        suppression.hold_still()
        if suppression.is_suppressed(asked.email):  # since `find_change` asked
            return None
        other = _other_with(asked.email, asked.subscriber_id)
        # Both at once, in the order that a merge locks them.
        locked = merging.lock_people([asked.subscriber_id, *([other.pk] if other else [])])
        person = locked.get(asked.subscriber_id)
        change = AddressChange.objects.filter(pk=asked.pk).first()
        if person is None or change is None or not may_change(person):
            return None
        old = person.email
        told = not person.is_suppressed
        change.delete()
        if other is not None:
            other = locked.get(other.pk)
            if other is None or address_key(other.email) != address_key(change.email):
                raise merging.PersonGone
            merging.merge(person, other, email=change.email, note="change of address", proven=True, visit=visit)
            person.refresh_from_db()
        else:
            person.email = change.email
            person.is_suppressed = False  # of the old address; that the new one isn't on the list was asked before
            person.save(update_fields=["email", "email_key", "is_suppressed", "updated_at"])
        if address_key(old) != address_key(person.email):
            person.address_since = timezone.now()
            person.save(update_fields=["address_since"])
        _record(person, f"changed the address from {old}", visit)
        if told and address_key(old) != address_key(person.email):
            post_to_address(person, old, ADDRESS_CHANGED, AddressChangedContext(0))
    return person


def _other_with(email: str, subscriber_id: int) -> Subscriber | None:
    return Subscriber.objects.with_address(email).exclude(pk=subscriber_id).first()


def delete_expired() -> int:
    """Requests that nobody confirmed, once their links have expired."""
    deleted, _by_model = AddressChange.objects.filter(asked_at__lte=oldest_valid(timezone.now())).delete()
    return deleted


def _record(person: Subscriber, detail: str, visit: Visit) -> None:
    consent.record(
        person, ConsentRecord.Action.CHANGED, ConsentRecord.Source.PREFERENCES, visit=visit, detail=detail
    )  # fmt: skip
