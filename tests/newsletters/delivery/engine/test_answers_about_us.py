"""Answers that are about us and not about a reader, from a real server: who waits, what is counted, what is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from iria import env
from mail import routing
from mail.models import RouteRate
from newsletters.delivery import progress
from newsletters.delivery.engine import sending, trouble
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.editions import transitions
from newsletters.models import Attempt, Chunk, Delivery, Edition, Newsletter
from tests.factories import make_edition, make_reader, start
from tests.newsletters.delivery.conftest import Clock
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.slow
Serving = Callable[..., SmtpServer]


@pytest.fixture
def serving(tmp_path: Path, settings: Settings) -> Iterator[Serving]:
    """A server with manners, to which this process's transport sends."""
    started: list[SmtpServer] = []

    def serve(**manners: Any) -> SmtpServer:
        server = SmtpServer(tmp_path / f"smtp-{len(started)}", **manners)
        started.append(server)
        settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", server.url)
        routing.close_transports()
        return server

    yield serve
    routing.close_transports()
    for server in started:
        server.stop()


def edition_to(newsletter: Newsletter, *emails: str) -> Edition:
    for email in emails:
        make_reader(newsletter.mailing_list, email=email)
    return start(make_edition(newsletter))


def anybody(count: int) -> list[str]:
    return [f"anna-{number}@readers.example" for number in range(count)]


def taken_by(server: SmtpServer) -> Counter[str]:
    return Counter(address for mail in server.taken() for address in mail.recipients)


@contextmanager
def told(edition: Edition) -> Iterator[list[str]]:
    """What the page of the edition says, as far as anything is waited for."""
    edition.refresh_from_db()
    yield progress.reasons(edition, count_outcomes(edition))


@pytest.mark.either_database  # a rate is a row: tests/mail/test_route_rates.py
@pytest.mark.parametrize("at", ["mail", "rcpt", "final"])
@pytest.mark.parametrize(
    "words", ["454 Throttling failure: Maximum sending rate exceeded.", "421 4.7.28 Unusual rate of mail, closing"]
)
def test_too_fast_slows_the_route_and_counts_no_attempt(
    newsletter: Newsletter, serving: Serving, words: str, at: str
) -> None:
    server = serving(rate=100, too_fast=words, at=at)
    edition = edition_to(newsletter, *anybody(150))
    while not RouteRate.objects.exists():
        assert sending.send_slice(seconds=2), "nothing moved"
    said = progress.reasons(Edition.objects.get(pk=edition.pk), count_outcomes(edition))
    assert any(words in sentence and "no attempt is counted" in sentence for sentence in said)
    while count_outcomes(edition).accepted < 150:
        assert sending.send_slice(seconds=20), "nothing moved for twenty seconds"
    assert taken_by(server) == dict.fromkeys(anybody(150), 1)
    assert set(Delivery.objects.values_list("outcome", "attempts")) == {("accepted", 1)}
    assert not Attempt.objects.exists()
    assert server.notes().count("too fast") < 300, "it was asked again and again"


def test_the_rate_is_remembered_so_the_next_edition_begins_at_it(newsletter: Newsletter, serving: Serving) -> None:
    server = serving(rate=100)
    edition_to(newsletter, *anybody(60))
    while sending.send_slice(seconds=5):
        pass
    before = server.notes().count("too fast")
    other = start(make_edition(newsletter))
    sending.send_slice(seconds=5)
    assert count_outcomes(other).accepted == 60
    assert server.notes().count("too fast") <= before + 20


def test_one_who_closes_connections_is_deferred_and_nobody_else_waits(
    newsletter: Newsletter, serving: Serving, clock: Clock
) -> None:
    server = serving()
    edition = edition_to(newsletter, "close-me@readers.example", *anybody(40), "close-too@readers.example")
    sending.send_slice()
    sums = count_outcomes(edition)
    assert (sums.accepted, sums.deferred) == (40, 2)
    assert taken_by(server) == dict.fromkeys(anybody(40), 1)
    assert set(Delivery.objects.filter(outcome="deferred").values_list("reason", "attempts")) == {("rcpt_421", 1)}
    edition.refresh_from_db()
    assert edition.trouble == ""


@pytest.mark.parametrize("answer", ["450 4.3.0 Not now, please", "450 4.1.8 Domain of sender not found"])
def test_at_mail_it_is_about_us_so_the_edition_waits_and_says_the_words(
    newsletter: Newsletter, serving: Serving, clock: Clock, answer: str
) -> None:
    server = serving(sender=answer)
    edition = edition_to(newsletter, *anybody(20))
    sending.send_slice()
    sums = count_outcomes(edition)
    assert sums.waiting == sums.candidates == 20
    with told(edition) as sentences:
        assert any(answer in sentence for sentence in sentences)
    assert edition.status == Edition.Status.SENDING
    (server.folder / "let-in").touch()
    clock.now += 60
    sending.send_slice()
    assert count_outcomes(edition).accepted == 20
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("answer", ["", "552 5.3.4 Message size exceeds fixed limit"], ids=["SIZE", "552"])
def test_an_edition_that_is_too_large_for_everybody_is_paused_before_its_first_reader(
    newsletter: Newsletter, serving: Serving, clock: Clock, answer: str
) -> None:
    serving(sender=answer) if answer else serving(size=1000)
    edition = edition_to(newsletter, *anybody(20))
    sending.send_slice()
    edition.refresh_from_db()
    assert edition.status == Edition.Status.PAUSED
    assert edition.paused_why.startswith("It is too large for the mail server: ")
    assert (answer or "takes mails of up to 1000 bytes") in edition.paused_why
    sums = count_outcomes(edition)
    assert sums.waiting == sums.candidates == 20
    assert not Delivery.objects.exists()

    # At another server, whoever resumes it finds everybody still waiting.
    other = serving()
    transitions.resume(edition.pk, by="Ada")
    sending.send_slice()
    assert taken_by(other) == dict.fromkeys(anybody(20), 1)


def test_a_database_that_fails_while_it_is_judged_loses_no_answer(
    newsletter: Newsletter, serving: Serving, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving(sender="552 5.3.4 Message size exceeds fixed limit")
    edition = edition_to(newsletter, *anybody(20))
    real, failures = trouble.pause_edition, [OperationalError("meant")]

    def pause(edition_id: int, why: str) -> None:
        if failures:
            raise failures.pop()
        real(edition_id, why)

    monkeypatch.setattr(trouble, "pause_edition", pause)
    sending.send_slice()
    edition.refresh_from_db()
    assert not failures
    assert edition.status == Edition.Status.PAUSED
    sums = count_outcomes(edition)
    assert sums.waiting == sums.candidates == 20
    assert set(Chunk.objects.values_list("state", flat=True)) == {Chunk.State.READY}


def test_what_is_known_of_a_recipient_outlives_the_slice_of_time_that_an_answer_takes(
    newsletter: Newsletter, serving: Serving, clock: Clock
) -> None:
    """Postfix's hard error limit: 421 behind the refusals of dead addresses."""
    serving(errors=2)
    rejected = [f"reject-{number}@readers.example" for number in range(9)]
    edition = edition_to(newsletter, *rejected, *anybody(60))
    sending.send_slice()
    sums = count_outcomes(edition)
    assert (sums.accepted, sums.rejected) == (60, 9)
    assert set(Delivery.objects.filter(outcome="rejected").values_list("reason", flat=True)) == {"rcpt_550"}
    assert Delivery.objects.filter(settled_at__lte=timezone.now()).count() == 69
