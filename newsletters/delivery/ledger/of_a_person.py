"""The editions that were for one person, and what became of each: for the file of what we hold about them."""

from __future__ import annotations

from typing import Any

from newsletters.models import Delivery
from subscribers.former_people import numbers_of
from subscribers.models import Subscriber


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
