"""Whose mail an event is about: the ledger's row or the outbox's, the person, and the address that it went to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lib.addresses import address_key
from mail.models import Message
from newsletters.events.feedback.deliveries import in_portions
from newsletters.events.feedback.mail_events import MailTarget
from newsletters.models import Delivery, Edition
from subscribers.former_people import find_subscribers
from subscribers.models import Subscriber


@dataclass(frozen=True, slots=True)
class Matched:
    """One mail of ours. `address` is where it went; empty if that can't be known any more: the person has another
    address since then, or was erased. Nothing is done to anybody then."""

    edition_id: int | None = None
    subscriber_id: int | None = None
    message_id: int | None = None
    mailing_list_id: int | None = None
    person: Subscriber | None = None
    address: str = ""


def match(target: MailTarget, address: str) -> Matched | None:
    """None where the mail is none of ours. `address`: who the source says that it is about."""
    return Matcher([target]).match(target, address)


class Matcher:
    """The mails of some targets, looked up together."""

    def __init__(self, targets: Iterable[MailTarget]) -> None:
        asked = set(targets)
        by_number = {target.provider_id for target in asked} - {""}
        others = [target for target in asked if not target.provider_id]
        by_reader: defaultdict[int, set[int]] = defaultdict(set)
        for target in others:
            if target.edition is not None and target.subscriber and target.message is None:
                by_reader[target.edition].add(target.subscriber)
        self._numbered = _deliveries_numbered(by_number)
        self._of_readers = {
            (row.edition_id, row.subscriber_id): row
            for edition, people in by_reader.items()
            for some in in_portions(people)
            for row in Delivery.objects.filter(edition=edition, subscriber_id__in=some)
        }
        self._editions = (
            set(Edition.objects.filter(pk__in=by_reader).values_list("pk", flat=True)) if by_reader else set()
        )
        self._messages = _messages({target.message for target in others if target.message is not None})
        self._numbered_messages = _messages_numbered(by_number - self._numbered.keys())
        named = {target.subscriber for target in others if target.subscriber}
        self._people = find_subscribers(named | {row.subscriber_id for row in self._numbered.values()})

    def match(self, target: MailTarget, address: str) -> Matched | None:
        """As `match`, of a target that was given before."""
        if target.provider_id:
            # One call of a service has one recipient of ours, so its ID means one mail.
            if (delivery := self._numbered.get(target.provider_id)) is not None:
                return self._edition(delivery, address)
            return _message(self._numbered_messages.get(target.provider_id), None)
        if target.message is not None:
            return _message(self._messages.get(target.message), target.message)
        if not target.subscriber:  # 0 is nobody: a test mail
            return None
        return self._of_reader(target, target.subscriber, address)

    def _of_reader(self, target: MailTarget, subscriber: int, address: str) -> Matched | None:
        person = self._people.get(subscriber)
        is_there = target.edition in self._editions
        if target.mailing_list is not None:
            # A link to unsubscribe says whose it is and from which list, whatever became of the mail.
            email = "" if person is None else person.email
            edition = target.edition if is_there else None
            return Matched(edition, subscriber, mailing_list_id=target.mailing_list, person=person, address=email)
        if target.edition is not None and (delivery := self._of_readers.get((target.edition, subscriber))) is not None:
            return self._edition(delivery, address)
        if not is_there:
            return None
        # On its way still, or a test mail's: nobody's answer is written down yet, so the address is today's.
        return Matched(target.edition, subscriber, person=person, address=_went_to(person, subscriber, None, address))

    def _edition(self, delivery: Delivery, address: str) -> Matched:
        person = self._people.get(delivery.subscriber_id)
        went_to = _went_to(person, delivery.subscriber_id, delivery.settled_at, address)
        return Matched(delivery.edition_id, delivery.subscriber_id, person=person, address=went_to)


def _deliveries_numbered(numbers: set[str]) -> dict[str, Delivery]:
    rows = (
        row
        for some in in_portions(numbers)
        for row in Delivery.objects.filter(provider_id__in=some).order_by("-pk")  # the first counts
    )
    return {row.provider_id: row for row in rows if row.provider_id}


def _messages_numbered(numbers: set[str]) -> dict[str, Message]:
    rows = (
        row for some in in_portions(numbers) for row in Message.objects.filter(provider_id__in=some).order_by("-pk")
    )
    return {row.provider_id: row for row in rows if row.provider_id}


def _messages(numbers: set[int]) -> dict[int, Message]:
    found: dict[int, Message] = {}
    for some in in_portions(numbers):
        found |= Message.objects.in_bulk(some)
    return found


def _went_to(person: Subscriber | None, number: int, sent_at: datetime | None, said: str) -> str:
    """The person's address, unless it is another one by now. A server may name a different one, to which the mail was
    forwarded; it is still the person's address that gets no mail."""
    if person is None:
        return ""
    is_theirs = bool(said) and address_key(said) == address_key(person.email)
    if is_theirs or (person.pk == number and not _changed_since(person, sent_at)):
        return person.email
    return ""


def _changed_since(person: Subscriber, sent_at: datetime | None) -> bool:
    return person.address_since is not None and (sent_at is None or person.address_since >= sent_at)


def _message(message: Message | None, number: int | None) -> Matched | None:
    if message is None:
        return None if number is None else Matched(message_id=number)  # ours, and forgotten since
    person = Subscriber.objects.with_address(message.address).first()
    subscriber_id = person.pk if person is not None else message.subscriber_id
    return Matched(None, subscriber_id, message.pk, person=person, address=message.address)
