"""Whose mail an event is about: the ledger's row or the outbox's, the person, and the address that it went to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lib.addresses import address_key
from mail.models import Message
from newsletters.events.feedback.mail_events import MailTarget
from newsletters.models import Delivery, Edition
from subscribers.former_people import find_subscriber
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
    if target.provider_id:
        return _by_provider(target.provider_id, address)
    if target.message is not None:
        return _message(Message.objects.filter(pk=target.message).first(), target.message)
    if not target.subscriber:  # 0 is nobody: a test mail
        return None
    return _of_reader(target, target.subscriber, address)


def _of_reader(target: MailTarget, subscriber: int, address: str) -> Matched | None:
    if target.mailing_list is not None:
        return _list(target)
    delivery = Delivery.objects.filter(edition=target.edition, subscriber_id=subscriber).first()
    if delivery is not None:
        return _edition(delivery, address)
    if target.edition is None or not Edition.objects.filter(pk=target.edition).exists():
        return None
    # On its way still, or a test mail's: nobody's answer is written down yet, so the address is today's.
    person = find_subscriber(subscriber)
    return Matched(target.edition, subscriber, person=person, address=_went_to(person, subscriber, None, address))


def _list(target: MailTarget) -> Matched | None:
    """A link to unsubscribe says whose it is and from which list, whatever became of the mail."""
    person = find_subscriber(target.subscriber or 0)
    edition = Edition.objects.filter(pk=target.edition or 0).values_list("pk", flat=True).first()
    email = "" if person is None else person.email
    return Matched(edition, target.subscriber, mailing_list_id=target.mailing_list, person=person, address=email)


def _by_provider(provider_id: str, address: str) -> Matched | None:
    """One call of a service has one recipient of ours, so its ID means one mail."""
    if delivery := Delivery.objects.filter(provider_id=provider_id).first():
        return _edition(delivery, address)
    return _message(Message.objects.filter(provider_id=provider_id).first(), None)


def _edition(delivery: Delivery, address: str) -> Matched:
    person = find_subscriber(delivery.subscriber_id)
    went_to = _went_to(person, delivery.subscriber_id, delivery.settled_at, address)
    return Matched(delivery.edition_id, delivery.subscriber_id, person=person, address=went_to)


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
