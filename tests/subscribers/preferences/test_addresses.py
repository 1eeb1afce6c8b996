"""A change of address: confirmed from the new mailbox, told to the old one, and nothing changes before that."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mail.models import Message
from subscribers import links, suppression
from subscribers.models import AddressChange, ConsentRecord, MailingList, Subscriber, Subscription, Suppression, Topic
from subscribers.preferences import addresses
from tests.factories import make_list, make_reader, make_subscription
from tests.subscribers.conftest import Mails, links_in, path_of

NEW = "ada@new.example"


@pytest.fixture
def ada(iria_news: MailingList, topics: list[Topic]) -> Subscriber:
    return make_reader(iria_news, email="ada@example.org", topics=topics[:1])


@pytest.fixture
def page(ada: Subscriber) -> str:
    return path_of(links.preferences_url(ada.pk))


def ask(browser: Client, page: str, email: str = NEW) -> str:
    return browser.post(page, {"action": "address", "email": email}).content.decode()


def link_to_new(mails: Mails) -> str:
    (mail,) = [each for each in mails() if each.to != ["ada@example.org"]]
    return path_of(next(link for link in links_in(mail) if "/new-address/" in link))


def test_a_new_address_counts_once_its_owner_confirmed_it(
    browser: Client, page: str, ada: Subscriber, mails: Mails
) -> None:
    shown = ask(browser, page)
    assert f"sent a link to {NEW}" in shown
    assert f"<bdi>{NEW}</bdi>" in shown
    to_new, to_old = sorted(mails(), key=lambda mail: mail.to != [NEW])
    assert (to_new.to, to_old.to) == ([NEW], ["ada@example.org"])
    link = path_of(next(link for link in links_in(to_new) if "/new-address/" in link))
    assert not [link for link in links_in(to_old) if "/new-address/" in link]  # the old mailbox can't confirm it
    assert browser.get(link).status_code == 200
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"  # opening the link changes nothing
    assert "Your email address has been changed" in browser.post(link).content.decode()
    ada.refresh_from_db()
    assert (ada.email, ada.email_key) == (NEW, NEW)
    (told,) = mails()
    assert told.to == ["ada@example.org"]
    assert NEW in str(told.body)
    assert browser.get(page).status_code == 410  # the link in an old mail shows the former mailbox nothing
    assert Subscription.objects.get().status == "confirmed"
    details = list(ConsentRecord.objects.order_by("pk").values_list("action", "detail"))
    assert details == [
        ("changed", f"asked to change the address to {NEW}"),
        ("changed", "changed the address from ada@example.org"),
    ]
    assert browser.post(link).status_code == 410


def test_a_later_request_a_cancelled_one_and_an_old_one_can_not_be_confirmed(
    browser: Client, page: str, ada: Subscriber, mails: Mails
) -> None:
    ask(browser, page)
    first = link_to_new(mails)
    ask(browser, page, "ada@newer.example")
    second = link_to_new(mails)
    assert browser.post(first).status_code == 410
    browser.post(page, {"action": "keep"})
    assert browser.post(second).status_code == 410
    ask(browser, page, "ada@newest.example")
    third = link_to_new(mails)
    with time_machine.travel(timezone.now() + timedelta(days=60)):
        assert browser.post(third).status_code == 410
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"


@pytest.mark.parametrize("token", ["x", "AAAA", "a" * 300, "é"])
def test_a_link_that_is_not_ours_is_404(browser: Client, db: None, token: str) -> None:
    assert browser.get(f"/new-address/{token}/").status_code == 404
    assert browser.post(f"/new-address/{token}/").status_code == 404


def test_a_suppressed_address_is_sent_nothing_and_the_page_says_the_same(
    browser: Client, page: str, ada: Subscriber, mails: Mails
) -> None:
    suppression.suppress(NEW, reason=Suppression.Reason.COMPLAINT)
    assert f"sent a link to {NEW}" in ask(browser, page)
    assert [mail.to for mail in mails()] == [["ada@example.org"]]


def test_an_address_that_was_suppressed_after_the_link_was_mailed_is_not_taken(
    browser: Client, page: str, ada: Subscriber, mails: Mails
) -> None:
    ask(browser, page)
    link = link_to_new(mails)
    suppression.suppress(NEW, reason=Suppression.Reason.BOUNCE)
    assert "don’t send email to this address" in browser.post(link).content.decode()
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"


def test_who_bounced_can_change_and_gets_mail_again(browser: Client, page: str, ada: Subscriber, mails: Mails) -> None:
    suppression.suppress(ada.email, reason=Suppression.Reason.BOUNCE)
    ask(browser, page)
    (sent,) = mails()
    assert sent.to == [NEW]
    browser.post(path_of(next(link for link in links_in(sent) if "/new-address/" in link)))
    ada.refresh_from_db()
    assert (ada.email, ada.is_suppressed) == (NEW, False)
    assert suppression.is_suppressed("ada@example.org")  # the mailbox is as dead as before


@pytest.mark.parametrize("reason", [Suppression.Reason.COMPLAINT, Suppression.Reason.STAFF])
def test_who_complained_does_not_get_round_that_with_another_address(
    browser: Client, page: str, ada: Subscriber, mails: Mails, reason: Suppression.Reason
) -> None:
    suppression.suppress(ada.email, reason=reason)
    assert "New email address" not in browser.get(page).content.decode()
    assert browser.post(page, {"action": "address", "email": NEW}).status_code == 422
    assert mails() == []
    assert not AddressChange.objects.exists()


def test_at_most_three_links_a_day_to_a_mailbox_and_for_a_person(
    browser: Client, page: str, ada: Subscriber, iria_news: MailingList, mails: Mails
) -> None:
    for email in (NEW, "Ada+2@new.example", "ada@other.example"):
        ask(browser, page, email)
    assert browser.post(page, {"action": "address", "email": "ada@fourth.example"}).status_code == 422
    bob = make_reader(iria_news, email="bob@example.org")
    bobs = path_of(links.preferences_url(bob.pk))
    ask(browser, bobs, "ada+3@new.example")
    assert browser.post(bobs, {"action": "address", "email": "ada+4@new.example"}).status_code == 422
    assert Message.objects.filter(kind="confirm_address").count() == 4


def test_links_to_one_mailbox_are_counted_after_somebody_erased_themselves(
    browser: Client, iria_news: MailingList
) -> None:
    answers = []
    for n in range(5):
        page = path_of(links.preferences_url(make_reader(iria_news, email=f"catch-all-{n}@example.org").pk))
        answers.append(browser.post(page, {"action": "address", "email": NEW}).status_code)
        browser.post(f"{page}erase/", {"action": "erase"})
    assert answers == [200, 200, 200, 422, 422]


@pytest.mark.parametrize("typed", ["", "no address", "a@b@c.example", "ada@example.org", "a" * 300 + "@example.org"])
def test_what_is_no_new_address_is_said_beside_the_field(
    browser: Client, page: str, ada: Subscriber, mails: Mails, typed: str
) -> None:
    answer = browser.post(page, {"action": "address", "email": typed})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#id_email"' in shown
    assert 'id="email-error"' in shown
    assert mails() == []


def test_the_page_says_the_same_whether_or_not_the_new_address_subscribes(
    browser: Client, page: str, ada: Subscriber, iria_news: MailingList, mails: Mails
) -> None:
    make_reader(iria_news, email="taken@new.example")
    pages = [ask(browser, page, email).replace(email, "NEW") for email in ("taken@new.example", "freed@new.example")]
    assert len({re.sub(r'value="[^"]*"', "", each) for each in pages}) == 1


def test_whose_new_address_subscribes_too_becomes_one_person(
    browser: Client, page: str, ada: Subscriber, iria_news: MailingList, mails: Mails
) -> None:
    review = make_list(name="Review")
    other = make_reader(review, email=NEW)
    make_subscription(other, iria_news, status=Subscription.Status.UNSUBSCRIBED)
    others_page = path_of(links.preferences_url(other.pk))
    leave = path_of(links.unsubscribe_url(other.pk, review.pk, 7))
    ask(browser, page)
    browser.post(link_to_new(mails))
    person = Subscriber.objects.get()
    assert (person.pk, person.email) == (ada.pk, NEW)
    # Who left a list with either address has left it.
    assert dict(person.subscriptions.values_list("mailing_list__name", "status")) == {
        "IRIA News": "left", "Review": "confirmed",
    }  # fmt: skip
    shown = browser.get(others_page)  # both went to mailboxes before the two were one
    assert (shown.status_code, NEW in shown.content.decode()) == (410, False)
    browser.post(leave, {"List-Unsubscribe": "One-Click"})
    assert set(person.subscriptions.values_list("status", flat=True)) == {"left"}


def token_of(person: Subscriber) -> str:
    change = addresses.request_change(person.pk, NEW)
    return links.new_address_url(change.pk, change.asked_at).rstrip("/").rpartition("/")[2]


def test_of_two_who_confirm_the_same_new_address_at_once_both_are_answered_and_become_one(
    ada: Subscriber, iria_news: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second looked for somebody with the address just before the first had it."""
    bob = make_reader(iria_news, email="bob@example.org")
    first, second = token_of(bob), token_of(ada)
    assert addresses.confirm_change(first) == bob
    look = addresses._other_with

    def look_too_early(*_asked: object) -> None:
        monkeypatch.setattr(addresses, "_other_with", look)

    monkeypatch.setattr(addresses, "_other_with", look_too_early)
    assert addresses.confirm_change(second) == ada
    assert [person.email for person in Subscriber.objects.all()] == [NEW]
    assert addresses.confirm_change(second) is None


