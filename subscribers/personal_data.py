"""Everything that is held about a person, as plain values: what they may download (GDPR Art. 15 and 20).

This floor says what it keeps. A floor above that keeps more about a person registers its own section when the program
starts; each section has a name of its own in the file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from mail.models import Message
from subscribers.former_people import numbers_of
from subscribers.models import Attribute, ConsentRecord, Subscriber

Section = Callable[[Subscriber], Any]
_sections: dict[str, Section] = {}


def register_section(name: str, section: Section) -> None:
    if _sections.setdefault(name, section) is not section:
        raise ValueError(f"There are two sections of personal data named “{name}”.")


def collect(person: Subscriber) -> dict[str, Any]:
    """For `DjangoJSONEncoder`: moments and UUIDs are left as they are."""
    return {
        "made_at": timezone.now(),
        "person": {
            "id": person.uuid,
            "email": person.email,
            "name": person.name,
            "language": person.language,
            "time_zone": person.time_zone,
            "attributes": _attributes(person),
            "tags": list(person.tags.values_list("name", flat=True)),
            "paused_until": person.paused_until,
            "address_since": person.address_since,
            "suppressed": person.is_suppressed,
            "created_at": person.created_at,
            "updated_at": person.updated_at,
            "reminded_to_confirm_at": person.reminded_at,
        },
        "subscriptions": subscriptions_of(person),
        "consent": consent_of(person),
        "notes": list(person.notes.order_by("at", "pk").values("at", "text")),
        "change_of_address": _change_of_address(person),
        "merged_from": list(person.former.values("former_uuid", "merged_at")),
        "messages": list(
            Message.objects.filter(subscriber_id__in=numbers_of(person))
            .order_by("pk")
            .values("kind", "address", "state", "created_at", "sent_at", "attempts")
        ),
        **{name: section(person) for name, section in sorted(_sections.items())},
    }


def _attributes(person: Subscriber) -> dict[str, Any]:
    """By the names that staff gave them; of an attribute that is gone, by its key."""
    names = dict(Attribute.objects.values_list("key", "name"))
    return {names.get(key, key): value for key, value in person.attributes.items()}


def subscriptions_of(person: Subscriber) -> list[dict[str, Any]]:
    rows = person.subscriptions.select_related("mailing_list", "selection").prefetch_related("selection__topics")
    return [
        {
            "list": row.mailing_list.name,
            "status": row.status,
            "came_from": row.origin,
            "frequency": row.frequency,
            "topics": [topic.name for topic in row.topic_list()],
            "requested_at": row.requested_at,
            "confirmed_at": row.confirmed_at,
            "unsubscribed_at": row.unsubscribed_at,
        }
        for row in rows.order_by("mailing_list__position", "mailing_list__name")
    ]


def consent_of(person: Subscriber) -> list[dict[str, Any]]:
    """Without the names of staff: they are other people's data."""
    records = ConsentRecord.objects.filter(subscriber=person).select_related("mailing_list").order_by("at", "pk")
    return [
        {
            "at": record.at,
            "action": record.action,
            "source": record.source,
            "list": record.mailing_list.name if record.mailing_list else None,
            "wording": record.wording,
            "wording_version": record.wording_version,
            "language": record.language,
            "page": record.page,
            "ip": record.ip,
            "user_agent": record.user_agent,
            "detail": record.detail,
            "leaving_reason": record.leaving_reason,
        }
        for record in records
    ]


def _change_of_address(person: Subscriber) -> dict[str, Any] | None:
    change = getattr(person, "address_change", None)
    return {"email": change.email, "asked_at": change.asked_at} if change else None
