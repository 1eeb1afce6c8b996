"""The editions that were for one person, and what became of each: for the file of what we hold about them, and for the
timeline on their page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.delivery.ledger.reasons import reason_in_words
from newsletters.models import Delivery
from subscribers.former_people import numbers_of
from subscribers.models import Subscriber
from subscribers.timeline import TimelineEntry, TimelineKind


def editions_sent_to(person: Subscriber) -> list[dict[str, Any]]:
    """Those of people who were merged into this one included."""
    rows = Delivery.objects.filter(subscriber_id__in=numbers_of(person)).order_by("edition_id", "pk")
    return [
        {
            "edition": str(row.edition),
            "subject": row.edition.subject,
            "outcome": row.outcome,
            "reason": row.reason,
            "reply_code": row.smtp_code,
            "attempts": row.attempts,
            "at": row.settled_at,
        }
        for row in rows.select_related("edition__newsletter").defer("edition__snapshot")
    ]


def _entries(person: Subscriber, most: int) -> list[TimelineEntry]:
    rows = Delivery.objects.filter(subscriber_id__in=numbers_of(person)).order_by("-settled_at", "-pk")
    rows = rows.select_related("edition__newsletter").defer("edition__snapshot", "edition__introduction")
    return [
        TimelineEntry(
            row.settled_at,
            "editions",
            _("%(edition)s: %(outcome)s") % {"edition": row.edition, "outcome": row.get_outcome_display().lower()},
            " · ".join(part for part in (reason_in_words(row.reason) if row.reason else "", row.reply) if part),
            reverse("admin:newsletters_edition_change", args=[row.edition_id]),
        )
        for row in rows[:most]
    ]


EDITIONS = TimelineKind("editions", gettext_lazy("Editions"), "newsletters.view_delivery", _entries)
