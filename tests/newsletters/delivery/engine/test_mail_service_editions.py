"""Whole editions through a mail service that asks to wait, fails, or refuses the key."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from iria import env
from mail import routing
from newsletters.delivery.engine import sending
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.models import Attempt, Delivery, Edition, Newsletter
from tests.factories import make_edition, make_reader, start
from tests.mail.esp.mail_service import MailService, Says
from tests.newsletters.delivery.conftest import Clock
from tests.newsletters.delivery.engine.conftest import POSTMARK, UNTIL, asks

READERS = 30


@pytest.fixture
def edition(service: MailService, clock: Clock, newsletter: Newsletter, settings: Settings) -> Iterator[Edition]:
    """Being sent through the service, ten calls at once."""
    for number in range(READERS):
        make_reader(newsletter.mailing_list, email=f"reader-{number}@readers.example")
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", POSTMARK)
    routing.close_transports()
    yield start(make_edition(newsletter))
    routing.close_transports()


def send() -> int:
    """Slices until the answer to every call that was on its way is known, however busy the machine is."""
    settled = sending.send_slice()
    ends = time.monotonic() + 60
    while sending.holds_anything():
        assert time.monotonic() < ends
        settled += sending.send_slice()
    return settled


def everybody_got_it_once(edition: Edition, service: MailService, *, but: int = 0) -> None:
    sums = count_outcomes(edition)
    assert (sums.accepted, sums.in_doubt, sums.accounted_for) == (READERS - but, but, READERS)
    taken = Counter(service.addresses)
    assert len(taken) == READERS
    assert set(taken.values()) == {1}


def test_an_edition_waits_as_long_as_the_service_asks_and_nobodys_state_changes(
    edition: Edition, service: MailService, clock: Clock
) -> None:
    service.answer = lambda call: asks(429, "120")
    send()
    assert 1 <= len(service.calls) <= 10, "only those that were on their way at once"
    for _ in range(5):  # more often than a refusal of our account would be taken
        calls = len(service.calls)
        assert send() == 0
        assert len(service.calls) == calls
        edition.refresh_from_db()
        assert edition.trouble == UNTIL.format("14:05:12")
        assert edition.status == Edition.Status.SENDING
        clock.now += 120
        send()
        assert len(service.calls) == calls + 1
    assert not Delivery.objects.exists()
    assert not Attempt.objects.exists()
    sums = count_outcomes(edition)
    assert (sums.waiting, sums.candidates) == (READERS, READERS)

    service.calls.clear()
    service.answer = Says.taken
    clock.now += 120
    send()
    everybody_got_it_once(edition, service)
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}
    edition.refresh_from_db()
    assert edition.trouble == ""


def test_a_service_that_fails_leaves_no_more_in_doubt_than_were_on_their_way(
    edition: Edition, service: MailService, clock: Clock
) -> None:
    service.answer = lambda call: Says(500)
    send()
    doubted = len(service.calls)
    assert 1 <= doubted <= 10
    assert send() == 0
    clock.now += 5
    send()  # one tries
    assert len(service.calls) == doubted + 1
    sums = count_outcomes(edition)
    assert (sums.in_doubt, sums.waiting) == (doubted + 1, READERS - doubted - 1)
    edition.refresh_from_db()
    assert edition.status == Edition.Status.SENDING
    assert edition.trouble == "The email service fails to answer properly: 500."

    service.answer = Says.taken
    clock.now += 10
    send()
    everybody_got_it_once(edition, service, but=doubted + 1)


def test_a_wrong_key_pauses_the_edition_after_three_tries(edition: Edition, service: MailService, clock: Clock) -> None:
    service.answer = lambda call: Says(401)
    send()
    first = len(service.calls)
    assert 1 <= first <= 10
    for tries in (2, 3):
        edition.refresh_from_db()
        assert edition.status == Edition.Status.SENDING
        assert edition.trouble == "The email service refuses our account: 401."
        clock.now += 10
        send()
        assert len(service.calls) == first + tries - 1
    edition.refresh_from_db()
    assert edition.status == Edition.Status.PAUSED
    assert edition.paused_why == "The email service refuses our account: 401."
    assert not Delivery.objects.exists()
