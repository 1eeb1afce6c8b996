"""A Django email backend as the way out: what the service said is what became of the mail, and silence is doubt."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
    AnymailUnsupportedFeature,
)
from anymail.message import AnymailRecipientStatus, AnymailStatus
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from pytest_django import Settings

from iria import env
from mail import routing
from mail.esp.backend import BackendChannel
from mail.transport import NoAnswer, Outgoing, TransportError, Unbuildable
from newsletters.delivery.engine import sending
from newsletters.delivery.ledger.members import Member
from newsletters.models import Delivery, Edition, Newsletter
from tests.factories import make_edition, make_reader, start

Answer = Callable[[EmailMultiAlternatives], int]


class Scripted(BaseEmailBackend):
    answer: Answer = staticmethod(lambda message: 1)

    def send_messages(self, messages: Any) -> int:
        return sum(Scripted.answer(message) for message in messages)


def send(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.setattr(Scripted, "answer", staticmethod(answer))
    made = EmailMultiAlternatives("Subject", "Text", "news@iria.example", ["anna@example.org"])
    channel = BackendChannel(f"{__name__}.Scripted")
    outgoing = Outgoing(Member(1, 1), "anna@example.org", "news@iria.example", lambda: made, 0.0)
    try:
        result = channel.send(outgoing)
    except NoAnswer as silence:
        result = silence.result(outgoing)
    return str(result.outcome), result.reason


def fails(error: Exception) -> Answer:
    def answer(message: EmailMultiAlternatives) -> int:
        raise error

    return answer


def says(status: str) -> Answer:
    def answer(message: Any) -> int:
        message.anymail_status = AnymailStatus()
        message.anymail_status.set_recipient_status({message.to[0]: AnymailRecipientStatus("0a1b", status)})
        return 1

    return answer


def http_error(status: int) -> AnymailAPIError:
    response = requests.Response()
    response.status_code = status
    return AnymailRequestsAPIError("no", response=response)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (lambda message: 1, ("accepted", "")),
        (lambda message: 0, ("rejected", "refused")),
        (says("queued"), ("accepted", "")),
        (says("rejected"), ("rejected", "refused")),
        (says("unknown"), ("in_doubt", "service_unknown")),
        (fails(AnymailRecipientsRefused("no")), ("rejected", "refused")),
        (fails(http_error(422)), ("rejected", "service_422")),
        (fails(http_error(408)), ("in_doubt", "service_no_answer")),
        (fails(http_error(502)), ("in_doubt", "service_no_answer")),
        (fails(AnymailAPIError("the connection broke")), ("in_doubt", "service_no_answer")),
    ],
)
def test_an_answer_of_the_service_becomes_an_outcome(
    answer: Answer, outcome: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send(answer, monkeypatch) == outcome


@pytest.mark.parametrize("error", [http_error(code) for code in (401, 402, 403, 404)] + [AnymailConfigurationError()])
def test_trouble_with_our_account_is_no_recipients_fault(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one expired card would refuse an edition to everybody, for good."""
    with pytest.raises(TransportError) as trouble:
        send(fails(error), monkeypatch)
    assert trouble.value.fatal


def test_what_a_service_cannot_say_is_not_said_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unbuildable):
        send(fails(AnymailUnsupportedFeature("no such header")), monkeypatch)


def test_a_service_that_cannot_be_reached_changes_nobodys_state(newsletter: Newsletter, settings: Settings) -> None:
    """By anymail's own backend: its error is one of the API, and only its cause says that no connection was made."""
    make_reader(newsletter.mailing_list)
    start(make_edition(newsletter))
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody_listens.getsockname()[1]}/"
        settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "secret", "POSTMARK_API_URL": address}
        settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", "anymail.backends.postmark.EmailBackend")
        routing.close_transports()
        sending.send_slice()
        routing.close_transports()
    assert not Delivery.objects.exists()
    assert Edition.objects.get().trouble == "The email service cannot be reached."


def test_an_edition_goes_out_through_a_backend(newsletter: Newsletter, settings: Settings) -> None:
    people = [make_reader(newsletter.mailing_list) for _ in range(12)]
    start(make_edition(newsletter))
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", "django.core.mail.backends.locmem.EmailBackend")
    routing.close_transports()
    assert sending.send_slice() == 12
    routing.close_transports()
    assert Counter(address for message in mail.outbox for address in message.to) == {p.email: 1 for p in people}
    assert set(Delivery.objects.values_list("outcome", flat=True)) == {"accepted"}
