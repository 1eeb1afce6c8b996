"""When each newsletter comes next, in its own time zone. Three queries; the dates are worked out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from newsletters.admin.moments import yours_in_words
from newsletters.admin.roles import may
from newsletters.editions.schedule.coming import next_dates, with_coming
from newsletters.editions.schedule.moments import Moment, in_words
from newsletters.models import Newsletter

AT_MOST = 12
DATES = 3


@dataclass(frozen=True, slots=True)
class Due:
    name: str
    how: str
    first: str
    yours: str  # that time on the person's clock, where it shows another
    later: tuple[str, ...]
    at: datetime
    address: str  # of its page; empty for who may not open it


def newsletters(request: HttpRequest) -> list[Due]:
    """Those with a cadence, the next one first."""
    active = with_coming(Newsletter.objects.filter(is_active=True).exclude(cadence=Newsletter.Cadence.NONE))
    opens = may(request, "newsletters.view_newsletter")
    dated = [(newsletter, next_dates(newsletter, DATES)) for newsletter in active]
    found = [_due(newsletter, moments, opens) for newsletter, moments in dated if moments]
    return sorted(found, key=lambda each: each.at)[:AT_MOST]


def _due(newsletter: Newsletter, moments: list[Moment], opens: bool) -> Due:
    first, *later = moments
    automatic = newsletter.mode == Newsletter.Mode.AUTOMATIC
    return Due(
        name=newsletter.name,
        how=_("sends automatically") if automatic else _("creates a draft"),
        first=in_words(first, newsletter.zone),
        yours=yours_in_words(first.due_at, newsletter.zone),
        later=tuple(in_words(moment, newsletter.zone) for moment in later),
        at=first.due_at,
        address=reverse("admin:newsletters_newsletter_change", args=[newsletter.pk]) if opens else "",
    )
