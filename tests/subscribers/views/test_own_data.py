"""What we hold about a reader, as a file; erasure behind a page that says what is gone; the reason for leaving."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from mail.models import Message
from newsletters.models import Agent, CountedLink, Delivery, Edition, ReaderCount
from subscribers import consent, links, personal_data, suppression
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription, Suppression
from subscribers.visitors import Visit
from tests.factories import make_article, make_edition, make_newsletter, start
from tests.subscribers.conftest import Mails, links_in, path_of


@pytest.fixture
def data(ada: Subscriber) -> str:
    return path_of(links.own_data_url(ada.pk, timezone.now()))


@pytest.fixture
def erasing(ada: Subscriber) -> str:
    return path_of(links.erase_url(ada.pk, timezone.now()))


@pytest.fixture
def page(ada: Subscriber) -> str:
    return path_of(links.preferences_url(ada.pk))


def test_the_file_holds_everything_and_nobody_keeps_it(
    browser: Client, data: str, ada: Subscriber, iria_news: MailingList
) -> None:
    visit = Visit(page="/subscribe/", ip="192.0.2.1", user_agent="Lynx", language="en")
    consent.record(
        ada, ConsentRecord.Action.CONFIRMED, ConsentRecord.Source.FORM,
        mailing_list=iria_news, visit=visit, wording="I want it.", staff="bea",
    )  # fmt: skip
    answer = browser.get(data)
    assert answer["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer["Cache-Control"] == "no-store"
    held = json.loads(answer.content)
    assert held["person"]["email"] == "ada@example.org"
    assert held["subscriptions"][0]["topics"] == ["Middle East"]
    (record,) = held["consent"]
    assert (record["ip"], record["wording"], record["list"]) == ("192.0.2.1", "I want it.", "IRIA News")
    assert "bea" not in answer.content.decode()  # the staff are other people
    assert held["editions"] == []


def test_the_editions_that_somebody_got_are_in_the_file_with_what_became_of_each(
    browser: Client, data: str, ada: Subscriber, iria_news: MailingList
) -> None:
    edition = make_edition(make_newsletter(iria_news), articles=[make_article()], subject="What we know")
    start(edition)
    chunk = edition.chunks.get()
    Delivery.objects.create(
        edition=edition, subscriber_id=ada.pk, chunk=chunk, fence=1, variant=1, outcome="rejected", reason="x",
        smtp_code=550, settled_at=edition.created_at,
    )  # fmt: skip
    (row,) = json.loads(browser.get(data).content)["editions"]
    assert (row["subject"], row["outcome"], row["reply_code"]) == ("What we know", "rejected", 550)


def test_every_column_about_a_person_is_in_the_file(db: None, ada: Subscriber) -> None:
    """A new column is added there, or here with the reason why not."""
    not_about_them = {"id", "email_key"}  # a key of ours, and the address once more
    renamed = {"uuid": "id", "is_suppressed": "suppressed", "reminded_at": "reminded_to_confirm_at"}
    columns = {field.name for field in Subscriber._meta.concrete_fields} - not_about_them
    assert {renamed.get(name, name) for name in columns} <= set(personal_data.collect(ada)["person"])


def test_a_look_erases_nothing_and_the_button_everything(
    browser: Client, data: str, erasing: str, ada: Subscriber
) -> None:
    assert "can’t be undone" in browser.get(erasing).content.decode()
    browser.post(erasing)  # without the button: a form that somebody else made
    assert Subscriber.objects.exists()
    assert "has been erased" in browser.post(erasing, {"action": "erase"}).content.decode()
    assert not Subscriber.objects.exists()
    assert suppression.is_suppressed("ada@example.org")
    assert "has been erased" in browser.post(erasing, {"action": "erase"}).content.decode()
    assert browser.get(data).status_code == 200


def test_a_link_that_stands_in_every_email_neither_shows_nor_erases_what_is_held(
    browser: Client, page: str, ada: Subscriber
) -> None:
    """It may have been forwarded."""
    assert "data/" not in browser.get(page).content.decode()
    for part in ("data/", "erase/"):
        assert browser.get(page + part).status_code == 404
        assert browser.post(page + part, {"action": "erase"}).status_code == 404
    assert Subscriber.objects.exists()


def test_the_links_are_mailed_and_work_for_a_day(browser: Client, page: str, ada: Subscriber, mails: Mails) -> None:
    with time_machine.travel("2026-03-02T09:00Z", tick=False) as clock:
        assert "sent links to ada@example.org" in browser.post(page, {"action": "data"}).content.decode()
        (mail,) = mails()
        assert mail.to == ["ada@example.org"]
        download, erasing = (path_of(link) for link in links_in(mail) if re.search("/(data|erase)/$", link))
        clock.shift(timedelta(hours=23))
        assert json.loads(browser.get(download).content)["person"]["email"] == "ada@example.org"
        clock.shift(timedelta(hours=1))
        for link in (download, erasing):
            answer = browser.post(link, {"action": "erase"})
            assert answer.status_code == 410
            assert "has expired" in answer.content.decode()
    assert Subscriber.objects.exists()


def test_nobody_is_mailed_links_without_end(browser: Client, page: str, ada: Subscriber) -> None:
    for _ in range(5):
        answer = browser.post(page, {"action": "data"}).content.decode()
    assert "try again tomorrow" in answer
    assert Message.objects.filter(kind="own_data").count() == 3


@pytest.mark.parametrize("reason", [Suppression.Reason.COMPLAINT, Suppression.Reason.STAFF, Suppression.Reason.BOUNCE])
def test_who_gets_no_other_email_still_has_a_right_to_their_data_and_its_end(
    browser: Client, page: str, ada: Subscriber, mails: Mails, reason: Suppression.Reason
) -> None:
    suppression.suppress(ada.email, reason=reason)
    assert "sent links to ada@example.org" in browser.post(page, {"action": "data"}).content.decode()
    (mail,) = mails()
    download, erasing = (path_of(link) for link in links_in(mail) if re.search("/(data|erase)/$", link))
    assert json.loads(browser.get(download).content)["person"]["suppressed"] is True
    browser.post(erasing, {"action": "erase"})
    assert not Subscriber.objects.exists()
    assert suppression.is_suppressed("ada@example.org")


@pytest.mark.parametrize("part", ["data/", "erase/"])
def test_a_link_that_is_not_ours_is_404(browser: Client, db: None, part: str) -> None:
    assert browser.get(f"/preferences/AAAA/{part}").status_code == 404


@pytest.mark.parametrize(
    ("posted", "kept"),
    [({}, ""), ({"reason": "too_many"}, "too_many"), ({"reason": "<script>"}, ""), ({"reason": "x" * 5000}, "")],
)
def test_a_reason_is_optional_and_leaving_always_works(
    browser: Client, ada: Subscriber, iria_news: MailingList, posted: dict[str, str], kept: str
) -> None:
    browser.post(path_of(links.unsubscribe_url(ada.pk, iria_news.pk)), posted)
    assert Subscription.objects.get().status == "left"
    assert ConsentRecord.objects.get().leaving_reason == kept


@pytest.mark.parametrize(("action", "days"), [("pause", 30), ("pause-30", 30), ("pause-90", 90)])
def test_a_pause_is_as_long_as_the_button_says(
    browser: Client, page: str, ada: Subscriber, action: str, days: int
) -> None:
    assert f"paused for {days} days" in browser.post(page, {"action": action}).content.decode()
    assert ConsentRecord.objects.get().detail == f"paused for {days} days"
    ada.refresh_from_db()
    assert ada.paused_until is not None
    assert round((ada.paused_until - ConsentRecord.objects.get().at).total_seconds() / 86400) == days


def test_a_pause_that_no_button_offers_is_not_taken(browser: Client, page: str, ada: Subscriber) -> None:
    browser.post(page, {"action": "pause-99999"})
    ada.refresh_from_db()
    assert ada.paused_until is None


def test_staff_see_how_often_each_reason_was_given(
    browser: Client, ada: Subscriber, iria_news: MailingList, admin_client: Client
) -> None:
    browser.post(path_of(links.unsubscribe_url(ada.pk, iria_news.pk)), {"reason": "not_relevant"})
    page = admin_client.get("/admin/subscribers/consentrecord/", {"leaving_reason": "not_relevant"}).content.decode()
    assert "Not what I want to read about (1)" in page
    assert "ada@example.org" in page


def record_reading(ada: Subscriber, iria_news: MailingList) -> Edition:
    edition = start(make_edition(make_newsletter(iria_news), articles=[make_article()]))
    link = CountedLink.objects.create(edition=edition, number=1, url="https://a.example/?x=<b>")
    firefox = Agent.objects.create(name="Firefox")
    for kind, rule, times in (("o", "", 3), ("c", "", 2), ("o", "apple", 7)):
        ReaderCount.objects.create(
            edition=edition, subscriber_id=ada.pk, kind=kind, agent=firefox, rule=rule, rules=2, times=times,
            first_at=timezone.now(), last_at=timezone.now(), links=(1 << link.number) * (kind == "c"),
        )  # fmt: skip
    return edition


def test_readers_see_what_was_recorded_of_their_reading_and_delete_it(
    browser: Client, ada: Subscriber, iria_news: MailingList, page: str, mails: Mails
) -> None:
    record_reading(ada, iria_news)
    browser.post(page, {"action": "data"})
    [mail] = mails()
    [reading] = [path_of(link) for link in links_in(mail) if link.endswith("/reading/")]
    shown = browser.get(reading).content.decode()
    assert "Opened: 3. Clicks: 2." in shown
    assert "By programs that check emails: 7." in shown
    assert "https://a.example/?x=&lt;b&gt;" in shown
    browser.post(reading)
    assert ReaderCount.objects.exists(), "without the button: a form that somebody else made"
    assert "We deleted" in browser.post(reading, {"action": "delete"}).content.decode()
    assert not ReaderCount.objects.exists()
    assert "recorded nothing" in browser.get(reading).content.decode()


def test_the_preferences_themselves_do_not_show_it_since_their_link_is_in_every_email(
    browser: Client, ada: Subscriber, iria_news: MailingList, page: str
) -> None:
    record_reading(ada, iria_news)
    assert "a.example" not in browser.get(page).content.decode()
    assert browser.get(page.rstrip("/") + "/reading/").status_code in {404, 410}


def test_the_link_to_what_was_recorded_expires(browser: Client, ada: Subscriber) -> None:
    old = path_of(links.reading_url(ada.pk, timezone.now() - timedelta(days=2)))
    assert browser.get(old).status_code == 410
    assert browser.get("/preferences/x/reading/").status_code == 404
