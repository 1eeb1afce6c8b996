"""What came back about mails to one person: on their page, in the file of what we hold about them, and once they are
erased."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from newsletters.models import Feedback, RawEvent
from subscribers.former_people import numbers_of
from subscribers.models import Subscriber
from subscribers.timeline import TimelineEntry, TimelineKind
from subscribers.tokens import address_hash

SOURCE_OF_MAIL = "mail"  # as `receiving.mail` calls it, which stands above


def _rows(person: Subscriber) -> QuerySet[Feedback]:
    """Those of people who were merged into this one included."""
    return Feedback.objects.filter(subscriber_id__in=numbers_of(person))


def feedback_of(person: Subscriber) -> list[dict[str, Any]]:
    rows = _rows(person).order_by("at", "pk")
    said = ("at", "kind", "address", "status", "words", "source", "effect", "undone_at", "undone_note")
    return [dict(row) for row in rows.values(*said)]


def _entries(person: Subscriber, most: int) -> list[TimelineEntry]:
    return [
        TimelineEntry(
            row.at,
            "feedback",
            f"{row.get_kind_display()}: {row.get_effect_display()}",
            row.words,
            reverse("admin:newsletters_feedback_change", args=[row.pk]),
        )
        for row in _rows(person).order_by("-at", "-pk")[:most]
    ]


def erase(subscriber_id: int, email: str) -> None:
    """Of somebody who was erased: what came in names the address, and so do servers' words. How many mails of an
    edition bounced stays known, without saying whose. Calls of services that tell of many at once stay as they
    came, for the days that they are kept anyway."""
    rows = Feedback.objects.filter(Q(subscriber_id=subscriber_id) | Q(address_hash=address_hash(email)))
    raws = list(rows.exclude(raw=None).values_list("raw", flat=True))
    rows.update(address="", address_hash="", words="", undone_note="", raw=None)
    alone = RawEvent.objects.filter(pk__in=raws, source=SOURCE_OF_MAIL) | RawEvent.objects.filter(
        pk__in=raws, feedback=None
    )
    alone.only("pk").delete()


FEEDBACK = TimelineKind("feedback", gettext_lazy("Bounces and complaints"), "newsletters.view_feedback", _entries)
