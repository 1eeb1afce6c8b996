"""What a receipt says: who the person is, where they stand, and every record of what they agreed to, the oldest first.

`as_json` has the values as they are stored, under the names that a person's own download gives them; `read_receipt` has
them in words, for a page to print. Neither names staff: the paper may be handed to the person, and who works here is
other people's data. The timeline on the person's page says who it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lib.dates import in_local_words
from subscribers import languages, personal_data
from subscribers.institute import institute_name, institute_zone
from subscribers.models import ConsentRecord, Subscriber, Subscription
from subscribers.tokens import address_hash

Facts = list[tuple[str, str]]  # what it is, and what is known of it


@dataclass(frozen=True, slots=True)
class ReceiptPart:
    """One subscription, or one record."""

    title: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Receipt:
    institute: str
    address: str
    made: str  # when, in words
    person: Facts
    subscriptions: list[ReceiptPart] = field(default_factory=list)
    records: list[ReceiptPart] = field(default_factory=list)

    def everything(self) -> str:
        """All words that differ between people, to see which letters are needed."""
        parts = [*self.subscriptions, *self.records]
        pairs = [*self.person, *(fact for part in parts for fact in part.facts)]
        return "\n".join([self.institute, *(part.title for part in parts), *(text for pair in pairs for text in pair)])


def as_json(person: Subscriber) -> dict[str, Any]:
    """For `DjangoJSONEncoder`."""
    return {
        "institute": institute_name(),
        "made_at": timezone.now(),
        "person": {"id": person.uuid, "email": person.email, "name": person.name, "language": person.language},
        "subscriptions": personal_data.subscriptions_of(person),
        "consent": personal_data.consent_of(person),
    }


def count_records(person: Subscriber) -> int:
    return ConsentRecord.objects.filter(subscriber=person).count()


def read_receipt(person: Subscriber) -> Receipt:
    """In the institute's time zone: a reader of the paper doesn't know in which zone a colleague works."""
    records = ConsentRecord.objects.filter(subscriber=person).select_related("mailing_list").order_by("at", "pk")
    subscriptions = person.subscriptions.select_related("mailing_list", "selection")
    with timezone.override(institute_zone()):
        return Receipt(
            institute_name(),
            person.readable_email,
            in_local_words(timezone.now()),
            _person(person),
            [
                _subscription(each)
                for each in subscriptions.prefetch_related("selection__topics").order_by("mailing_list__position", "pk")
            ],
            [_record(record, address_hash(person.email)) for record in records],
        )


def _known(*facts: tuple[str, str]) -> Facts:
    return [(name, value) for name, value in facts if value]


def _when(moment: datetime | None) -> str:
    return in_local_words(moment) if moment else ""


def _language(code: str) -> str:
    return languages.language(code).name if code in {each.code for each in languages.offered()} else code


def _person(person: Subscriber) -> Facts:
    return _known(
        (_("Email address"), person.readable_email),
        (_("Email address since"), _when(person.address_since)),
        (_("Name"), person.name),
        (_("Language"), _language(person.language)),
        (_("Number"), str(person.uuid)),
        (_("Known since"), _when(person.created_at)),
        (_("Mail"), _("This address is suppressed and gets no email.") if person.is_suppressed else ""),
        (_("Paused until"), _when(person.paused_until)),
    )


def _subscription(each: Subscription) -> ReceiptPart:
    """Where it stands now."""
    return ReceiptPart(
        each.mailing_list.name,
        _known(
            (_("Status"), str(each.get_status_display())),
            (_("Asked to subscribe"), _when(each.requested_at)),
            (_("Confirmed"), _when(each.confirmed_at) or _("never")),
            (_("Unsubscribed"), _when(each.unsubscribed_at)),
            (_("Topics"), ", ".join(topic.name for topic in each.topic_list()) or _("everything")),
            (_("How often"), str(each.get_frequency_display())),
            (_("Source of the sign-up"), each.origin),
        ),
    )


def _record(record: ConsentRecord, present: str) -> ReceiptPart:
    action = str(record.get_action_display())
    title = f"{action[:1].upper()}{action[1:]}"
    if record.mailing_list:
        title = f"{title}: {record.mailing_list.name}"
    other = _("an address that this person had before, or the address of a person merged into this one")
    return ReceiptPart(
        title,
        _known(
            (_("When"), in_local_words(record.at)),
            (_("Through"), str(record.get_source_display())),
            (_("Wording"), record.wording),
            (_("Version of the wording"), record.wording_version),
            (_("Language of the wording"), _language(record.language)),
            (_("Page"), record.page),
            (_("Source of the sign-up"), record.origin),
            (_("IP address"), record.ip or ""),
            (_("Browser"), record.user_agent),
            (_("Detail"), record.detail),
            (_("Reason for unsubscribing"), str(record.get_leaving_reason_display()) if record.leaving_reason else ""),
            (_("Given for"), "" if record.address_hash == present else other),
            (_("Record"), f"{record.pk}"),
        ),
    )
