"""A time zone typed as an offset: answered with places that have it now, and never with the opposite."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
import time_machine
from django import forms
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletters.admin.time_zones import ABBREVIATIONS, CITIES, check_zone, places_at, zone_names

SUMMER, WINTER = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 1, 15, tzinfo=UTC)


def refusal(typed: str) -> str:
    with pytest.raises(forms.ValidationError) as refused:
        check_zone(typed)
    return str(refused.value.messages[0])


def offered(sentence: str) -> list[str]:
    unquoted = re.sub("“.*?”", "", sentence)
    return [name for name in re.findall(r"[A-Z]\w+(?:/[A-Z]\w+)+|UTC(?![+\-])", unquoted) if "Etc" not in name]


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("UTC+3", 3), ("utc +3", 3), ("GMT+03:00", 3), ("UTC+0300", 3), ("+3", 3), ("+03:00", 3), ("UTC-5", -5),
        ("UTC−5", -5), ("GMT–5", -5), ("(UTC+03:00) Moscow, St. Petersburg", 3), ("(GMT-05:00) Bogota", -5),
        ("UTC+5:30", 5.5), ("UTC+5.5", 5.5), ("GMT+5,75", 5.75), ("UTC-9:30", -9.5), ("UTC+14", 14), ("GMT+1", 1),
        ("UTC+00:00", 0), ("Z-3", -3),
    ],
)  # fmt: skip
@pytest.mark.parametrize("now", [SUMMER, WINTER])
def test_an_offset_is_answered_with_places_that_have_it_now(typed: str, hours: float, now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        places = offered(refusal(typed))
        assert places, refusal(typed)
        for place in places:
            assert datetime.now(ZoneInfo(place)).utcoffset() == timedelta(hours=hours), place


@settings(max_examples=25)
@given(sign=st.sampled_from("+-"), hours=st.integers(0, 99), minutes=st.sampled_from(["", ":00", ":30", ":45", ":99"]))
def test_no_place_of_another_offset_is_ever_offered(sign: str, hours: int, minutes: str) -> None:
    sentence = refusal(f"UTC{sign}{hours:02}{minutes}")
    wanted = timedelta(hours=hours, minutes=int(minutes[1:] or 0)) * (1 if sign == "+" else -1)
    for place in offered(sentence.replace("for example Europe/Berlin", "")):
        assert datetime.now(ZoneInfo(place)).utcoffset() == wanted, sentence


@pytest.mark.parametrize(("typed", "means"), [("Etc/GMT+3", -3), ("etc/gmt-3", 3), ("Etc/GMT-14", 14)])
def test_the_zones_whose_sign_means_the_opposite_are_explained_and_not_taken(typed: str, means: int) -> None:
    sentence = refusal(typed)
    assert f"is UTC{means:+}: its sign means the opposite" in sentence
    first = offered(sentence.split("now:")[1].split("These")[0])
    assert first and all(datetime.now(ZoneInfo(each)).utcoffset() == timedelta(hours=means) for each in first)


def test_no_such_zone_is_offered_while_typing_or_as_the_likeliest() -> None:
    assert [name for name in zone_names() if name.startswith("Etc/")] == []
    for typed in ("Etc/GMT+33", "GTM+3", "UCT+3", "Etc/Utc+3", "CET+1"):
        assert "Etc/" not in refusal(typed).replace(typed, "")


def test_the_cities_exist_and_every_offset_of_a_place_has_an_answer() -> None:
    assert set(CITIES) <= available_timezones()
    for zone in zone_names():
        offset = datetime.now(ZoneInfo(zone)).utcoffset()
        assert offset is not None
        assert places_at(int(offset.total_seconds()) // 60), zone


def test_a_long_text_is_answered_at_once() -> None:
    started = time.process_time()
    for piece in ("+", "UTC+", "1", "(", "a/"):
        refusal(piece * 100_000)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("typed", ["EST", "mst", "PDT", "BST", "CEST", "IST"])
def test_an_abbreviation_is_answered_with_a_place_that_keeps_summer_time(typed: str) -> None:
    (place,) = offered(refusal(typed))
    assert check_zone(place) == place


def test_every_abbreviation_means_a_place() -> None:
    assert set(ABBREVIATIONS.values()) <= set(zone_names())
