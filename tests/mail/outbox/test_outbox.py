"""The outbox: at least once, never twice at once, patient with a server in trouble, and done with a refusal."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from iria import env
from mail import tasks
from mail.models import Message
from mail.outbox import sending
from mail.outbox.sending import send_due
from mail.routing import Traffic, open_transport
from mail.transport import NO_RECORD, AskedToWait, NoAnswer, TransportError, Unbuildable
from subscribers import suppression
from subscribers.erasure import erase
from subscribers.models import FormRequest, MailingList, Subscriber, Suppression
from tests.mail.outbox.scripted_server import ScriptedServer, asked
from tests.newsletters.delivery.conftest import Clock
from tests.processes import wait_until


def test_a_mail_is_sent_once_and_written_down(iria_news: MailingList, server: ScriptedServer) -> None:
    row = asked(iria_news)
    assert send_due() == 1
    assert send_due() == 0
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("sent", 1)
    assert row.sent_at is not None
    assert len(server.taken) == 1


def test_a_refusal_for_now_is_tried_again_ever_later_and_keeps_the_answer(
    iria_news: MailingList, server: ScriptedServer
) -> None:
    waits = []
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with time_machine.travel(moment, tick=False) as clock:
        row = asked(iria_news)
        for _ in range(9):
            server.answers.append((451, "4.7.1 greylisted"))
            assert send_due() == 0
            row.refresh_from_db()
            assert row.state == "waiting"
            assert "451 4.7.1 greylisted" in row.reply
            waits.append((row.due_at - moment).total_seconds())
            assert send_due() == 0  # not due yet
            moment = row.due_at
            clock.move_to(moment)
        assert send_due() == 1
    assert waits == [15, 30, 60, 120, 300, 600, 1200, 1200, 1200]


def test_after_three_days_it_gives_up_and_says_so(iria_news: MailingList, server: ScriptedServer) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False):
        row = asked(iria_news)
    with time_machine.travel(datetime(2026, 3, 5, 10, tzinfo=UTC), tick=False):
        server.answers.append((451, "words"))
        send_due()
    row.refresh_from_db()
    assert row.state == "failed"
    assert "gave up" in row.reply


def test_a_refusal_for_good_ends_the_row_and_not_the_batch(iria_news: MailingList, server: ScriptedServer) -> None:
    first = asked(iria_news)
    second = asked(iria_news, "bob@example.org")
    server.answers.append((550, "5.1.1 no such\r\nmailbox"))
    assert send_due() == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.reply) == ("failed", "550 5.1.1 no such mailbox")
    assert second.state == "sent"


@pytest.mark.parametrize(
    "trouble",
    [
        TransportError("The mail server mail.example:25 cannot be reached: nothing listens there."),
        TransportError("The mail server mail.example:25 refuses the user name or password: 535", fatal=True),
        TransportError("The mail server mail.example:25 refuses the sender news@iria.example: 550", fatal=True),
        AskedToWait("The email service asks us to slow down.", seconds=5.0),
        NoAnswer("The email service does not answer."),
        (421, "4.3.2 shutting down"),
    ],
    ids=str,
)
def test_trouble_of_the_server_ends_the_batch_and_fails_nobody(
    iria_news: MailingList, server: ScriptedServer, clock: Clock, trouble: TransportError | NoAnswer | tuple[int, str]
) -> None:
    first = asked(iria_news)
    second = asked(iria_news, "bob@example.org")
    server.answers.append(trouble)
    assert send_due() == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.attempts) == ("waiting", 1)
    assert first.reply
    assert (second.state, second.attempts) == ("waiting", 0)  # not even tried
    clock.now += 5.1
    assert send_due() == 1


def test_while_the_circuit_is_open_no_row_is_touched(
    iria_news: MailingList, server: ScriptedServer, clock: Clock
) -> None:
    asked(iria_news)
    second = asked(iria_news, "bob@example.org")
    server.answers.append(TransportError("The mail server cannot be reached."))
    assert send_due() == 0
    assert send_due(first=second.pk) == 0
    second.refresh_from_db()
    assert (second.state, second.attempts, second.reply) == ("waiting", 0, "")


@pytest.mark.parametrize(
    ("answer", "state", "ends_the_batch"),
    [
        ((554, "5.7.1 spam"), "failed", False),
        ((452, "4.2.2 full"), "waiting", False),
        ((421, "4.3.2 closing"), "waiting", True),
        (ValueError("what?"), "waiting", False),
        (Unbuildable("no such thing"), "waiting", False),
        (NoAnswer("silence"), "waiting", True),
    ],
    ids=str,
)
def test_what_an_answer_means_for_the_row_and_for_the_batch(
    iria_news: MailingList, server: ScriptedServer, answer: Any, state: str, ends_the_batch: bool
) -> None:
    row = asked(iria_news)
    asked(iria_news, "bob@example.org")
    server.answers.append(answer)
    assert send_due() == (0 if ends_the_batch else 1)
    row.refresh_from_db()
    assert row.state == state
    assert row.reply


def test_an_unexpected_error_is_logged_and_the_queue_moves_on(
    iria_news: MailingList, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    row = asked(iria_news)
    asked(iria_news, "bob@example.org")
    server.answers.append(RuntimeError("a bug"))
    with caplog.at_level(logging.ERROR):
        assert send_due() == 1
    assert "a bug" in caplog.text
    row.refresh_from_db()
    assert row.state == "waiting"


def test_a_worker_that_died_leaves_the_row_to_another_when_its_lease_ends(
    iria_news: MailingList, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt  # killed within the dialogue

    with time_machine.travel(moment, tick=False) as clock:
        row = asked(iria_news)
        with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
            killed.setattr(sending, "_await_answer", dies)
            send_due()
        assert send_due() == 0
        clock.move_to(moment + sending.LEASE + timedelta(seconds=1))
        assert send_due() == 1
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("sent", 2)
    assert row.reply == ""


def test_an_answer_that_comes_late_is_written_down(
    iria_news: MailingList, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(sending, "ABORT_SECONDS", 0.05)
    answers = threading.Event()
    server.before_answering = answers.wait
    row = asked(iria_news)
    second = asked(iria_news, "bob@example.org")
    assert send_due() == 0
    row.refresh_from_db()
    assert (row.state, row.reply) == ("waiting", "The mail server does not answer.")
    assert row.due_at > timezone.now() + sending.LEASE - timedelta(minutes=1), "nobody else begins it while it goes on"
    second.refresh_from_db()
    assert second.attempts == 0
    answers.set()
    wait_until(lambda: bool(server.taken), "the late answer")
    monkeypatch.setattr(sending, "ANSWER_SECONDS", 30.0)
    assert send_due() == 2
    assert [message.to for message in server.taken] == [["ada@example.org"], ["bob@example.org"]]
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("sent", 1)


@pytest.mark.django_db(transaction=True)
def test_a_message_that_comes_while_another_thread_sends_is_sent_by_that_thread(
    iria_news: MailingList, server: ScriptedServer
) -> None:
    """Its own nudge neither waits nor leaves it to beat."""
    asked(iria_news)
    nudged: list[int] = []

    def meanwhile() -> None:
        if not nudged:
            try:
                asked(iria_news, "bob@example.org")
                nudged.append(send_due())
            finally:
                connection.close()

    server.before_answering = meanwhile
    assert send_due() == 2
    assert nudged == [0]
    assert [message.to for message in server.taken] == [["ada@example.org"], ["bob@example.org"]]


def test_of_two_who_claim_a_row_one_has_it(iria_news: MailingList) -> None:
    row = asked(iria_news)
    as_another_saw_it = Message.objects.get(pk=row.pk)
    assert sending._claim(row)
    assert not sending._claim(as_another_saw_it)


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_send_each_mail_once(iria_news: MailingList, server: ScriptedServer) -> None:
    for number in range(12):
        asked(iria_news, f"reader{number}@example.org")
    start = threading.Barrier(4)
    sent: list[int] = []

    def work() -> None:
        start.wait()
        try:
            sent.append(send_due())
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(sent) == 12
    assert len({message.to[0] for message in server.taken}) == len(server.taken) == 12
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}


@pytest.fixture
def broken_broker(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OperationalError("Connection refused")

    settings.IRIA_ROLE = "worker"
    monkeypatch.setattr(current_app, "send_task", refuse)


def test_with_the_broker_down_the_visitor_sees_nothing_of_it_and_the_mail_goes_later(
    iria_news: MailingList,
    broken_broker: None,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        response = Client().post("/subscribe/", {"email": "ada@example.org"})
    assert len(callbacks) == 1
    assert response.status_code == 200
    assert "Broker not reached" in caplog.text
    assert FormRequest.objects.exists()
    assert tasks.send_messages() == 1
    assert len(mail.outbox) == 1


def test_the_task_sends_the_mail_it_was_nudged_for_first(iria_news: MailingList, server: ScriptedServer) -> None:
    asked(iria_news, "first@example.org")
    row = asked(iria_news, "second@example.org")
    assert tasks.send_messages(row.pk) == 2
    assert [message.to for message in server.taken] == [["second@example.org"], ["first@example.org"]]
    assert tasks.send_messages(row.pk) == 0  # a nudge that came twice


def test_who_is_suppressed_while_others_are_being_sent_to_gets_nothing(
    iria_news: MailingList, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(iria_news)
    asked(iria_news, "bea@example.org")
    done: list[bool] = []

    def meanwhile(mail: object) -> bool:
        done.append(suppression.suppress("bea@example.org", reason=Suppression.Reason.COMPLAINT))
        return True

    answered = sending._settle
    monkeypatch.setattr(sending, "_settle", lambda *args: meanwhile(args) and answered(*args))
    assert send_due() == 1
    assert [message.to for message in server.taken] == [["ada@example.org"]]
    assert Message.objects.get(address="bea@example.org").state == "dropped"


def test_who_was_erased_gets_nothing_whatever_was_left_behind(iria_news: MailingList, server: ScriptedServer) -> None:
    row = asked(iria_news)
    Subscriber.objects.all().delete()
    assert send_due() == 0
    row.refresh_from_db()
    assert (row.state, row.reply) == ("dropped", "the person was erased")


def test_an_erasure_takes_the_messages_along(iria_news: MailingList, server: ScriptedServer) -> None:
    asked(iria_news)
    asked(iria_news, "bob@example.org")
    erase(Subscriber.objects.get(email="ada@example.org"), note="by letter", by="bea")
    assert list(Message.objects.values_list("address", flat=True)) == ["bob@example.org"]


def test_messages_and_editions_never_share_a_transport(settings: Settings) -> None:
    messages = open_transport(NO_RECORD, Traffic.MESSAGES)
    assert open_transport(NO_RECORD, Traffic.MESSAGES) is messages
    assert open_transport(NO_RECORD, Traffic.EDITIONS) is not messages
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", "smtp://127.0.0.1:9")
    assert open_transport(NO_RECORD, Traffic.MESSAGES) is not messages
