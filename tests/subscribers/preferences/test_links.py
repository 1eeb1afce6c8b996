"""Links that went to an earlier address: they open nothing, show nothing, and lead to a link to the present one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mail.outbox.kinds import write_message
from subscribers import links, merging
from subscribers.messages.posting import post_to_subscriber
from subscribers.messages.welcome import WELCOME, WelcomeContext
from subscribers.models import MailingList, Subscriber, Subscription
from subscribers.preferences import addresses
from subscribers.tokens import Purpose, make
from tests.factories import make_reader
from tests.subscribers.conftest import Mails, links_in, path_of

HOUR = timedelta(hours=1)
OLD, NEW = "ada@former-employer.example", "ada@home.example"


@pytest.fixture
def ada(iria_news: MailingList) -> Subscriber:
    return make_reader(iria_news, email=OLD)


@pytest.fixture
def moved(ada: Subscriber) -> Subscriber:
    """She changed her address a minute ago, after all the links that the tests call old."""
    change = addresses.request_change(ada.pk, NEW)
    person = addresses.confirm_change(links.new_address_url(change.pk, change.asked_at).rstrip("/").rpartition("/")[2])
    assert person is not None
    person.address_since = timezone.now() - timedelta(minutes=1)
    person.save(update_fields=["address_since"])
    return person


def test_a_link_of_the_very_second_of_the_change_counts_as_an_old_one(browser: Client, moved: Subscriber) -> None:
    assert moved.address_since is not None
    for later, status in ((0, 410), (1, 200)):
        page = path_of(links.preferences_url(moved.pk, moved.address_since + timedelta(seconds=later)))
        assert browser.get(page).status_code == status


@pytest.mark.parametrize("age", [None, timedelta(hours=1)])
def test_an_old_link_shows_and_changes_nothing(browser: Client, moved: Subscriber, age: timedelta | None) -> None:
    page = path_of(links.preferences_url(moved.pk, timezone.now() - age if age else None))
    shown = browser.get(page)
    assert (shown.status_code, NEW in shown.content.decode()) == (410, False)
    for action in ("erase", "save", "pause", "unsubscribe-all", "address", "keep"):
        answer = browser.post(page, {"action": action, "email": OLD, "name": "Eve"})
        assert (answer.status_code, NEW in answer.content.decode()) == (410, False)
    moved.refresh_from_db()
    assert (moved.email, moved.name, moved.paused_until) == (NEW, "", None)
    assert not hasattr(moved, "address_change")


def test_its_button_mails_a_link_that_opens_to_the_present_address_three_times_a_day(
    browser: Client, moved: Subscriber, mails: Mails
) -> None:
    mails()
    page = path_of(links.preferences_url(moved.pk))
    answers = {browser.post(page, {"action": "send-link"}).content for _again in range(5)}
    assert len(answers) == 1
    assert NEW not in answers.pop().decode()
    sent = mails()
    assert [mail.to for mail in sent] == [[NEW]] * 3
    link = path_of(next(link for link in links_in(sent[0]) if "/preferences/" in link))
    shown = browser.get(link).content.decode()
    assert NEW in shown


def test_a_link_to_the_data_from_before_has_expired(browser: Client, moved: Subscriber) -> None:
    for age, status in ((timedelta(hours=1), 410), (timedelta(), 200)):
        token = make(Purpose.OWN_DATA, moved.pk, int((timezone.now() - age).timestamp()))
        assert browser.get(reverse("mailed:own_data", args=[token])).status_code == status
        assert browser.get(reverse("mailed:erase_me", args=[token])).status_code == status


def test_an_old_link_still_unsubscribes_and_hides_the_new_address(
    browser: Client, moved: Subscriber, iria_news: MailingList
) -> None:
    leave = path_of(links.unsubscribe_url(moved.pk, iria_news.pk))
    for answer in (browser.get(leave), browser.post(leave), browser.post(leave, {"action": "undo"})):
        assert answer.status_code == 200
        assert NEW not in answer.content.decode()
        assert "a…@…" in answer.content.decode()
    browser.post(leave, {"List-Unsubscribe": "One-Click"})
    assert Subscription.objects.get().status == Subscription.Status.UNSUBSCRIBED


@pytest.mark.parametrize(("written", "status"), [(-HOUR, 410), (None, 410), (HOUR, 200)])
def test_the_preferences_behind_an_unsubscribe_link_open_as_those_of_its_mail_do(
    browser: Client, moved: Subscriber, iria_news: MailingList, written: timedelta | None, status: int
) -> None:
    since = moved.address_since
    assert since is not None
    leave = path_of(links.unsubscribe_url(moved.pk, iria_news.pk, 7, since + written if written else None))
    for answer in (browser.get(leave), browser.post(leave), browser.post(leave, {"action": "undo"})):
        page = answer.content.decode()
        (preferences,) = set(re.findall(r'href="([^"]*/preferences/[^"]+)"', page))
        assert browser.get(path_of(preferences)).status_code == status
        assert (NEW in page) == (status == 200)


def test_the_welcome_leads_to_preferences_that_open(browser: Client, moved: Subscriber, iria_news: MailingList) -> None:
    row = post_to_subscriber(moved, WELCOME, WelcomeContext((moved.subscriptions.get().pk,)))
    leave = path_of(write_message(row).extra_headers["List-Unsubscribe"].strip("<>"))
    page = browser.get(leave).content.decode()
    (preferences,) = set(re.findall(r'href="([^"]*/preferences/[^"]+)"', page))
    assert browser.get(path_of(preferences)).status_code == 200


def test_a_confirmation_link_from_before_hides_it_too(browser: Client, moved: Subscriber) -> None:
    link = links.confirm_url(timezone.now() - timedelta(hours=1), [moved.subscriptions.get().pk])
    assert NEW not in browser.get(path_of(link)).content.decode()


def test_the_link_of_somebody_who_was_merged_opens_nothing_and_that_of_the_other_does(
    browser: Client, ada: Subscriber, iria_news: MailingList
) -> None:
    kept = make_reader(iria_news, email=NEW)
    merging.merge(kept, ada, note="asked by telephone", by="Bea")
    assert browser.get(path_of(links.preferences_url(ada.pk))).status_code == 410
    assert NEW in browser.get(path_of(links.preferences_url(kept.pk))).content.decode()
    leave = browser.get(path_of(links.unsubscribe_url(kept.pk, iria_news.pk))).content.decode()
    assert NEW in leave


def test_another_spelling_of_the_same_address_keeps_the_links(browser: Client, ada: Subscriber) -> None:
    change = addresses.request_change(ada.pk, OLD.replace("ada", "Ada"))
    addresses.confirm_change(links.new_address_url(change.pk, change.asked_at).rstrip("/").rpartition("/")[2])
    assert browser.get(path_of(links.preferences_url(ada.pk))).status_code == 200


def test_the_link_in_an_edition_opens_for_whom_it_was_written_to(browser: Client, moved: Subscriber) -> None:
    """As compiled mails make it: with the moment at which they are written."""
    moved.refresh_from_db()
    since = moved.address_since
    assert since is not None
    before, after = (path_of(links.preferences_url(moved.pk, since + delta)) for delta in (-HOUR, HOUR))
    assert browser.get(before).status_code == 410
    assert NEW in browser.get(after).content.decode()


def test_a_merge_by_which_the_address_changes_closes_what_went_to_either_mailbox(
    browser: Client, ada: Subscriber, iria_news: MailingList
) -> None:
    other = make_reader(iria_news, email=NEW)
    early = [path_of(links.preferences_url(person.pk, timezone.now() - HOUR)) for person in (ada, other)]
    change = addresses.request_change(ada.pk, NEW)
    addresses.confirm_change(links.new_address_url(change.pk, change.asked_at).rstrip("/").rpartition("/")[2])
    for page in early:
        shown = browser.get(page)
        assert (shown.status_code, NEW in shown.content.decode()) == (410, False)
    later = path_of(links.preferences_url(ada.pk, timezone.now() + HOUR))
    assert NEW in browser.get(later).content.decode()
