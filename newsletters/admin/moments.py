"""Instants in the words of editions.schedule, in a newsletter's own zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from lib.durations import duration_in_words
from newsletters.editions.schedule.moments import Moment, in_words


def from_now_in_words(at: datetime) -> str:
    """“in 19 hours”, “in less than a minute”."""
    return _("in %s") % duration_in_words((at - timezone.now()).total_seconds())


def moment_in_words(at: datetime, zone: str) -> str:
    """“Monday 23 November 2026 at 07:00 (Europe/Berlin, UTC+01:00)”."""
    return in_words(Moment(at.astimezone(ZoneInfo(zone)).replace(tzinfo=None), at), zone)
