"""Double opt-in by the pages: ask, get one mail, confirm, be welcome. And every link that is not what it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from mail.models import Message
from subscribers import links, suppression
from subscribers.erasure import erase
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription, Suppression, Topic
from subscribers.tokens import Purpose, make
from tests.factories import make_list, make_reader, make_subscriber, make_subscription
from tests.subscribers.conftest import Mails, links_in, path_of


def ask(browser: Client, email: str = "ada@example.org", **fields: object) -> str:
    """Sign up by the form; the path of the link in the mail is made by the caller."""
    response = browser.post("/subscribe/", {"email": email, **fields})
    assert response.status_code == 200
    return response.content.decode()


def status_of(email: str, mailing_list: MailingList) -> str:
    return Subscription.objects.get(subscriber__email=email, mailing_list=mailing_list).status


def test_a_reader_asks_confirms_and_is_welcome(browser: Client, iria_news: MailingList, mails: Mails) -> None:
    page = ask(browser, topics=["us"], name="Ada")
    assert "ada@example.org" in page
    (confirmation,) = mails()
    assert confirmation.to == ["ada@example.org"]
    assert confirmation.from_email == '"IRIA News" <news@iria.example>'
    (link,) = links_in(confirmation)
    shown = browser.get(path_of(link))
    assert shown.status_code == 200
    assert "IRIA News" in shown.content.decode()
    assert status_of("ada@example.org", iria_news) == "pending"

    done = browser.post(path_of(link))

    assert done.status_code == 200
    assert "Your subscription is confirmed" in done.content.decode()
    subscription = Subscription.objects.get()
    assert subscription.status == "confirmed"
    assert [topic.slug for topic in subscription.topic_list()] == ["us"]
    (welcome,) = mails()
    (preferences,) = [path_of(found) for found in links_in(welcome) if "/preferences/" in found]
    assert "ada@example.org" in browser.get(preferences).content.decode()
    assert browser.cookies == {}
    kept = list(ConsentRecord.objects.order_by("pk").values_list("action", "source", "ip", "page"))
    assert [(action, source, ip) for action, source, ip, _ in kept] == [
        ("asked", "form", "127.0.0.1"),
        ("confirmed", "form", "127.0.0.1"),
    ]
    assert [page for _, _, _, page in kept] == ["/subscribe/", "/confirm/…/"]
    assert "unsubscribe at any time" in ConsentRecord.objects.get(action="asked").wording


def test_the_name_that_a_stranger_typed_is_not_in_the_confirmation(
    browser: Client, iria_news: MailingList, mails: Mails
) -> None:
    ask(browser, name="Cheap pills at evil.example")
    (confirmation,) = mails()
    html = str(confirmation.alternatives[0][0])
    assert "evil" not in f"{confirmation.subject} {confirmation.body} {html}"


def test_looking_at_a_confirmation_link_changes_nothing(browser: Client, iria_news: MailingList, mails: Mails) -> None:
    ask(browser)
    (link,) = links_in(mails()[0])
    for _ in range(3):
        assert browser.get(path_of(link)).status_code == 200
        assert browser.head(path_of(link)).status_code == 200
    assert status_of("ada@example.org", iria_news) == "pending"
    assert ConsentRecord.objects.count() == 1


def test_a_second_press_says_that_all_is_well_and_sends_no_second_welcome(
    browser: Client, iria_news: MailingList, mails: Mails
) -> None:
    ask(browser)
    (link,) = links_in(mails()[0])
    browser.post(path_of(link))
    again = browser.post(path_of(link))
    assert again.status_code == 200
    assert "already subscribed" in again.content.decode()
    assert len(mails()) == 1
    assert ConsentRecord.objects.filter(action="confirmed").count() == 1


def test_one_mail_confirms_several_lists_at_once(browser: Client, iria_news: MailingList, mails: Mails) -> None:
    second = make_list(name="Weekly Review")
    ask(browser, lists=[iria_news.slug, second.slug], topics=["us"])
    (confirmation,) = mails()
    (link,) = links_in(confirmation)
    assert "Weekly Review" in confirmation.body
    browser.post(path_of(link))
    assert {status_of("ada@example.org", one) for one in (iria_news, second)} == {"confirmed"}
    assert Subscription.objects.get(mailing_list=second).selection is None  # it has no such topic: everything


def test_a_link_confirms_only_the_lists_that_its_mail_named(
    browser: Client, iria_news: MailingList, mails: Mails
) -> None:
    ask(browser)
    (link,) = links_in(mails()[0])
    other = make_list(name="Other")
    ask(browser, lists=[other.slug])  # by a stranger, afterwards
    browser.post(path_of(link))
    assert status_of("ada@example.org", iria_news) == "confirmed"
    assert status_of("ada@example.org", other) == "pending"


def test_an_expired_link_offers_a_new_one_which_works(browser: Client, iria_news: MailingList, mails: Mails) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC)):
        ask(browser)
        (old,) = links_in(mails()[0])
    with time_machine.travel(datetime(2026, 3, 9, 10, tzinfo=UTC)):
        shown = browser.get(path_of(old))
        assert shown.status_code == 410
        assert "Send me a new link" in shown.content.decode()
        assert browser.post(path_of(old)).status_code == 410
        assert status_of("ada@example.org", iria_news) == "pending"
        assert browser.post(path_of(old), {"send": "again"}).status_code == 200
        (new,) = links_in(mails()[0])
        assert new != old
        assert "Your subscription is confirmed" in browser.post(path_of(new)).content.decode()


def test_a_new_link_is_limited_like_a_first_one(browser: Client, iria_news: MailingList, mails: Mails) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC)):
        ask(browser)
        (old,) = links_in(mails()[0])
    with time_machine.travel(datetime(2026, 3, 20, 10, tzinfo=UTC)):
        pages = [browser.post(path_of(old), {"send": "again"}).content.decode() for _ in range(4)]
        assert len(mails()) == 3
    assert "sending a new link" in pages[2]
    assert "try again tomorrow" in pages[3]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("token", ["x", "AAAA", "é", "a" * 300])
def test_a_forged_link_is_404_and_says_what_to_do(db: None, browser: Client, method: str, token: str) -> None:
    response = getattr(browser, method)(f"/confirm/{token}/")
    assert response.status_code == 404
    assert "/subscribe/" in response.content.decode()


def test_a_token_of_another_purpose_confirms_nothing(browser: Client, iria_news: MailingList) -> None:
    ada = make_subscriber("ada@example.org")
    pending = make_subscription(ada, iria_news, status="pending")
    for purpose in (Purpose.PREFERENCES, Purpose.UNSUBSCRIBE, Purpose.SIGNUP_FORM):
        token = make(purpose, int(pending.requested_at.timestamp()), pending.pk)
        assert browser.post(f"/confirm/{token}/").status_code == 404
    assert status_of("ada@example.org", iria_news) == "pending"


def test_an_old_link_does_not_bring_back_who_left_since(browser: Client, iria_news: MailingList, mails: Mails) -> None:
    ask(browser)
    (link,) = links_in(mails()[0])
    browser.post(path_of(link))
    subscription = Subscription.objects.get()
    browser.post(path_of(links.unsubscribe_url(subscription.subscriber_id, iria_news.pk)))
    page = browser.post(path_of(link))
    assert page.status_code == 200
    assert "This link has already been used" in page.content.decode()
    assert status_of("ada@example.org", iria_news) == "left"


def test_the_link_of_an_erased_person_says_that_it_is_gone(
    browser: Client, iria_news: MailingList, mails: Mails
) -> None:
    ask(browser)
    (link,) = links_in(mails()[0])
    erase(Subscriber.objects.get(), note="asked by letter", by="bea")
    assert browser.get(path_of(link)).status_code == 410
    assert browser.post(path_of(link)).status_code == 410
    assert not Subscription.objects.exists()


def test_a_link_confirms_nothing_once_the_address_is_suppressed(
    browser: Client, iria_news: MailingList, mails: Mails
) -> None:
    ask(browser)
    (link,) = links_in(mails()[0])
    suppression.suppress("ada@example.org", reason=Suppression.Reason.STAFF, note="abuse", by="bea")
    assert "We don’t send email to this address" in browser.post(path_of(link)).content.decode()
    assert status_of("ada@example.org", iria_news) == "pending"


def test_confirming_too_fast_is_429(browser: Client, iria_news: MailingList, settings: Settings) -> None:
    settings.CONFIRM_LIMIT_PER_IP = (2, 60)
    ada = make_subscriber("ada@example.org")
    pending = make_subscription(ada, iria_news, status="pending")
    link = path_of(links.confirm_url(pending.requested_at, [pending.pk]))
    assert [browser.post(link).status_code for _ in range(3)] == [200, 200, 429]
    assert status_of("ada@example.org", iria_news) == "confirmed"


def test_token_pages_are_private(browser: Client, iria_news: MailingList) -> None:
    ada = make_reader(iria_news, email="ada@example.org")
    pending = Subscription.objects.get()
    for link in (
        links.confirm_url(pending.requested_at, [pending.pk]),
        links.preferences_url(ada.pk),
        links.unsubscribe_url(ada.pk, iria_news.pk),
        "/confirm/forged/",
    ):
        response = browser.get(path_of(link))
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "no-store"
        assert "noindex" in response["X-Robots-Tag"]
        assert not response.cookies


def test_a_confirmed_reader_who_asks_for_another_list_keeps_the_first(
    browser: Client, iria_news: MailingList, topics: list[Topic], mails: Mails
) -> None:
    make_reader(iria_news, email="ada@example.org", topics=topics[:1])
    other = make_list(name="Other")
    ask(browser, lists=[iria_news.slug, other.slug], topics=[topics[1].slug])
    assert status_of("ada@example.org", iria_news) == "confirmed"
    kept = Subscription.objects.get(mailing_list=iria_news)
    assert kept.topic_list() == topics[:1]  # a stranger's request never changes a reader's choice
    assert status_of("ada@example.org", other) == "pending"
    (confirmation,) = mails()
    assert "IRIA News" not in confirmation.body
    assert Message.objects.get().context["subscriptions"] == [Subscription.objects.get(mailing_list=other).pk]


def test_the_link_works_until_the_day_that_the_page_and_the_mail_name(
    browser: Client, iria_news: MailingList, mails: Mails
) -> None:
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with time_machine.travel(moment, tick=False):
        page = ask(browser)
        (confirmation,) = mails()
    assert "9 March 2026" in page
    assert "9 March 2026" in confirmation.body
    (link,) = links_in(confirmation)
    with time_machine.travel(moment + timedelta(days=7) - timedelta(seconds=1), tick=False):
        assert browser.get(path_of(link)).status_code == 200
    with time_machine.travel(moment + timedelta(days=7, seconds=1), tick=False):
        assert browser.get(path_of(link)).status_code == 410
