"""Sign-ups that nobody confirmed go after some weeks; the record that somebody asked stays, and names nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from mail.models import Message
from newsletters.tasks import expire_signups
from subscribers import suppression
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription
from subscribers.signup import expiring
from subscribers.signup.expiring import delete_unconfirmed
from tests.factories import make_list, make_reader, make_subscription
from tests.subscribers.conftest import Mails

ASKED = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = ASKED + timedelta(days=30, minutes=1)


def ask(browser: Client, email: str = "ada@example.org") -> None:
    with time_machine.travel(ASKED, tick=False):
        browser.post("/subscribe/", {"email": email, "name": "Ada"})


def test_after_thirty_days_nothing_is_left_that_names_the_person(
    browser: Client, iria_news: MailingList, mails: Mails
) -> None:
    ask(browser)
    with time_machine.travel(LATER - timedelta(hours=1)):
        assert delete_unconfirmed() == 0
    with time_machine.travel(LATER):
        assert delete_unconfirmed() == 1
        assert delete_unconfirmed() == 0
    assert not Subscriber.objects.exists()
    assert not Subscription.objects.exists()
    assert not Message.objects.exists()
    (record,) = ConsentRecord.objects.all()
    assert (record.action, record.subscriber) == ("asked", None)
    assert (record.ip, record.user_agent, record.page) == (None, "", "")
    assert not suppression.is_suppressed("ada@example.org")
    browser.post("/subscribe/", {"email": "ada@example.org"})
    assert [message.to for message in mails()] == [["ada@example.org"]]


def test_what_was_confirmed_stays_and_only_the_rest_goes(iria_news: MailingList) -> None:
    ada = make_reader(iria_news, email="ada@example.org")
    make_subscription(ada, make_list(), status="pending", at=ASKED)
    with time_machine.travel(LATER):
        delete_unconfirmed()
    assert [each.mailing_list for each in ada.subscriptions.all()] == [iria_news]


def test_who_left_and_asked_again_or_asked_again_lately_is_kept(browser: Client, iria_news: MailingList) -> None:
    bea = make_subscription(make_reader(make_list(), email="bea@example.org"), iria_news, status="left", at=ASKED)
    Subscription.objects.filter(pk=bea.pk).update(status="pending")
    ask(browser)
    with time_machine.travel(LATER - timedelta(days=3), tick=False):
        browser.post("/subscribe/", {"email": "ada@example.org"})
    with time_machine.travel(LATER):
        assert delete_unconfirmed() == 0


def test_the_days_are_a_setting_and_many_are_deleted_in_one_go(
    browser: Client, iria_news: MailingList, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SIGNUPS_KEPT_DAYS = 10
    settings.SIGNUP_LIMITS_PER_IP = [(100, 60)]
    monkeypatch.setattr(expiring, "BATCH", 2)
    for number in range(5):
        ask(browser, f"r{number}@example.org")
    with time_machine.travel(ASKED + timedelta(days=11)):
        expire_signups()
    assert not Subscriber.objects.exists()
