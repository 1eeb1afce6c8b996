"""A mail server that stops offering TLS in the middle of a send: nothing goes in plain text, nobody's state changes,
and after three tries the edition waits for a person."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from iria import env
from mail import circuit_breaker, routing
from newsletters.delivery.engine import sending, stopping
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.models import Edition
from tests.factories import make_edition, make_list, make_newsletter, make_reader, start
from tests.faults.judge import CERTIFICATE, Judge

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
READERS = 60


@pytest.fixture
def judge(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Judge]:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    monkeypatch.setattr(circuit_breaker, "FIRST_WAIT", 0.05)
    with Judge(tmp_path / "judge", tls=True, delay=0.1) as judge:
        settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", judge.url)
        settings.CHUNK_SIZE = READERS // 2
        routing.close_transports()
        yield judge
        routing.close_transports()
        stopping.stopping.clear()


def test_without_tls_nothing_is_sent_and_the_edition_is_paused_after_three_tries(judge: Judge) -> None:
    newsletter = make_newsletter(make_list())
    for number in range(READERS):
        make_reader(newsletter.mailing_list, email=f"anna-{number:03d}@readers.example")
    edition = start(make_edition(newsletter))
    deadline = time.monotonic() + 30
    while not judge.count(edition.pk) and time.monotonic() < deadline:
        sending.send_slice(seconds=0.3)
    before = judge.count(edition.pk)
    assert 0 < before < READERS, "nothing, or everything, was sent before TLS went: this test proves nothing"

    judge.become(starttls=False)
    judge.restart()
    deadline = time.monotonic() + 30
    tries = 0
    while Edition.objects.get(pk=edition.pk).status == Edition.Status.SENDING and time.monotonic() < deadline:
        sending.send_slice(seconds=0.3)
        tries += 1

    edition = Edition.objects.get(pk=edition.pk)
    sums = count_outcomes(edition)
    print(f"paused in the {tries}th slice: {edition.paused_why}; {sums}")
    assert edition.status == Edition.Status.PAUSED
    assert "STARTTLS" in edition.paused_why
    assert judge.count(edition.pk) == before, "mails went in plain text"
    assert sums.accounted_for == sums.candidates == READERS
    assert (sums.rejected, sums.deferred, sums.handed_out) == (0, 0, 0)
    assert sums.accepted + sums.in_doubt == before
