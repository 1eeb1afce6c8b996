"""What came in is kept once, read whatever else fails, and forgotten after some weeks; servers hand it to a command."""

from __future__ import annotations

import io
import sys
import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection, connections
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from newsletters.events.receiving import keeping, reading
from newsletters.events.receiving.mail import receive
from newsletters.models import Edition, Feedback, RawEvent
from subscribers.models import Subscriber
from tests.factories import make_edition, make_list, make_newsletter, make_reader
from tests.newsletters.events.incoming_mail.mails import mail
from tests.newsletters.events.sent_mail import UNKNOWN, bounce, path_of, sent_to

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("return_paths")]


@pytest.fixture
def ada() -> Subscriber:
    return make_reader(make_list(), email="ada@reader.example")


@pytest.fixture
def edition(ada: Subscriber) -> Edition:
    edition = make_edition(make_newsletter(ada.subscriptions.get().mailing_list))
    sent_to(edition, ada)
    return edition


def test_an_event_that_cannot_be_processed_waits_and_is_shown(
    edition: Edition, ada: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> reading.Found:
        raise RuntimeError("a defect")

    monkeypatch.setitem(reading._readers, "mail", fail)
    assert receive(bounce(path_of(edition, ada), ada.email, UNKNOWN)) is not None
    for attempt in range(1, reading.MOST_ATTEMPTS + 1):
        event = RawEvent.objects.get()
        assert (event.attempts, event.error) == (attempt, "RuntimeError: a defect")
        assert reading.read_waiting() == 0  # not due yet
        RawEvent.objects.update(due_at=timezone.now())
        reading.read_waiting()
    assert RawEvent.objects.get().state == RawEvent.State.FAILED


@pytest.mark.parametrize("error", [OperationalError("canceling statement due to statement timeout"), KeyError("x")])
def test_an_event_that_always_fails_holds_up_nothing_behind_it(
    error: Exception, edition: Edition, ada: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (kept for body in (b"bad", b"good") if (kept := keeping.keep_once("mail", body)))

    def read(event: RawEvent, _body: bytes) -> reading.Found:
        if event.pk == bad.pk:
            raise error
        return reading.Found("other")

    monkeypatch.setitem(reading._readers, "mail", read)
    reading.read_waiting()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.attempts, bad.state, good.state) == (1, RawEvent.State.WAITING, RawEvent.State.DONE)
    assert str(error) in bad.error


@pytest.mark.parametrize("error", [OperationalError("server closed the connection"), InterfaceError("it is closed")])
def test_an_event_has_no_fault_in_it_when_the_database_is_gone(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_event: RawEvent, _body: bytes) -> reading.Found:
        raise error

    monkeypatch.setitem(reading._readers, "mail", read)
    keeping.keep_once("mail", b"x")
    monkeypatch.setattr(connections["default"], "is_usable", lambda: False)
    with pytest.raises(type(error)):
        reading.read_waiting()
    assert RawEvent.objects.get().attempts == 0


def test_what_is_old_is_forgotten_without_reading_it(
    edition: Edition, ada: Subscriber, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """A body may have 10 MB."""
    receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    RawEvent.objects.update(received_at=timezone.now() - timedelta(days=31))
    with django_assert_max_num_queries(10) as asked:
        assert keeping.forget_old() == 1
    assert not [query["sql"] for query in asked.captured_queries if '"body"' in query["sql"]]


def test_what_came_in_is_forgotten_after_some_weeks_and_what_was_done_is_not(edition: Edition, ada: Subscriber) -> None:
    receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    assert keeping.forget_old() == 0
    RawEvent.objects.update(received_at=timezone.now() - timedelta(days=31))
    assert keeping.forget_old() == 1
    assert Feedback.objects.get().raw is None


def test_the_command_takes_a_mail_from_a_server(
    edition: Edition, ada: Subscriber, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = bounce(path_of(edition, ada), ada.email, UNKNOWN)
    for said in ("hard: address suppressed", "Received before."):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        call_command("receive_mail")
        assert capsys.readouterr().out.strip() == said
    ada.refresh_from_db()
    assert ada.is_suppressed


def test_the_command_says_what_is_not_kept(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    raw = mail("spam@else.example", "Buy", "Now")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    call_command("receive_mail", recipient="unsubscribe@bounce.iria.example")
    assert capsys.readouterr().out == "Nothing of ours, and not kept.\n"
    assert not RawEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_calls_at_once_with_one_identity_one_is_kept_whichever_source_they_came_by() -> None:
    """Each has looked for the other's before either is there, unless the database makes them take turns."""
    sources = ["mailgun", "mailgun-in"] * 3
    together = threading.Barrier(len(sources))
    kept: list[bool] = []

    def keep(source: str) -> None:
        try:
            together.wait(20)
            others = tuple(set(sources) - {source})
            kept.append(keeping.keep_once(source, source.encode(), identity=b"token", or_of=others) is not None)
        finally:
            connection.close()

    threads = [threading.Thread(target=keep, args=[source]) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(kept) == [False] * 5 + [True]
    assert RawEvent.objects.count() == 1
