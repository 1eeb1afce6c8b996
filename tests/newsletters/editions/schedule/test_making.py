"""When a newsletter is due: wall time in its zone through every daylight-saving change, and once an occurrence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, available_timezones

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from newsletters.editions import transitions
from newsletters.editions.preflight import inspecting
from newsletters.editions.schedule.making import PICTURES_WAIT, tick
from newsletters.editions.schedule.moments import in_words, instant, next_moments
from newsletters.models import Article, Edition, Inspection, Newsletter, Occurrence, Picture
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader
from tests.images import stored_picture

MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # 07:00 in Berlin


def weekly(**fields: object) -> Newsletter:
    return Newsletter(
        **{"cadence": "weekly", "weekdays": [1, 2, 3, 4, 5], "send_time": time(7, 0), "zone": "Europe/Berlin"} | fields
    )


def local(newsletter: Newsletter, after: datetime, count: int) -> list[str]:
    zone = ZoneInfo(newsletter.zone)
    return [
        moment.due_at.astimezone(zone).strftime("%a %Y-%m-%d %H:%M %z")
        for moment in next_moments(newsletter, after, count)
    ]


def test_weekdays_skip_the_weekend_and_keep_the_wall_time_over_the_change() -> None:
    friday = datetime(2026, 10, 23, 12, 0, tzinfo=UTC)  # clocks go back on Sunday the 25th
    assert local(weekly(), friday, 2) == ["Mon 2026-10-26 07:00 +0100", "Tue 2026-10-27 07:00 +0100"]
    assert local(weekly(), friday - timedelta(days=1), 1) == ["Fri 2026-10-23 07:00 +0200"]


def test_a_gap_goes_at_the_first_valid_instant() -> None:
    sunday = weekly(weekdays=[7], send_time=time(2, 30))
    assert local(sunday, datetime(2026, 3, 28, 12, tzinfo=UTC), 1) == ["Sun 2026-03-29 03:00 +0200"]


def test_an_overlap_goes_at_the_first_occurrence_only() -> None:
    sunday = weekly(weekdays=[7], send_time=time(2, 30))
    assert local(sunday, datetime(2026, 10, 24, 12, tzinfo=UTC), 2) == [
        "Sun 2026-10-25 02:30 +0200",
        "Sun 2026-11-01 02:30 +0100",
    ]


def test_a_monthly_newsletter_goes_on_the_last_day_of_a_short_month() -> None:
    monthly = weekly(cadence="monthly", day_of_month=31)
    assert local(monthly, datetime(2028, 1, 31, 12, tzinfo=UTC), 2) == [
        "Tue 2028-02-29 07:00 +0100",
        "Fri 2028-03-31 07:00 +0200",
    ]


@settings(max_examples=100, deadline=None)
@given(
    zone=st.sampled_from(sorted(available_timezones())),
    nominal=st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2030, 12, 31)),  # noqa: DTZ001 - wall time
)
def test_every_wall_time_in_every_zone_has_one_instant_as_close_as_can_be(zone: str, nominal: datetime) -> None:
    nominal = nominal.replace(second=0, microsecond=0)
    found = instant(nominal, ZoneInfo(zone))
    shown = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert shown >= nominal
    if shown != nominal:  # in a gap: a second earlier the clocks there had not reached it
        before = (found - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert before < nominal
    else:  # and of two such instants, it is the first
        assert found.astimezone(ZoneInfo(zone)).fold == 0


def changes(zone: ZoneInfo) -> list[datetime]:
    """The instants from 2024 to 2030 at which the clocks of the zone are changed, each to the minute."""
    found = []
    low, before = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC).astimezone(zone).utcoffset()
    while low.year < 2031:
        high = end = low + timedelta(days=7)  # no zone changes its clocks twice within a week
        if (after := end.astimezone(zone).utcoffset()) != before:
            while high - low > timedelta(minutes=1):
                middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
                low, high = (low, middle) if middle.astimezone(zone).utcoffset() == after else (middle, high)
            found.append(high)
        low, before = end, after
    return found


def test_through_every_change_of_every_zone_each_wall_time_goes_once_and_at_the_first_chance() -> None:
    """Side by side with a walk through the hours around the change, minute by minute, looking at the clock there."""
    seen: set[tuple[tuple[datetime, timedelta | None], ...]] = set()
    gaps = overlaps = 0
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        at = changes(zone)
        rule = tuple((moment, moment.astimezone(zone).utcoffset()) for moment in at)
        if rule in seen:  # another name of a zone that was looked at
            continue
        seen.add(rule)
        for change in at:
            walk = [change + timedelta(minutes=minute) for minute in range(-240, 240)]
            clock = [moment.astimezone(zone).replace(tzinfo=None) for moment in walk]
            first: dict[datetime, datetime] = {}
            for moment, shown in zip(walk, clock, strict=True):
                first.setdefault(shown, moment)
            overlaps += len(first) < len(clock)
            nominal = clock[60]
            while nominal < clock[-60]:
                wanted = first.get(nominal)
                if wanted is None:
                    gaps += 1
                    wanted = next(moment for moment, shown in zip(walk, clock, strict=True) if shown > nominal)
                assert instant(nominal, zone) == wanted, f"{nominal} in {name}"
                nominal += timedelta(minutes=15)
            for hour in range(4):
                wall = (clock[240] + timedelta(hours=hour - 2)).time()
                daily = weekly(weekdays=[1, 2, 3, 4, 5, 6, 7], send_time=wall, zone=name)
                moments = next_moments(daily, change - timedelta(days=3), 6)
                assert [moment.nominal.date() - moments[0].nominal.date() for moment in moments] == [
                    timedelta(days=day) for day in range(6)
                ], f"{wall} in {name}"
                assert all(earlier.due_at < later.due_at for earlier, later in pairwise(moments))
    assert min(gaps, overlaps) > 100, "no zone's clocks were changed: this test proved nothing"


def test_a_newsletter_without_cadence_is_never_due() -> None:
    assert next_moments(weekly(cadence="none"), MONDAY, 1) == []
    assert next_moments(weekly(weekdays=[]), MONDAY, 1) == []


def test_a_moment_in_words_names_zone_and_offset() -> None:
    (moment,) = next_moments(weekly(), MONDAY - timedelta(hours=3), 1)
    assert in_words(moment, "Europe/Berlin") == "Monday 23 November 2026 at 07:00 (Europe/Berlin, UTC+01:00)"


@pytest.fixture
def newsletter(db: None) -> Iterator[Newsletter]:
    """Due on Monday the 23rd at 06:00 UTC, with one reader and one new article. It is Monday all the time."""
    with time_machine.travel(MONDAY, tick=False):
        mailing_list = make_list()
        make_reader(mailing_list)
        cadence: dict[str, Any] = {
            "cadence": "weekly",
            "weekdays": [1, 2, 3, 4, 5],
            "send_time": time(7, 0),
            "zone": "Europe/Berlin",
        }
        made = make_newsletter(mailing_list, **cadence, mode="automatic")
        Newsletter.objects.filter(pk=made.pk).update(cadence_since=MONDAY - timedelta(days=2))
        make_article(published_at=MONDAY - timedelta(hours=5))
        yield made


def test_nothing_happens_before_it_is_due(newsletter: Newsletter) -> None:
    assert tick(MONDAY - timedelta(minutes=1)) == []
    assert not Edition.objects.exists()


def test_a_due_newsletter_is_queued_once_however_often_it_is_looked_at(newsletter: Newsletter) -> None:
    for minutes in (0, 0, 1, 15, 119):
        tick(MONDAY + timedelta(minutes=minutes))
    edition = Edition.objects.get()
    assert edition.status == Edition.Status.QUEUED
    assert edition.queued_by == "The schedule"
    assert edition.occurrence is not None
    assert edition.occurrence.nominal == "2026-11-23T07:00"


def test_a_deleted_edition_does_not_come_again(newsletter: Newsletter) -> None:
    newsletter.mode = Newsletter.Mode.DRAFT
    newsletter.save()
    Newsletter.objects.update(cadence_since=MONDAY - timedelta(days=2))
    tick(MONDAY)
    Edition.objects.get().delete()
    assert tick(MONDAY + timedelta(minutes=1)) == []
    assert not Edition.objects.exists()


def test_a_newsletter_that_wants_an_editor_makes_a_draft(newsletter: Newsletter) -> None:
    Newsletter.objects.update(mode=Newsletter.Mode.DRAFT)
    tick(MONDAY)
    assert Edition.objects.get().status == Edition.Status.DRAFT


def test_too_few_articles_skip_the_occurrence_and_say_so(newsletter: Newsletter) -> None:
    Newsletter.objects.update(at_least=2)
    (occurrence,) = tick(MONDAY)
    assert occurrence.state == Occurrence.State.SKIPPED
    assert occurrence.reason == "New articles: 1. At least 2 are needed."
    assert not Edition.objects.exists()


def test_after_downtime_only_the_latest_runs_and_the_others_are_missed(newsletter: Newsletter) -> None:
    thursday = MONDAY + timedelta(days=3, minutes=30)
    states = {occurrence.nominal: occurrence.state for occurrence in tick(thursday)}
    assert states == {
        "2026-11-23T07:00": "missed",
        "2026-11-24T07:00": "missed",
        "2026-11-25T07:00": "missed",
        "2026-11-26T07:00": "made",
    }
    assert Edition.objects.count() == 1


def test_what_is_later_than_two_hours_is_missed(newsletter: Newsletter) -> None:
    (occurrence,) = tick(MONDAY + timedelta(hours=2, seconds=1))
    assert occurrence.state == Occurrence.State.MISSED
    assert not Edition.objects.exists()


def test_a_new_cadence_never_makes_up_for_the_past(newsletter: Newsletter) -> None:
    newsletter.refresh_from_db()
    newsletter.send_time = time(0, 1)
    newsletter.save()  # counts from now on
    assert newsletter.cadence_since is not None
    assert tick(newsletter.cadence_since) == []


def test_an_automatic_edition_that_may_not_go_waits_as_a_draft(newsletter: Newsletter) -> None:
    Newsletter.objects.update(postal_address="")
    (occurrence,) = tick(MONDAY)
    assert Edition.objects.get().status == Edition.Status.DRAFT
    assert "postal address" in occurrence.reason


def test_an_edition_that_the_schedule_made_is_looked_at_without_a_page(newsletter: Newsletter) -> None:
    tick(MONDAY)
    assert inspecting.wanted() == [Edition.objects.get().pk]


def test_an_automatic_edition_of_a_domain_that_dns_does_not_know_waits_as_a_draft(
    newsletter: Newsletter, settings: Settings
) -> None:
    settings.PRODUCTION, settings.CHECK_DNS, settings.SITE_URL = True, True, "https://news.iria.example"
    known = {"name": "iria.example", "spf": False, "dmarc": True, "dkim": None}
    earlier = make_edition(newsletter, articles=[make_article()])
    now = timezone.now()
    Inspection.objects.create(edition=earlier, asked_at=now, done_at=now, domain=known)
    earlier.items.all().delete()
    (occurrence,) = tick(MONDAY)
    assert Edition.objects.latest("pk").status == Edition.Status.DRAFT
    assert "iria.example has no SPF record" in occurrence.reason


def test_an_automatic_edition_is_made_and_queued_or_neither(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between the two would leave a draft that nobody knows should have gone out."""

    def crash(*args: object, **kwargs: object) -> NoReturn:
        raise RuntimeError("power off")

    with monkeypatch.context() as broken:
        broken.setattr(transitions, "queue", crash)
        assert tick(MONDAY) == []
    assert not Edition.objects.exists()
    tick(MONDAY + timedelta(minutes=1))
    assert Edition.objects.get().status == Edition.Status.QUEUED


