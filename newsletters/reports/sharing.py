"""Private links to the report of an edition: who has one sees the numbers and the mail, and nobody's address or name.

A link can't be guessed, works until its day or until staff revoke it, and is in no search engine.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from newsletters.models import Edition, SharedReport
from subscribers import tokens
from subscribers.tokens import BadToken, Purpose

DAYS = (7, 30, 90, 365)  # that a link may work for
USUAL_DAYS = 30
MOST_OPEN = 20  # links of one edition


class CantShare(ValueError):
    """The sentence says why."""


def share_report(edition: Edition, *, days: int, by: str) -> SharedReport:
    if edition.frozen_at is None:
        raise CantShare(f"{edition} hasn't begun to go out, so there is nothing to share.")
    if days not in DAYS:
        raise CantShare(f"Choose how long the link works: {', '.join(map(str, DAYS))} days.")
    if edition.shared_reports.that_open().count() >= MOST_OPEN:
        raise CantShare(f"There are {MOST_OPEN} links to this report already. Revoke one first.")
    now = timezone.now()
    return SharedReport.objects.create(
        edition=edition, created_by=by, created_at=now, expires_at=now + timedelta(days=days)
    )


def revoke_report(edition: Edition, shared_id: int, *, by: str) -> bool:
    """False where there is no such link, or it has ended."""
    rows = edition.shared_reports.that_open().filter(pk=shared_id)
    return bool(rows.update(revoked_at=timezone.now(), revoked_by=by))


def shared_url(shared: SharedReport) -> str:
    return settings.SITE_URL + reverse("reports:shared", args=[tokens.make(Purpose.SHARED_REPORT, shared.pk)])


def find_shared(token: str) -> SharedReport | None:
    """None for what we didn't sign, and for a link that has expired or was revoked: a visitor can't tell which."""
    try:
        numbers = tokens.read(Purpose.SHARED_REPORT, token)
    except BadToken:
        return None
    if len(numbers) != 1:
        return None
    editions = SharedReport.objects.that_open().select_related("edition__newsletter__mailing_list")
    return editions.filter(pk=numbers[0]).first()
