"""Instants in the words of editions.scheduling, in a newsletter's own zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from newsletters.editions.scheduling import Moment, in_words


def moment_in_words(at: datetime, zone: str) -> str:
    """“Monday 23 November 2026 at 07:00 (Europe/Berlin, UTC+01:00)”."""
    return in_words(Moment(at.astimezone(ZoneInfo(zone)).replace(tzinfo=None), at), zone)
