"""A server whose next answers a test writes, behind the same pool of channels that every mail service has."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.core.mail import EmailMultiAlternatives

from mail.esp.pool import Pool
from mail.models import Message
from mail.outbox import sending
from mail.results import Result, Verdict, from_reply
from mail.routing import Traffic
from mail.transport import NO_RECORD, Outgoing, Recorder, Transport
from subscribers.models import MailingList
from subscribers.signup.double_opt_in import SignupRequest, request_subscription


class ScriptedServer:
    """Gives each message the next answer; without one it takes it. An answer that is an exception is raised."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str] | BaseException] = []
        self.taken: list[EmailMultiAlternatives] = []
        self.before_answering: Callable[[], object] = lambda: None

    def send(self, mail: Outgoing) -> Result:
        self.before_answering()
        message = mail.message()
        answer = self.answers.pop(0) if self.answers else (250, "2.0.0 Ok")
        if isinstance(answer, BaseException):
            raise answer
        code, words = answer
        mail.data(eight_bits=True)  # as every real channel does: finds bad headers
        result = from_reply(mail.key, code, words, stage="final", email=mail.email)
        if result.outcome == Verdict.ACCEPTED:
            self.taken.append(message)
        return result

    def close(self) -> None: ...

    def abort(self) -> None: ...


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    channel = ScriptedServer()
    pool = Pool(lambda: channel, size=1, recorder=NO_RECORD)

    def open_transport(recorder: Recorder, traffic: Traffic) -> Transport:
        assert traffic is Traffic.MESSAGES
        return pool

    monkeypatch.setattr(sending, "open_transport", open_transport)
    yield channel
    pool.close()


def asked(mailing_list: MailingList, email: str = "ada@example.org") -> Message:
    """The confirmation in the outbox of someone who has just signed up."""
    request_subscription(SignupRequest(email=email, lists=[mailing_list]))
    return Message.objects.get(address=email, kind="confirmation")
