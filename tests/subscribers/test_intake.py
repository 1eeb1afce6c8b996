"""What comes in by the public forms: kept until a worker has written all of it, in order, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from mail.models import Message
from mail.outbox import posting
from subscribers import intake
from subscribers.models import ConsentRecord, FormRequest, MailingList, Subscriber, Subscription, Topic
from subscribers.signup.double_opt_in import SignupRequest, request_subscription
from subscribers.visitors import Visit
from tests.factories import make_list
from tests.subscribers.conftest import Mails

GMAIL = [
    f"{'adalovelace'[:cut]}.{'adalovelace'[cut:]}+{cut}@{domain}"
    for cut in range(1, 11)
    for domain in ("gmail.com", "googlemail.com", "GMAIL.com")
]


@pytest.fixture
def visitor(iria_news: MailingList) -> Client:
    """Without a worker."""
    return Client()


def test_a_request_waits_for_a_worker_and_leaves_nothing_behind(
    visitor: Client, iria_news: MailingList, topics: list[Topic], mails: Mails
) -> None:
    asked_at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    with time_machine.travel(asked_at, tick=False):
        visitor.post(
            "/ar/subscribe/", {"email": "Ada@example.org", "name": "Ada", "topics": "us"}, headers={"user-agent": "Moz"}
        )
    assert posting.is_anything_due()
    assert not Subscriber.objects.exists()
    with time_machine.travel(asked_at + timedelta(hours=3), tick=False):  # the workers were down
        (message,) = mails()
    assert message.to == ["Ada@example.org"]
    subscription = Subscription.objects.get()
    consent = ConsentRecord.objects.get()
    assert subscription.requested_at == consent.at == asked_at
    assert [topic.slug for topic in subscription.topic_list()] == ["us"]
    assert (subscription.subscriber.name, subscription.subscriber.language) == ("Ada", "ar")
    assert (consent.page, consent.user_agent, consent.language) == ("/ar/subscribe/", "Moz", "ar")
    assert "أ" in consent.wording or "ا" in consent.wording
    assert not FormRequest.objects.exists()
    assert not posting.is_anything_due()


def test_all_spellings_of_a_mailbox_get_three_confirmations_a_day_together(
    visitor: Client, settings: object, mails: Mails
) -> None:
    settings.SIGNUP_LIMITS_PER_IP = [(100, 60)]  # type: ignore[attr-defined]
    for spelling in GMAIL:
        assert visitor.post("/subscribe/", {"email": spelling}).status_code == 200
    assert len(mails()) == 3
    visitor.post("/subscribe/", {"email": "grace@gmail.com"})
    assert len(mails()) == 1


def test_one_that_cannot_be_taken_in_holds_nobody_up_and_is_given_up_in_the_end(
    visitor: Client, mails: Mails, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail_for_eve(request: SignupRequest) -> object:
        if request.email.startswith("eve"):
            raise RuntimeError("a bug of ours")
        return request_subscription(request)

    monkeypatch.setattr("subscribers.intake.request_subscription", fail_for_eve)
    for name in ("eve", "ada"):
        visitor.post("/subscribe/", {"email": f"{name}@example.org"})
    assert [message.to for message in mails()] == [["ada@example.org"]]
    assert "could not be taken in" in caplog.text
    row = FormRequest.objects.get()
    assert row.due_at > timezone.now() + timedelta(seconds=30)
    with time_machine.travel(row.asked_at + timedelta(days=4)):
        assert intake.take_in() == 0
    assert not FormRequest.objects.exists()
    assert "given up" in caplog.text


def test_a_list_that_is_gone_is_no_trouble(visitor: Client, iria_news: MailingList) -> None:
    visitor.post("/subscribe/", {"email": "ada@example.org"})
    FormRequest.objects.update(lists=[iria_news.pk + 1000])
    assert intake.take_in() == 1
    assert not Subscriber.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_take_each_in_once() -> None:
    news = make_list()
    for number in range(12):
        intake.hand_in_signup(f"r{number}@example.org", lists=[news], topics=(), name="", visit=Visit(language="en"))

    def work(_worker: int) -> int:
        try:
            return intake.take_in()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as workers:
        assert sum(workers.map(work, range(2))) == 12
    assert Message.objects.count() == Subscriber.objects.count() == 12
