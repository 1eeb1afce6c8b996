"""Moments in words, in the zone that is active; and zones that change their offset, or are gone."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lib.dates import active_zone, in_local_words, zone_named

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "moment", "words"),
    [
        ("UTC", datetime(2026, 11, 7, 1, 5, tzinfo=ZoneInfo("Asia/Tokyo")), "6 November 2026, 16:05 UTC"),
        ("Europe/Berlin", NOON, "1 July 2026, 14:00 CEST"),
        ("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "25 October 2026, 02:30 CEST"),
        ("Europe/Berlin", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "25 October 2026, 02:30 CET"),
        ("Asia/Kathmandu", NOON, "1 July 2026, 17:45 +0545"),
        ("Pacific/Chatham", datetime(2026, 12, 31, 12, 0, tzinfo=UTC), "1 January 2027, 01:45 +1345"),
        ("Pacific/Nowhere", NOON, "1 July 2026, 12:00 UTC"),
    ],
)
def test_a_moment_is_said_in_the_active_zone_and_names_it(zone: str, moment: datetime, words: str) -> None:
    with timezone.override(zone_named(zone)):
        assert in_local_words(moment) == words


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "..", "Europe", "/etc/passwd", "Europe/Berlin\0", "x" * 300])
def test_a_zone_that_is_not_there_is_utc_and_is_logged(name: str, caplog: pytest.LogCaptureFixture) -> None:
    zone_named.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert zone_named(name) is UTC
    assert "UTC is used instead" in caplog.text


@given(st.text(max_size=80))
def test_no_name_whatever_makes_a_page_fail(name: str) -> None:
    assert NOON.astimezone(zone_named(name)) == NOON


def test_the_active_zone_has_the_name_of_the_place() -> None:
    with timezone.override(zone_named("Asia/Kathmandu")):
        assert active_zone() == "Asia/Kathmandu"
