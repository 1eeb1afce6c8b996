"""A moment in words, in the time zone that is active: the one of the person or of the institute (see
iria/accounts/zones.py), and UTC in a process that works for nobody in particular. And zones by their names, which come
and go.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format

logger = logging.getLogger(__name__)


def in_local_words(moment: datetime) -> str:
    """“27 November 2026, 14:05 CET”. A zone without letters of its own says its offset: “+0545”."""
    local = timezone.localtime(moment)
    return f"{date_format(local, 'j F Y, H:i')} {local:%Z}"


def active_zone() -> str:
    """Its name, for labels: “Europe/Berlin”, “UTC”."""
    return timezone.get_current_timezone_name()


@lru_cache(maxsize=64)
def zone_named(name: str) -> tzinfo:
    """The zone; UTC for one that the machine doesn't know (any more), so that no page fails for a name."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there, no name at all, or a folder of the database
        logger.warning("There is no time zone “%s” on this machine. UTC is used instead.", name)
        return UTC