def test_who_had_the_new_address_and_is_gone_at_that_moment_is_looked_for_again(
    ada: Subscriber, iria_news: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(ada)
    gone = make_reader(iria_news, email=NEW)
    Subscriber.objects.filter(pk=gone.pk).delete()
    look = addresses._other_with
    seen = iter([gone])
    monkeypatch.setattr(addresses, "_other_with", lambda *asked: next(seen, None) or look(*asked))
    assert addresses.confirm_change(token) == ada
    ada.refresh_from_db()
    assert ada.email == NEW


def test_a_change_locks_both_people_in_the_order_of_a_merge(ada: Subscriber, iria_news: MailingList) -> None:
    """Else a merge of the same two, at the same moment, would wait for it while it waits for the merge."""
    token = token_of(ada)
    other = make_reader(iria_news, email=NEW)
    with CaptureQueriesContext(connection) as captured:
        addresses.confirm_change(token)
    table = f'FROM "{Subscriber._meta.db_table}"'
    both = f"IN ({', '.join(map(str, sorted([ada.pk, other.pk])))})"
    reads = [query["sql"] for query in captured if table in query["sql"] and query["sql"].startswith("SELECT")]
    locks = [sql for sql in reads if "FOR UPDATE" in sql or both in sql]
    assert both in locks[0]
    assert 'ORDER BY "subscribers_subscriber"."id" ASC' in locks[0]
