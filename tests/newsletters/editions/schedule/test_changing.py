"""Dates that are skipped or moved, and public holidays: what comes, when, and what is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from newsletters.editions.schedule import holidays
from newsletters.editions.schedule.changing import CantChange, move_date, restore_date, skip_date
from newsletters.editions.schedule.making import tick
from newsletters.editions.schedule.moments import moments, next_moments
from newsletters.models import Edition, Newsletter, Occurrence
from tests.factories import make_article, make_list, make_newsletter, make_reader

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 21, 5, tzinfo=UTC)  # a Monday; its date comes an hour later
WEDNESDAY = date(2026, 12, 23)


@pytest.fixture
def newsletter() -> Iterator[Newsletter]:
    with time_machine.travel(NOW, tick=False):
        mailing_list = make_list()
        make_reader(mailing_list)
        make_article(published_at=NOW - timedelta(hours=1))
        yield make_newsletter(
            mailing_list, cadence="weekly", weekdays=[1, 2, 3, 4, 5], send_time=time(7), zone="Europe/Berlin"
        )


def days(newsletter: Newsletter, count: int = 4) -> list[str]:
    return [f"{moment.due_at:%a %d %H:%M}" for moment in next_moments(newsletter, NOW, count)]


def test_public_holidays_are_left_out_and_recorded_with_their_name(newsletter: Newsletter) -> None:
    newsletter.holidays_country = "DE"
    newsletter.save()
    assert days(newsletter, 6) == [
        "Mon 21 06:00", "Tue 22 06:00", "Wed 23 06:00", "Thu 24 06:00", "Mon 28 06:00", "Tue 29 06:00",
    ]  # fmt: skip
    Newsletter.objects.update(cadence_since=datetime(2026, 12, 24, 12, tzinfo=UTC))
    [skipped] = tick(datetime(2026, 12, 25, 6, 0, 30, tzinfo=UTC))
    assert (skipped.state, skipped.reason) == ("skipped", "Public holiday: Christmas Day.")
    assert not Edition.objects.exists()
    [made] = tick(datetime(2026, 12, 28, 6, 0, 30, tzinfo=UTC))
    assert made.state == Occurrence.State.MADE


def test_those_of_a_region_are_more_than_those_of_its_country() -> None:
    day = date(2027, 1, 6)
    assert holidays.holiday_on("DE", "", day) == ""
    assert holidays.holiday_on("DE", "BY", day) == "Epiphany"
    assert holidays.holiday_on("DE", "no longer known", day) == ""
    assert ("DE", "Germany") in holidays.countries()
    assert ("BA", "Bosnia and Herzegovina") in holidays.countries()


@pytest.mark.parametrize("typed", ["by", "Bayern", "BAYERN "])
def test_a_region_is_known_by_code_and_by_name(typed: str) -> None:
    assert holidays.check_region("DE", typed) == "BY"


def test_a_region_that_is_not_known_is_answered_with_those_that_are() -> None:
    with pytest.raises(holidays.NoSuchRegion, match=r"BB \(Brandenburg\), BE \(Berlin\)"):
        holidays.check_region("DE", "Bavariaa")
    with pytest.raises(holidays.NoSuchRegion, match="no regions"):
        holidays.check_region("IS", "Anything")


def test_a_date_that_is_skipped_is_recorded_and_nothing_is_made(newsletter: Newsletter) -> None:
    skip_date(newsletter.pk, NOW.date(), reason="The team is away.")
    assert days(newsletter, 2) == ["Tue 22 06:00", "Wed 23 06:00"]
    [recorded] = tick(NOW + timedelta(hours=1, minutes=1))
    assert (recorded.state, recorded.reason) == ("skipped", "The team is away.")
    assert tick(NOW + timedelta(hours=1, minutes=2)) == []
    assert not Edition.objects.exists()


def test_a_date_that_is_moved_comes_then_and_once(newsletter: Newsletter) -> None:
    to = datetime(2026, 12, 24, 15, 30, tzinfo=UTC)
    move_date(newsletter.pk, WEDNESDAY, to)
    assert days(newsletter) == ["Mon 21 06:00", "Tue 22 06:00", "Thu 24 06:00", "Thu 24 15:30"]
    Newsletter.objects.update(cadence_since=datetime(2026, 12, 24, 7, tzinfo=UTC))
    assert tick(to - timedelta(minutes=1)) == []
    [made] = tick(to)
    assert (made.nominal, made.state) == ("2026-12-23T07:00", "made")
    assert tick(to + timedelta(minutes=1)) == []


def test_a_date_that_is_moved_far_is_not_forgotten_on_the_way(newsletter: Newsletter) -> None:
    move_date(newsletter.pk, WEDNESDAY, NOW + timedelta(days=40, minutes=7))
    coming = next_moments(newsletter, NOW + timedelta(days=39), 3)
    assert [moment.is_moved for moment in coming] == [False, True, False]


def test_one_that_is_moved_ahead_does_not_come_again_at_its_own_time(newsletter: Newsletter) -> None:
    move_date(newsletter.pk, WEDNESDAY, NOW + timedelta(minutes=5))
    Newsletter.objects.update(cadence_since=NOW)
    [made] = tick(NOW + timedelta(minutes=6))
    assert made.nominal == "2026-12-23T07:00"
    assert days(newsletter, 3) == ["Mon 21 05:05", "Mon 21 06:00", "Tue 22 06:00"]
    with pytest.raises(CantChange, match="has come already"):
        restore_date(newsletter.pk, WEDNESDAY)


def test_a_change_is_taken_back(newsletter: Newsletter) -> None:
    before = days(newsletter)
    skip_date(newsletter.pk, WEDNESDAY)
    move_date(newsletter.pk, WEDNESDAY, NOW + timedelta(days=9, minutes=1))
    assert days(newsletter) != before
    restore_date(newsletter.pk, WEDNESDAY)
    assert days(newsletter) == before


def test_a_holiday_can_be_a_date_all_the_same(newsletter: Newsletter) -> None:
    newsletter.holidays_country = "DE"
    newsletter.save()
    christmas = datetime(2026, 12, 25, 6, tzinfo=UTC)
    move_date(newsletter.pk, christmas.date(), christmas)
    assert "Fri 25 06:00" in days(newsletter, 5)


def test_what_cannot_be_changed_is_refused_in_words(newsletter: Newsletter) -> None:
    taken = datetime(2026, 12, 24, 6, tzinfo=UTC)
    refused: list[tuple[Callable[[], None], str]] = [
        (lambda: skip_date(newsletter.pk, date(2026, 12, 26)), "no date on that day"),
        (lambda: skip_date(newsletter.pk, date(2026, 12, 18)), "has passed"),
        (lambda: skip_date(10**9, WEDNESDAY), "doesn't exist"),
        (lambda: move_date(newsletter.pk, WEDNESDAY, NOW), "in the future"),
        (lambda: move_date(newsletter.pk, WEDNESDAY, NOW + timedelta(days=500)), "within the next 400 days"),
        (lambda: move_date(newsletter.pk, WEDNESDAY, taken), "Another date"),
    ]
    for change, words in refused:
        with pytest.raises(CantChange, match=words):
            change()
    assert not newsletter.schedule_changes.exists()


def test_a_date_takes_the_time_of_one_that_is_skipped(newsletter: Newsletter) -> None:
    tuesday = datetime(2026, 12, 22, 6, tzinfo=UTC)
    skip_date(newsletter.pk, tuesday.date())
    move_date(newsletter.pk, WEDNESDAY, tuesday)
    Newsletter.objects.update(cadence_since=NOW + timedelta(hours=2))
    found = {each.nominal: each.state for each in tick(tuesday)}
    assert found == {"2026-12-22T07:00": "skipped", "2026-12-23T07:00": "made"}


def test_a_day_that_the_schedule_no_longer_has_counts_for_nothing(newsletter: Newsletter) -> None:
    move_date(newsletter.pk, WEDNESDAY, NOW + timedelta(days=2, hours=9))
    Newsletter.objects.update(weekdays=[1])
    newsletter.refresh_from_db()
    assert all(moment.nominal.isoweekday() == 1 for moment in next_moments(newsletter, NOW, 5))


def test_the_dates_of_all_are_found_with_one_more_query(
    newsletter: Newsletter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    skip_date(newsletter.pk, WEDNESDAY)
    for number in range(3):
        make_newsletter(make_list(), cadence="weekly", weekdays=[1], send_time=time(7), name=f"Another {number}")
    with django_assert_num_queries(2):
        for each in Newsletter.objects.prefetch_related("schedule_changes"):
            next(moments(each, NOW))
