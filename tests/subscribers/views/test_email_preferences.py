"""The email preferences page: what it shows, what each button does, and that opening it changes nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from subscribers import links
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription, Topic
from subscribers.preferences.leaving import REASONS
from tests.factories import make_list, make_subscription
from tests.subscribers.conftest import path_of


def status() -> str:
    return Subscription.objects.get().status


@pytest.fixture
def page_link(ada: Subscriber) -> str:
    return path_of(links.preferences_url(ada.pk))


def test_the_page_shows_what_a_reader_has_and_a_look_changes_nothing(browser: Client, page_link: str) -> None:
    before = list(Subscription.objects.values())
    page = browser.get(page_link).content.decode()
    assert "IRIA News" in page
    assert 'value="middle-east" checked' in page
    assert 'value="us" checked' not in page
    assert list(Subscription.objects.values()) == before
    assert not ConsentRecord.objects.exists()


def test_enter_in_a_field_saves_and_never_unsubscribes(browser: Client, page_link: str) -> None:
    page = browser.get(page_link).content.decode()
    forms = re.findall(r"<form[^>]*>.*?</form>", page, re.DOTALL)
    (fields,) = [form for form in forms if 'name="name"' in form]
    own_buttons = [tag for tag in re.findall(r"<button[^>]*>", fields) if " form=" not in tag]
    assert len(own_buttons) == 1  # a browser presses the first button that belongs to the form
    assert 'value="save"' in own_buttons[0]


def test_name_and_topics_are_changed_and_recorded(
    browser: Client, page_link: str, iria_news: MailingList, ada: Subscriber
) -> None:
    fields = {"name": "  Ada   Byron ", f"which-{iria_news.pk}": "some", f"topics-{iria_news.pk}": ["us"]}
    page = browser.post(page_link, fields).content.decode()
    assert "Your preferences have been saved" in page
    ada.refresh_from_db()
    assert ada.name == "Ada Byron"
    assert [topic.slug for topic in Subscription.objects.get().topic_list()] == ["us"]
    assert set(ConsentRecord.objects.values_list("action", "detail")) == {("changed", "name"), ("changed", "us")}
    browser.post(page_link, fields)
    assert ConsentRecord.objects.count() == 2  # saving the same again changes nothing


def test_everything_is_chosen_by_one_button(browser: Client, page_link: str, iria_news: MailingList) -> None:
    browser.post(page_link, {f"which-{iria_news.pk}": "all", f"topics-{iria_news.pk}": ["us"]})
    assert Subscription.objects.get().selection is None


def test_only_these_topics_without_a_topic_is_422_and_nothing_is_lost(
    browser: Client, page_link: str, iria_news: MailingList, topics: list[Topic]
) -> None:
    response = browser.post(page_link, {"name": "Ada & Co", f"which-{iria_news.pk}": "some"})
    page = response.content.decode()
    assert response.status_code == 422
    assert f'href="#id_topics-{iria_news.pk}"' in page
    assert 'value="Ada &amp; Co"' in page
    assert Subscription.objects.get().topic_list() == topics[:1]


@pytest.mark.parametrize("topic", ["no-such-topic", "elsewhere"])
def test_a_topic_that_the_list_does_not_have_is_422(
    browser: Client, page_link: str, iria_news: MailingList, topic: str
) -> None:
    Topic.objects.create(name="Elsewhere", slug="elsewhere")
    fields = {f"which-{iria_news.pk}": "some", f"topics-{iria_news.pk}": [topic]}
    assert browser.post(page_link, fields).status_code == 422


def test_a_form_without_the_topics_of_a_list_leaves_them_alone(
    browser: Client, page_link: str, topics: list[Topic]
) -> None:
    browser.post(page_link, {"name": "Ada"})
    assert Subscription.objects.get().topic_list() == topics[:1]


def test_unsubscribing_from_one_list_keeps_the_others_and_can_be_undone(
    browser: Client, page_link: str, ada: Subscriber, iria_news: MailingList
) -> None:
    other = make_list(name="Other")
    make_subscription(ada, other)
    page = browser.post(page_link, {"action": f"unsubscribe-{iria_news.pk}"}).content.decode()
    assert "You’re unsubscribed from IRIA News" in page
    assert Subscription.objects.get(mailing_list=other).status == "confirmed"
    browser.post(page_link, {"action": f"undo-{iria_news.pk}"})
    assert Subscription.objects.get(mailing_list=iria_news).status == "confirmed"


def test_unsubscribing_from_all_and_resubscribing_to_all(
    browser: Client, page_link: str, ada: Subscriber, iria_news: MailingList
) -> None:
    make_subscription(ada, make_list(name="Other"))
    make_subscription(ada, make_list(name="Asked"), status="pending")
    browser.post(page_link, {"action": "unsubscribe-all"})
    assert set(Subscription.objects.values_list("status", flat=True)) == {"left"}
    browser.post(page_link, {"action": "undo-all"})
    statuses = dict(Subscription.objects.values_list("mailing_list__name", "status"))
    assert statuses == {"IRIA News": "confirmed", "Other": "confirmed", "Asked": "left"}


def test_a_reason_may_be_said_for_each_list_and_for_all(
    browser: Client, page_link: str, ada: Subscriber, iria_news: MailingList
) -> None:
    other = make_list(name="Other")
    make_subscription(ada, other)
    reasons = {f"reason-{iria_news.pk}": "too_many", f"reason-{other.pk}": "not_relevant", "reason-all": "other"}
    page = browser.get(page_link).content.decode()
    assert all(f'name="{name}"' in page for name in reasons)
    browser.post(page_link, {"action": f"unsubscribe-{iria_news.pk}", **reasons})
    browser.post(page_link, {"action": "unsubscribe-all", **reasons})
    left = ConsentRecord.objects.filter(action=ConsentRecord.Action.UNSUBSCRIBED).order_by("pk")
    assert list(left.values_list("mailing_list", "leaving_reason")) == [(iria_news.pk, "too_many"), (other.pk, "other")]


@pytest.mark.parametrize("posted", [{}, {"reason-{}": "<script>"}, {"reason-{}": "x" * 5000}, {"reason": "too_many"}])
def test_without_a_reason_of_ours_leaving_works_all_the_same(
    browser: Client, page_link: str, iria_news: MailingList, posted: dict[str, str]
) -> None:
    values = {name.format(iria_news.pk): value for name, value in posted.items()}
    browser.post(page_link, {"action": f"unsubscribe-{iria_news.pk}", **values})
    assert status() == "left"
    assert ConsentRecord.objects.get(action=ConsentRecord.Action.UNSUBSCRIBED).leaving_reason == ""


@pytest.mark.parametrize(
    ("frequency", "offered"), [("each", True), ("daily", True), ("weekly", False), ("monthly", False)]
)
def test_less_often_is_offered_where_it_is_less(
    browser: Client, page_link: str, iria_news: MailingList, frequency: str, offered: bool
) -> None:
    Subscription.objects.update(frequency=frequency)
    page = browser.get(page_link).content.decode()
    button = f'value="weekly-{iria_news.pk}"'
    assert (button in page) == offered
    if offered:
        done = browser.post(page_link, {"action": f"weekly-{iria_news.pk}"}).content.decode()
        assert "IRIA News comes in one email on Monday morning" in done and button not in done
        assert Subscription.objects.get().frequency == "weekly" and status() == "confirmed"


def test_less_often_changes_nothing_for_who_left_meanwhile(
    browser: Client, page_link: str, iria_news: MailingList
) -> None:
    Subscription.objects.update(status="left")
    assert browser.post(page_link, {"action": f"weekly-{iria_news.pk}"}).status_code == 200
    assert Subscription.objects.get().frequency == "each" and status() == "left"


def test_a_pause_of_thirty_days_begins_and_ends(browser: Client, page_link: str, ada: Subscriber) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False):
        assert "paused until 1 April 2026" in browser.post(page_link, {"action": "pause"}).content.decode()
        assert Subscriber.objects.get(pk=ada.pk).paused_until == datetime(2026, 4, 1, 9, tzinfo=UTC)
        browser.post(page_link, {"action": "resume"})
    assert Subscriber.objects.get(pk=ada.pk).paused_until is None
    assert status() == "confirmed"


def test_nothing_starts_again_after_the_last_newsletter_was_left(browser: Client, page_link: str) -> None:
    browser.post(page_link, {"action": "pause"})
    assert "Resume newsletters" in browser.get(page_link).content.decode()
    Subscription.objects.update(status=Subscription.Status.UNSUBSCRIBED)
    assert "Resume newsletters" not in browser.get(page_link).content.decode()


def test_a_zone_with_a_former_name_stays_chosen(browser: Client, page_link: str, ada: Subscriber) -> None:
    Subscriber.objects.filter(pk=ada.pk).update(time_zone="Africa/Asmera")
    assert '<option value="Africa/Asmera" selected>' in browser.get(page_link).content.decode()


@pytest.mark.parametrize(
    "action",
    [
        "unsubscribe-",
        "unsubscribe-x",
        "unsubscribe-999999",
        "unsubscribe-²",
        "undo-" + "9" * 30,
        "weekly-",
        "weekly-all",
        "what",
    ],
)
def test_a_nonsense_button_changes_nothing(browser: Client, page_link: str, action: str) -> None:
    assert browser.post(page_link, {"action": action}).status_code == 200
    assert status() == "confirmed"


def test_a_forged_preferences_link_is_404(browser: Client, ada: Subscriber) -> None:
    assert browser.get("/preferences/AAAA/").status_code == 404
    assert browser.post("/preferences/AAAA/", {"action": "unsubscribe-all"}).status_code == 404
    assert status() == "confirmed"


def test_the_page_costs_the_same_for_one_list_and_for_many(
    browser: Client, page_link: str, ada: Subscriber, topics: list[Topic]
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(page_link).status_code == 200
        return len(captured)

    one = queries()
    for _ in range(5):
        make_subscription(ada, make_list(topics=topics), topics=topics[1:])
    assert queries() == one


def test_how_often_and_the_zone_are_chosen_for_each_list(
    browser: Client, page_link: str, iria_news: MailingList, ada: Subscriber
) -> None:
    fields = {f"frequency-{iria_news.pk}": "weekly", "time_zone": "Asia/Tokyo", "name": ""}
    page = browser.post(page_link, fields).content.decode()
    assert '<option value="weekly" selected>' in page
    assert '<option value="Asia/Tokyo" selected>' in page
    assert Subscription.objects.get().frequency == "weekly"
    browser.post(page_link, {"name": "Ada"})  # a form that says nothing of either
    ada.refresh_from_db()
    assert (Subscription.objects.get().frequency, ada.time_zone) == ("weekly", "Asia/Tokyo")


@pytest.mark.parametrize("field", ["frequency", "zone"])
def test_a_frequency_or_zone_that_is_not_offered_is_422(
    browser: Client, page_link: str, iria_news: MailingList, ada: Subscriber, field: str
) -> None:
    posted = {f"frequency-{iria_news.pk}": "hourly"} if field == "frequency" else {"time_zone": "Mars/Olympus"}
    assert browser.post(page_link, posted).status_code == 422
    ada.refresh_from_db()
    assert (Subscription.objects.get().frequency, ada.time_zone) == ("each", "")


def test_each_list_is_left_by_a_form_of_its_own(
    browser: Client, page_link: str, ada: Subscriber, iria_news: MailingList
) -> None:
    """Enter on a reason presses the first button of the form that it belongs to: never that of another list."""
    other = make_list(name="Other")
    make_subscription(ada, other)
    page = browser.get(page_link).content.decode()
    for pk in (iria_news.pk, other.pk):
        assert f'<form id="leave-{pk}" method="post"></form>' in page
        own = re.findall(rf'<(?:input|button)[^>]*form="leave-{pk}"[^>]*>', page)
        assert len(own) == len(REASONS) + 2
        assert all(f'name="reason-{pk}"' in tag or f'-{pk}"' in tag for tag in own)
        assert f'value="unsubscribe-{pk}"' in next(tag for tag in own if tag.startswith("<button"))
