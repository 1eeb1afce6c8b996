"""Instants in the words of editions.scheduling, in a newsletter's own zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletters.editions.scheduling import Moment, in_words


def from_now_in_words(at: datetime) -> str:
    """“in 19 hours”, “in 3 days”; in minutes below two hours."""
    minutes = max(0, round((at - timezone.now()).total_seconds() / 60))
    if minutes < 1:
        return _("in less than a minute")
    if minutes < 120:
        return ngettext("in %d minute", "in %d minutes", minutes) % minutes
    hours = round(minutes / 60)
    if hours < 72:
        return ngettext("in %d hour", "in %d hours", hours) % hours
    days = round(hours / 24)
    return ngettext("in %d day", "in %d days", days) % days


def moment_in_words(at: datetime, zone: str) -> str:
    """“Monday 23 November 2026 at 07:00 (Europe/Berlin, UTC+01:00)”."""
    return in_words(Moment(at.astimezone(ZoneInfo(zone)).replace(tzinfo=None), at), zone)
