"""A change of address: the link that goes to the new address, and what the present one is told."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from lib.addresses import readable
from mail.models import Message
from mail.outbox.kinds import MessageKind, NoLongerNeeded
from mail.writing.message import Mail
from subscribers import links
from subscribers.confirmation_link import oldest_valid, valid_until
from subscribers.messages.writing import MessageContent, write_to_subscriber
from subscribers.models import AddressChange, MailingList, Subscriber, Subscription


@dataclass(frozen=True)
class ConfirmAddressContext:
    change: int


@dataclass(frozen=True)
class AddressChangedContext:
    change: int  # which was asked for; 0: it is done


def write_confirmation(row: Message, context: ConfirmAddressContext) -> Mail:
    return write_to_subscriber(row, lambda person: _confirmation(person, context), also_suppressed=True)


def write_notice(row: Message, context: AddressChangedContext) -> Mail:
    return write_to_subscriber(row, lambda person: _notice(person, row, context))


def _confirmation(person: Subscriber, context: ConfirmAddressContext) -> MessageContent:
    change = _change(person, context.change)
    facts = {
        "old": person.readable_email,
        "new": readable(change.email),
        "confirm_url": links.new_address_url(change.pk, change.asked_at),
        "valid_until": valid_until(change.asked_at),
    }
    return MessageContent(_first_list(person), facts)


def _notice(person: Subscriber, row: Message, context: AddressChangedContext) -> MessageContent:
    facts: dict[str, object] = {"old": readable(row.address), "done": not context.change}
    if context.change:
        facts |= {
            "new": readable(_change(person, context.change).email),
            "preferences_url": links.preferences_url(person.pk, row.created_at),
        }
    else:
        facts["new"] = person.readable_email
    return MessageContent(_first_list(person), facts)


def _change(person: Subscriber, pk: int) -> AddressChange:
    change = AddressChange.objects.filter(pk=pk, subscriber=person).first()
    if change is None:
        raise NoLongerNeeded("the change of address was cancelled, replaced or made")
    if change.asked_at <= oldest_valid(timezone.now()):
        raise NoLongerNeeded("its link has expired")
    return change


def _first_list(person: Subscriber) -> MailingList | None:
    """In whose name it is written: the first list that they read."""
    active = person.subscriptions.filter(status=Subscription.Status.CONFIRMED).select_related("mailing_list")
    first = active.order_by("mailing_list__position", "mailing_list__name").first()
    return first.mailing_list if first else None


CONFIRM_ADDRESS = MessageKind("confirm_address", "link to a new address", ConfirmAddressContext, write_confirmation)
ADDRESS_CHANGED = MessageKind("address_changed", "notice to the old address", AddressChangedContext, write_notice)
