"""Leaving: one press, or one click in the mail program; an undo; and never by a mere look."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from subscribers import links, tokens
from subscribers.erasure import erase
from subscribers.models import ConsentRecord, MailingList, OutboxMail, Subscriber, Subscription, Topic
from subscribers.preferences import changes
from subscribers.signup import double_opt_in
from tests.factories import make_list, make_reader, make_subscription
from tests.subscribers.conftest import path_of

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def ada(iria_news: MailingList, topics: list[Topic]) -> Subscriber:
    return make_reader(iria_news, email="ada@example.org", topics=topics[:1])


@pytest.fixture
def link(ada: Subscriber, iria_news: MailingList) -> str:
    return path_of(links.unsubscribe_url(ada.pk, iria_news.pk, 41))


def status() -> str:
    return Subscription.objects.get().status


def test_looking_at_the_link_shows_one_button_and_changes_nothing(browser: Client, link: str) -> None:
    page = browser.get(link).content.decode()
    assert "Leave IRIA News?" in page
    assert page.partition("<main")[2].partition("</main>")[0].count("<button") == 1
    assert status() == "confirmed"
    assert not ConsentRecord.objects.exists()


def test_one_press_leaves_and_offers_an_undo_that_restores_everything(
    browser: Client, link: str, topics: list[Topic]
) -> None:
    page = browser.post(link).content.decode()
    assert status() == "left"
    assert "Didn’t mean to?" in page
    page = browser.post(link, {"action": "undo"}).content.decode()
    assert "You are still subscribed" in page
    assert status() == "confirmed"
    assert Subscription.objects.get().topic_list() == topics[:1]
    kept = ConsentRecord.objects.order_by("pk").values_list("action", "source", "detail")
    assert list(kept) == [("left", "preferences", "edition 41"), ("returned", "preferences", "")]


def test_one_click_of_a_mail_program_leaves_without_cookie_or_redirect(browser: Client, link: str) -> None:
    response = browser.post(link, ONE_CLICK)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain")
    assert not response.cookies
    assert status() == "left"
    assert ConsentRecord.objects.get().source == "one_click"


def test_one_click_is_taken_as_multipart_too_and_never_limited(browser: Client, link: str, settings: Settings) -> None:
    settings.SIGNUP_LIMITS_PER_IP = settings.CONFIRM_LIMIT_PER_IP = []
    codes = [browser.post(link, ONE_CLICK).status_code for _ in range(60)]  # the test client posts multipart
    body = "List-Unsubscribe=One-Click"
    codes.append(browser.post(link, body, content_type="application/x-www-form-urlencoded").status_code)
    assert set(codes) == {200}
    assert ConsentRecord.objects.count() == 1


def test_who_had_left_is_told_so(browser: Client, link: str) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False):
        browser.post(link)
    with time_machine.travel(datetime(2026, 3, 9, 9, tzinfo=UTC), tick=False):
        for response in (browser.get(link), browser.post(link)):
            assert response.status_code == 200
            assert "You had already left" in response.content.decode()
        assert browser.post(link, ONE_CLICK).status_code == 200


def test_an_undo_works_for_a_day_so_that_a_forwarded_link_brings_nobody_back(browser: Client, link: str) -> None:
    left_at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with time_machine.travel(left_at, tick=False):
        browser.post(link)
    with time_machine.travel(left_at + timedelta(hours=25), tick=False):
        page = browser.post(link, {"action": "undo"}).content.decode()
    assert "You had already left" in page
    assert status() == "left"


def test_an_undo_never_confirms_who_was_only_asked(browser: Client, ada: Subscriber) -> None:
    other = make_list(name="Other")
    make_subscription(ada, other, status="pending")
    link = path_of(links.unsubscribe_url(ada.pk, other.pk))
    browser.post(link)
    browser.post(link, {"action": "undo"})
    assert Subscription.objects.get(mailing_list=other).status == "left"


def test_a_years_old_link_reaches_the_present_subscription(
    browser: Client, ada: Subscriber, iria_news: MailingList, settings: Settings
) -> None:
    with time_machine.travel(datetime(2021, 3, 2, 9, tzinfo=UTC), tick=False):
        link = path_of(links.unsubscribe_url(ada.pk, iria_news.pk, 1))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-0123456789-abcdefghijklmnop"
    browser.post(link)
    assert status() == "left"


def test_an_erased_person_had_already_left(browser: Client, link: str, ada: Subscriber) -> None:
    erase(ada, note="asked by letter", by="bea")
    for response in (browser.get(link), browser.post(link), browser.post(link, {"action": "undo"})):
        assert response.status_code == 200
        assert "You had already left" in response.content.decode()
    assert browser.post(link, ONE_CLICK).status_code == 200


@pytest.mark.parametrize("token", ["x", "AAAA", "a" * 300])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_forged_link_changes_nothing(browser: Client, ada: Subscriber, token: str, method: str) -> None:
    response = getattr(browser, method)(f"/unsubscribe/{token}/", ONE_CLICK if method == "post" else None)
    assert response.status_code == 404
    assert "/preferences/" in response.content.decode()
    assert status() == "confirmed"


def test_a_link_of_another_purpose_does_not_leave(browser: Client, ada: Subscriber, iria_news: MailingList) -> None:
    token = tokens.make(tokens.Purpose.PREFERENCES, ada.pk, iria_news.pk, 0)
    assert browser.post(f"/unsubscribe/{token}/", ONE_CLICK).status_code == 404
    assert status() == "confirmed"


# --- Preferences ------------------------------------------------------------------------------------------------


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


def test_enter_in_a_field_saves_and_never_leaves(browser: Client, page_link: str) -> None:
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
    assert "Your preferences are saved" in page
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


def test_leaving_one_list_keeps_the_others_and_can_be_undone(
    browser: Client, page_link: str, ada: Subscriber, iria_news: MailingList
) -> None:
    other = make_list(name="Other")
    make_subscription(ada, other)
    page = browser.post(page_link, {"action": f"leave-{iria_news.pk}"}).content.decode()
    assert "You have left IRIA News" in page
    assert Subscription.objects.get(mailing_list=other).status == "confirmed"
    browser.post(page_link, {"action": f"undo-{iria_news.pk}"})
    assert Subscription.objects.get(mailing_list=iria_news).status == "confirmed"


def test_leaving_everything_and_coming_back_to_all_of_it(
    browser: Client, page_link: str, ada: Subscriber, iria_news: MailingList
) -> None:
    make_subscription(ada, make_list(name="Other"))
    make_subscription(ada, make_list(name="Asked"), status="pending")
    browser.post(page_link, {"action": "leaveall"})
    assert set(Subscription.objects.values_list("status", flat=True)) == {"left"}
    browser.post(page_link, {"action": "undoall"})
    statuses = dict(Subscription.objects.values_list("mailing_list__name", "status"))
    assert statuses == {"IRIA News": "confirmed", "Other": "confirmed", "Asked": "left"}


def test_a_pause_of_thirty_days_begins_and_ends(browser: Client, page_link: str, ada: Subscriber) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False):
        assert "paused until 1 April 2026" in browser.post(page_link, {"action": "pause"}).content.decode()
        assert Subscriber.objects.get(pk=ada.pk).paused_until == datetime(2026, 4, 1, 9, tzinfo=UTC)
        browser.post(page_link, {"action": "resume"})
    assert Subscriber.objects.get(pk=ada.pk).paused_until is None
    assert status() == "confirmed"


@pytest.mark.parametrize("action", ["leave-", "leave-x", "leave-999999", "leave-²", "undo-" + "9" * 30, "what"])
def test_a_nonsense_button_changes_nothing(browser: Client, page_link: str, action: str) -> None:
    assert browser.post(page_link, {"action": action}).status_code == 200
    assert status() == "confirmed"


def test_a_forged_preferences_link_is_404(browser: Client, ada: Subscriber) -> None:
    assert browser.get("/preferences/AAAA/").status_code == 404
    assert browser.post("/preferences/AAAA/", {"action": "leaveall"}).status_code == 404
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


# --- The lost link ----------------------------------------------------------------------------------------------


def test_the_lost_link_page_answers_everybody_alike_and_mails_only_readers(
    browser: Client, ada: Subscriber, iria_news: MailingList
) -> None:
    pages = {
        address: browser.post("/preferences/", {"email": address}).content.decode().replace(address, "…")
        for address in ("ada@example.org", "unknown@example.org")
    }
    assert len(set(pages.values())) == 1
    assert list(OutboxMail.objects.values_list("kind", "subscriber__email")) == [
        ("preferences_link", "ada@example.org")
    ]


def test_a_lost_link_is_mailed_three_times_a_day_at_most(ada: Subscriber) -> None:
    assert [changes.ask_for_link("ada@example.org") for _ in range(4)] == [True, True, True, False]


def test_the_lost_link_page_says_what_is_wrong_with_an_address(browser: Client, db: None) -> None:
    response = browser.post("/preferences/", {"email": "ada@"})
    assert response.status_code == 422
    assert 'href="#id_email"' in response.content.decode()


def test_who_never_confirmed_gets_no_link(iria_news: MailingList) -> None:
    double_opt_in.request_subscription(double_opt_in.Request(email="bob@example.org", lists=[iria_news]))
    assert changes.ask_for_link("bob@example.org") is False


def test_an_old_link_cannot_make_a_confirmed_subscription_of_a_new_request(
    browser: Client, ada: Subscriber, link: str, iria_news: MailingList
) -> None:
    """Whoever has a forwarded link may ask in the form, leave and undo: none of it shows that they read the mailbox."""
    changes.leave(ada.pk, iria_news.pk)
    Subscription.objects.update(
        requested_at=datetime(2026, 1, 1, tzinfo=UTC), confirmed_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    double_opt_in.request_subscription(double_opt_in.Request(email=ada.email, lists=[iria_news]))
    assert status() == "pending"
    assert "Didn’t mean to?" not in browser.post(link).content.decode()
    browser.post(link, {"action": "undo"})
    assert status() == "left"
