"""The unsubscribe link: one button, or one click in the mail program; an undo; and opening it changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from subscribers import links, tokens
from subscribers.erasure import erase
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription, Topic
from subscribers.preferences import unsubscribing
from subscribers.signup import double_opt_in
from tests.factories import make_list, make_subscription
from tests.subscribers.conftest import path_of

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def link(ada: Subscriber, iria_news: MailingList) -> str:
    return path_of(links.unsubscribe_url(ada.pk, iria_news.pk, 41))


def status() -> str:
    return Subscription.objects.get().status


def test_looking_at_the_link_shows_one_button_and_changes_nothing(browser: Client, link: str) -> None:
    page = browser.get(link).content.decode()
    assert "Unsubscribe from IRIA News?" in page
    assert page.partition("<main")[2].partition("</main>")[0].count("<button") == 2  # and “once a week instead”
    assert status() == "confirmed"
    assert not ConsentRecord.objects.exists()


def test_one_press_leaves_and_offers_an_undo_that_restores_everything(
    browser: Client, link: str, topics: list[Topic]
) -> None:
    page = browser.post(link).content.decode()
    assert status() == "left"
    assert "Unsubscribed by mistake?" in page
    page = browser.post(link, {"action": "undo"}).content.decode()
    assert "You’re still subscribed" in page
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
            assert "You’re already unsubscribed" in response.content.decode()
        assert browser.post(link, ONE_CLICK).status_code == 200


def test_an_undo_works_for_a_day_so_that_a_forwarded_link_brings_nobody_back(browser: Client, link: str) -> None:
    left_at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with time_machine.travel(left_at, tick=False):
        browser.post(link)
    with time_machine.travel(left_at + timedelta(hours=25), tick=False):
        page = browser.post(link, {"action": "undo"}).content.decode()
    assert "You’re already unsubscribed" in page
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
        assert "You’re already unsubscribed" in response.content.decode()
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


def test_an_old_link_cannot_make_a_confirmed_subscription_of_a_new_request(
    browser: Client, ada: Subscriber, link: str, iria_news: MailingList
) -> None:
    """Whoever has a forwarded link may ask in the form, leave and undo: none of it shows that they read the mailbox."""
    unsubscribing.unsubscribe(ada.pk, iria_news.pk)
    Subscription.objects.update(
        requested_at=datetime(2026, 1, 1, tzinfo=UTC), confirmed_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    double_opt_in.request_subscription(double_opt_in.SignupRequest(email=ada.email, lists=[iria_news]))
    assert status() == "pending"
    assert "Unsubscribed by mistake?" not in browser.post(link).content.decode()
    browser.post(link, {"action": "undo"})
    assert status() == "left"


def test_once_a_week_instead_keeps_the_subscription(
    browser: Client, link: str, ada: Subscriber, iria_news: MailingList
) -> None:
    page = browser.post(link, {"action": "weekly"}).content.decode()
    assert "once a week" in page
    subscription = Subscription.objects.get()
    assert (subscription.status, subscription.frequency) == ("confirmed", "weekly")
    assert "Once a week instead" not in browser.get(link).content.decode()
