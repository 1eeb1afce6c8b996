"""Instants in the words of editions.schedule, in a newsletter's own zone and in that of the person who looks."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lib.durations import duration_in_words
from newsletters.editions.schedule.moments import Moment, in_words


def from_now_in_words(at: datetime) -> str:
    """“in 19 hours”, “in less than a minute”."""
    return _("in %s") % duration_in_words((at - timezone.now()).total_seconds())


def yours_in_words(at: datetime, zone: str) -> str:
    """“15:00 your time”, with the weekday where it is another day; empty where the person's clock shows the same."""
    there, yours = at.astimezone(ZoneInfo(zone)), timezone.localtime(at)
    if there.utcoffset() == yours.utcoffset():
        return ""
    shown = f"{yours:%H:%M}" if there.date() == yours.date() else date_format(yours, "D H:i")
    return _("%s your time") % shown


def moment_in_words(at: datetime, zone: str) -> str:
    """“Monday 23 November 2026 at 07:00 (Europe/Berlin, UTC+01:00)”."""
    return in_words(Moment(at.astimezone(ZoneInfo(zone)).replace(tzinfo=None), at), zone)
