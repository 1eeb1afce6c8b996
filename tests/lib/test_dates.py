"""Moments in words."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from lib.dates import utc_in_words


def test_a_moment_of_any_zone_is_said_in_utc() -> None:
    assert utc_in_words(datetime(2026, 11, 7, 1, 5, tzinfo=ZoneInfo("Asia/Tokyo"))) == "6 November 2026, 16:05 UTC"
