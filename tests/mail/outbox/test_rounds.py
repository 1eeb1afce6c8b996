"""The outbox's own loop: what was posted leaves although nobody nudged, and whatever goes wrong in a round."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.test import Client

from mail.models import Message
from mail.outbox import sending
from mail.outbox.rounds import OutboxRounds
from subscribers.models import FormRequest, MailingList
from tests.mail.outbox.test_outbox_smtp import ask
from tests.processes import wait_until
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.django_db(transaction=True)  # the loop is a thread that must see what was committed


@pytest.fixture
def rounds() -> Iterator[OutboxRounds]:
    """Going on all the time, instead of every second."""
    told = threading.Event()
    yield OutboxRounds(lambda _seconds: told.wait(0.02))
    told.set()
    wait_until(lambda: all(thread.name != "outbox" for thread in threading.enumerate()), "the loop has ended")


def test_a_message_leaves_without_a_nudge(iria_news: MailingList, smtp: SmtpServer, rounds: OutboxRounds) -> None:
    rounds.start()
    ask(iria_news, "ada@example.org")
    wait_until(lambda: smtp.count() == 1, "it was sent")
    wait_until(lambda: Message.objects.get().state == "sent", "the row says so")


def test_a_sign_up_leaves_without_a_nudge(iria_news: MailingList, smtp: SmtpServer, rounds: OutboxRounds) -> None:
    rounds.start()
    Client().post("/subscribe/", {"email": "ada@example.org"})
    wait_until(lambda: smtp.count() == 1, "its confirmation was sent")
    assert not FormRequest.objects.exists()


def test_a_round_that_fails_is_not_the_last(
    iria_news: MailingList, smtp: SmtpServer, rounds: OutboxRounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = sending.send_due, iter([RuntimeError("the database went away")])

    def fail_once() -> int:
        for failure in failures:
            raise failure
        return real()

    monkeypatch.setattr(sending, "send_due", fail_once)
    ask(iria_news, "ada@example.org")
    rounds.start()
    wait_until(lambda: smtp.count() == 1, "it was sent")