def test_a_newsletter_that_cannot_be_made_keeps_no_other_waiting(
    newsletter: Newsletter, caplog: pytest.LogCaptureFixture
) -> None:
    broken = make_newsletter(newsletter.mailing_list, name="Anno")  # first by name
    Newsletter.objects.filter(pk=broken.pk).update(
        cadence="weekly", weekdays=[1], send_time=time(7, 0), zone="Nowhere/At_All", cadence_since=MONDAY
    )
    assert [occurrence.newsletter for occurrence in tick(MONDAY)] == [newsletter]
    assert f"Newsletter {broken.pk}: the scheduled edition could not be created" in caplog.text


def test_a_scheduled_edition_waits_for_a_picture_that_is_being_prepared(newsletter: Newsletter) -> None:
    Article.objects.update(lead_picture=stored_picture())
    Picture.objects.update(state=Picture.State.PREPARING)
    assert tick(MONDAY + timedelta(seconds=5)) == []
    Picture.objects.update(state=Picture.State.READY)
    (made,) = tick(MONDAY + timedelta(seconds=9))
    assert (made.state, made.reason) == (Occurrence.State.MADE, "")
    assert Edition.objects.get().status == Edition.Status.QUEUED


def test_it_doesnt_wait_for_ever(newsletter: Newsletter) -> None:
    Article.objects.update(lead_picture=stored_picture())
    Picture.objects.update(state=Picture.State.PREPARING)
    (made,) = tick(MONDAY + PICTURES_WAIT + timedelta(seconds=1))
    assert "being prepared" in made.reason
    assert Edition.objects.get().status == Edition.Status.DRAFT
