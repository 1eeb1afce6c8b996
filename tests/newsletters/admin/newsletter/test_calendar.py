"""The calendar of all newsletters, and the page on which one date is skipped or moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from newsletters.admin.moments import yours_in_words
from newsletters.editions.schedule.changing import move_date, skip_date
from newsletters.editions.schedule.moments import next_moments
from newsletters.models import Edition, Newsletter, Occurrence
from tests.factories import make_edition, make_list, make_newsletter

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 21, 5, tzinfo=UTC)
CALENDAR = "/admin/newsletters/newsletter/calendar/"
CONTENT: dict[str, Any] = {"snapshot": {}, "content_hash": "x"}
WEDNESDAY = date(2026, 12, 23)


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def weekly() -> Newsletter:
    return make_newsletter(
        make_list(), name="Weekly", cadence="weekly", weekdays=[3], send_time=time(7), zone="Europe/Berlin",
        holidays_country="DE", mode="automatic",
    )  # fmt: skip


def staff(role: str) -> Client:
    user = User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def publisher() -> Client:
    return staff("Publisher")


def page_of(newsletter: Newsletter, day: date = WEDNESDAY) -> str:
    return reverse("admin:newsletters_newsletter_date", args=[newsletter.pk, day.isoformat()])


def shown(browser: Client, month: str = "") -> str:
    return " ".join(browser.get(f"{CALENDAR}?month={month}" if month else CALENDAR).content.decode().split())


def test_a_month_shows_what_was_sent_what_is_scheduled_and_what_is_to_come(
    publisher: Client, weekly: Newsletter
) -> None:
    sent = make_edition(weekly)
    Edition.objects.filter(pk=sent.pk).update(status="sent", queued_at=NOW - timedelta(days=4), **CONTENT)
    scheduled = make_edition(weekly)
    Edition.objects.filter(pk=scheduled.pk).update(
        status="queued", queued_at=NOW, send_at=datetime(2026, 12, 29, 23, 30, tzinfo=UTC), **CONTENT
    )
    Occurrence.objects.create(
        newsletter=weekly, nominal="2026-12-16T07:00", due_at=NOW - timedelta(days=5), state="skipped", reason="Away."
    )
    page = shown(publisher)
    cells = {cell.partition('"')[0]: cell for cell in page.split('data-day="')[1:]}
    assert "iria-entry-skipped" in cells["2026-12-16"] and "skipped: Away." in cells["2026-12-16"]
    assert f"/edition/{sent.pk}/" in cells["2026-12-17"]
    assert page_of(weekly) in cells["2026-12-23"] and "sends automatically" in cells["2026-12-23"]
    assert "00:30 CET" in cells["2026-12-30"], "half past midnight in Berlin, though it is still the 29th in UTC"


def test_the_time_on_ones_own_clock_stands_beside_it(publisher: Client, weekly: Newsletter) -> None:
    assert "07:00 CET</time> <small>(06:00 your time)</small>" in shown(publisher), "whose institute is in UTC"
    with timezone.override("Asia/Tokyo"):
        assert yours_in_words(datetime(2026, 12, 23, 6, tzinfo=UTC), "Europe/Berlin") == "15:00 your time"
        assert yours_in_words(datetime(2026, 12, 23, 16, tzinfo=UTC), "Europe/Berlin") == "Thu 01:00 your time"
        assert yours_in_words(datetime(2026, 12, 23, 6, tzinfo=UTC), "Asia/Seoul") == ""


def test_a_holiday_is_named_and_other_months_are_a_link_away(publisher: Client, weekly: Newsletter) -> None:
    Newsletter.objects.update(weekdays=[5])
    assert "skipped: Public holiday: New Year&#x27;s Day." in shown(publisher, "2027-01")
    assert "month=2026-12" in shown(publisher, "2027-01") and "month=2027-02" in shown(publisher, "2027-01")


@pytest.mark.parametrize("asked", ["2026-13", "0000-01", "9999-12", "x" * 500, "2026-12-99", "-1"])
def test_a_month_that_does_not_exist_is_this_one(publisher: Client, asked: str) -> None:
    assert '<h2 id="month">December 2026</h2>' in shown(publisher, asked)


def test_more_newsletters_cost_no_more_queries(
    publisher: Client, weekly: Newsletter, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(6):
        make_newsletter(make_list(), name=f"Another {number}", cadence="weekly", weekdays=[1], send_time=time(7))
    with django_assert_max_num_queries(13):
        publisher.get(CALENDAR)


def test_a_date_is_moved_and_taken_back(publisher: Client, weekly: Newsletter) -> None:
    values = {"what": "move", "day": "2026-12-24", "at": "15:30", "reason": ""}
    answer = publisher.post(page_of(weekly), values, follow=True)
    assert "Weekly comes on Thursday 24 December 2026 at 15:30" in answer.content.decode()
    [first] = next_moments(weekly, timezone.now(), 1)
    assert first.due_at == datetime(2026, 12, 24, 14, 30, tzinfo=UTC)
    assert "moved from 23 December" in shown(publisher)
    assert 'value="2026-12-24"' in publisher.get(page_of(weekly)).content.decode()
    publisher.post(page_of(weekly), {"what": "keep", "day": "2026-12-24", "at": "15:30"})
    assert not weekly.schedule_changes.exists()


def test_a_date_is_skipped_with_its_reason_and_the_newsletter_says_so(publisher: Client, weekly: Newsletter) -> None:
    publisher.post(page_of(weekly), {"what": "skip", "reason": "The team is away"})
    page = publisher.get(reverse("admin:newsletters_newsletter_change", args=[weekly.pk])).content.decode()
    assert "Skipped: The team is away" in page
    assert "30 December 2026 at 07:00" in page


def test_a_day_to_which_it_was_dragged_is_filled_in_and_nothing_is_moved_yet(
    publisher: Client, weekly: Newsletter
) -> None:
    page = publisher.get(page_of(weekly) + "?to=2026-12-22").content.decode()
    assert 'value="2026-12-22"' in page and 'value="07:00"' in page
    assert not weekly.schedule_changes.exists()


def test_what_cannot_be_done_is_said_beside_its_field(publisher: Client, weekly: Newsletter) -> None:
    for values, words in [
        ({"what": "move", "day": "", "at": ""}, "Enter the new date."),
        ({"what": "move", "day": "2026-12-01", "at": "07:00"}, "Choose a time in the future."),
        ({"what": "move", "day": "2026-12-30", "at": "07:00"}, "Another date of this newsletter is at that time."),
        ({"what": "move", "day": "9999-12-31", "at": "23:59"}, "within the next 400 days"),
        ({}, "Choose what happens on this date."),
        ({"what": "keep", "day": "2026-12-28", "at": "07:00"}, "You entered another date or time."),
    ]:
        answer = publisher.post(page_of(weekly), values)
        assert answer.status_code == 422 and words in answer.content.decode(), (values, words)
    assert not weekly.schedule_changes.exists()


def test_a_date_that_has_passed_leads_back_with_the_reason(publisher: Client, weekly: Newsletter) -> None:
    answer = publisher.get(page_of(weekly, date(2026, 12, 16)), follow=True)
    assert "This date has passed." in answer.content.decode()
    assert publisher.get(f"/admin/newsletters/newsletter/{weekly.pk}/dates/2026-99-99/").status_code == 404


def test_a_date_whose_edition_is_drafted_leads_there(publisher: Client, weekly: Newsletter) -> None:
    row = Occurrence.objects.create(
        newsletter=weekly, nominal="2026-12-23T07:00", due_at=NOW + timedelta(days=2), state="made", draft_revision=1
    )
    edition = make_edition(weekly)
    Edition.objects.filter(pk=edition.pk).update(occurrence=row)
    answer = publisher.get(page_of(weekly), follow=True)
    assert answer.redirect_chain[-1][0].endswith(f"/edition/{edition.pk}/change/")


def test_editors_see_the_calendar_and_change_nothing(weekly: Newsletter) -> None:
    editor = staff("Editor")
    page = shown(editor)
    assert "Weekly" in page and "/dates/" not in page and "draggable" not in page
    assert editor.post(page_of(weekly), {"what": "skip"}).status_code == 403
    assert not weekly.schedule_changes.exists()


def test_what_changed_stands_in_the_history(publisher: Client, weekly: Newsletter) -> None:
    skip_date(weekly.pk, WEDNESDAY)
    move_date(weekly.pk, WEDNESDAY, NOW + timedelta(hours=8))
    publisher.post(page_of(weekly), {"what": "skip"})
    page = publisher.get(reverse("admin:newsletters_newsletter_history", args=[weekly.pk])).content.decode()
    assert "Weekly skips 23 December 2026." in page
