"""What keeps an edition from leaving by SMTP: how often it is tried, what is said, and that nobody's state changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from iria import env
from mail import routing
from newsletters.delivery.engine import sending
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.editions import transitions
from newsletters.models import Delivery, Edition, Newsletter
from tests.factories import make_edition, make_reader, start
from tests.newsletters.delivery.conftest import Clock
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.slow

READERS = 12


@pytest.fixture
def edition(newsletter: Newsletter) -> Iterator[Edition]:
    """Being sent."""
    for _ in range(READERS):
        make_reader(newsletter.mailing_list)
    yield start(make_edition(newsletter))
    routing.close_transports()


def send_by(url: str, settings: Settings) -> None:
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", url)
    routing.close_transports()


def nobodys_state_changed(edition: Edition) -> bool:
    sums = count_outcomes(edition)
    return sums.waiting == sums.candidates == READERS and not Delivery.objects.exists()


REFUSALS = {
    "a wrong password": (
        "smtp://iria:wrong@127.0.0.1:{}/",
        "refuses the user name or password: 535 5.7.8 Who are you?",
    ),
    "no TLS": (
        "smtp://iria:right@127.0.0.1:{}/?tls=starttls",
        "offers no STARTTLS, but EMAIL_URL asks for it or has a password. Only tls=none goes without encryption.",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refused_login_and_missing_tls_are_tried_three_times_and_then_the_edition_waits_for_a_person(
    case: str, edition: Edition, clock: Clock, settings: Settings, tmp_path: Path
) -> None:
    url, words = REFUSALS[case]
    with SmtpServer(tmp_path / "smtp", login=True) as server:
        words = f"The mail server 127.0.0.1:{server.port} {words}"
        send_by(url.format(server.port), settings)
        for tries in (1, 2, 3):
            edition.refresh_from_db()
            assert edition.status == Edition.Status.SENDING
            assert edition.trouble == (words if tries > 1 else "")
            sending.send_slice()
            sending.send_slice()  # too soon for another try
            assert server.connections() == tries
            clock.now += 60
        sending.send_slice()
        assert server.connections() == 3
        edition.refresh_from_db()
        assert edition.status == Edition.Status.PAUSED
        assert edition.paused_why == words
        assert nobodys_state_changed(edition)
        assert server.notes() == [], "no MAIL was said"

        # Whoever mends it and resumes the edition finds everybody still waiting.
        send_by(f"smtp://iria:right@127.0.0.1:{server.port}/", settings)
        transitions.resume(edition.pk, by="Ada")
        sending.send_slice()
        assert count_outcomes(edition).accepted == READERS
        taken = Counter(address for mail in server.taken() for address in mail.recipients)
        assert len(taken) == READERS
        assert set(taken.values()) == {1}


def test_an_unknown_host_is_said_so_and_tried_again_without_a_pause(
    edition: Edition, clock: Clock, settings: Settings
) -> None:
    send_by("smtp://nobody.invalid/", settings)
    for _ in range(4):
        sending.send_slice()
        edition.refresh_from_db()
        assert edition.trouble == "The mail server “nobody.invalid” can't be found. Check EMAIL_URL."
        assert edition.status == Edition.Status.SENDING
        clock.now += 60
        Edition.objects.update(trouble="")  # so that the next try must say it anew
    assert nobodys_state_changed(edition)
