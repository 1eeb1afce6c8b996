"""An HTTP service behind anymail's own backends: what each answer makes of the mail, its journal and the next calls."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.utils.http import http_date
from pytest_django import Settings

from mail.esp.backend import BackendChannel
from mail.esp.pool import Pool
from mail.results import Result, Verdict
from mail.transport import NO_RECORD, Outgoing, Why
from newsletters.delivery.ledger.members import Member
from tests.mail.esp.mail_service import MailService, Says
from tests.mail.esp.test_pool import Hearing
from tests.newsletters.delivery.conftest import Clock
from tests.newsletters.delivery.engine.conftest import NOW, POSTMARK, UNTIL, asks

ANNA, ARCHIVE = "anna@readers.example", "archive@iria.example"


@pytest.fixture
def hearing() -> Hearing:
    """What the journal is told."""
    return Hearing(RuntimeError("not a channel here"))


@pytest.fixture
def pool(hearing: Hearing) -> Iterator[Pool]:
    pool = Pool(lambda: BackendChannel(POSTMARK), size=4, recorder=hearing)
    yield pool
    pool.close()


def outgoing(number: int = 1, email: str = ANNA) -> Outgoing:
    message = EmailMultiAlternatives("Subject", "Text", "news@iria.example", [email])
    return Outgoing(Member(number, 1), email, "news@iria.example", lambda: message, time.monotonic() + 60)


def became(pool: Pool, *mails: Outgoing) -> list[str]:
    for mail in mails:
        pool.submit(mail)
    back = pool.collect(at_least=len(mails), within=60)
    assert {mail.key for mail, _ in back} == {mail.key for mail in mails}
    return [f"{what.outcome} {what.reason}".rstrip() if isinstance(what, Result) else str(what) for _, what in back]


def inactive(address: str) -> str:
    """Postmark's words about a copy that it does not deliver."""
    return (
        f"Message OK, but will not deliver to these inactive addresses: {address}. Inactive recipients are ones that"
        " have generated a hard bounce or a spam complaint."
    )


SLOW_DOWN = "The email service asks us to slow down."

# An answer; what becomes of the mail; why the next ones wait.
ANSWERS: dict[str, tuple[Says | Callable[[dict[str, Any]], Says], str, str]] = {
    "taken": (Says.taken, "accepted", ""),
    "taken, delayed": (
        lambda call: Says.taken(call, words="Message accepted, but delivery may be delayed."), "accepted", "",
    ),
    "an address it knows as dead": (
        Says.refused(406, f"You tried to send to a recipient that has been marked as inactive.\n"
                          f"Found inactive addresses: {ANNA}.\nInactive recipients are ones that bounced."),
        "rejected refused", "",
    ),
    "an address it cannot read": (
        Says.refused(300, f"Invalid 'To' address: '{ANNA}'."), "rejected refused", "",
    ),
    "a mail it does not take": (Says.refused(300, "Invalid metadata content."), "rejected service_422", ""),
    "a wrong key": (
        Says.refused(10, "No Account or Server API tokens were supplied.", status=401), "unreachable",
        "The email service refuses our account: 401.",
    ),
    "429, seconds": (asks(429, "120"), "unreachable", UNTIL.format("14:05:12")),
    "429, a date": (asks(429, http_date(NOW + 120)), "unreachable", UNTIL.format("14:05:12")),
    "429, a date in RFC 850's form": (
        asks(429, "Tuesday, 03-Mar-26 14:05:12 GMT"), "unreachable", UNTIL.format("14:05:12"),
    ),
    "429, a date that is over": (asks(429, http_date(NOW - 3600)), "unreachable", UNTIL.format("14:03:13")),
    "429, at once": (asks(429, "0"), "unreachable", UNTIL.format("14:03:13")),
    "429, a day": (
        asks(429, "86400"), "unreachable", "The email service asks us to wait; it is asked again at 14:08:12 UTC.",
    ),
    "429, more digits than a number has": (
        asks(429, "9" * 5000), "unreachable", "The email service asks us to wait; it is asked again at 14:08:12 UTC.",
    ),
    "429": (asks(429, None), "unreachable", SLOW_DOWN),
    "429, no time that can be read": (asks(429, "soon"), "unreachable", SLOW_DOWN),
    "503, seconds": (asks(503, "120"), "unreachable", UNTIL.format("14:05:12")),
    "503, a date": (asks(503, http_date(NOW + 120)), "unreachable", UNTIL.format("14:05:12")),
    "503": (
        asks(503, None), "in_doubt service_no_answer", "The email service fails to answer properly: 503.",
    ),
    "500": (Says(500), "in_doubt service_no_answer", "The email service fails to answer properly: 500."),
    "500 with Retry-After": (
        asks(500, "120"), "in_doubt service_no_answer", "The email service fails to answer properly: 500.",
    ),
    "200 and nothing else": (
        Says(200), "in_doubt service_no_answer", "The email service fails to answer properly: 200.",
    ),
    "it hangs up": (Says(None), "in_doubt service_no_answer", "The email service does not answer."),
    "silence": (Says(waits=True), "in_doubt service_no_answer", "The email service does not answer."),
}  # fmt: skip


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("case", ANSWERS)
def test_what_an_answer_makes_of_a_mail_of_its_journal_and_of_the_next(
    case: str, service: MailService, pool: Pool, hearing: Hearing, settings: Settings
) -> None:
    answer, outcome, why = ANSWERS[case]
    if case == "silence":
        settings.ANYMAIL = {**settings.ANYMAIL, "REQUESTS_TIMEOUT": 0.2}

    def told(call: dict[str, Any]) -> Says:
        hearing.heard.append("call")
        return answer if isinstance(answer, Says) else answer(call)

    service.answer = told
    assert became(pool, outgoing()) == [outcome]
    last = "revoke" if outcome == "unreachable" else f"outcome {outcome.split()[0]}"
    assert hearing.heard == ["intent", "call", last]
    assert str(pool.trouble or "") == why

    service.answer = Says.taken
    others = [outgoing(number) for number in (2, 3, 4)]
    assert set(became(pool, *others)) == ({"unreachable"} if why else {"accepted"})
    assert len(service.calls) == (1 if why else 4)
    if why:
        assert hearing.heard == ["intent", "call", last], "nothing was said of what did not begin"


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (asks(429, "120"), 120), (asks(429, http_date(NOW + 120)), 120), (asks(503, "120"), 120),
        (asks(429, "0"), 1), (asks(429, "86400"), 300), (asks(429, None), 5), (Says(500), 5),
    ],
)  # fmt: skip
def test_the_wait_is_as_long_as_it_says_and_then_one_call_tries(
    answer: Says, seconds: int, service: MailService, pool: Pool, clock: Clock
) -> None:
    service.answer = lambda call: answer
    became(pool, outgoing())
    service.answer = Says.taken
    clock.now += seconds - 0.5
    assert pool.room == 0
    assert became(pool, outgoing(2)) == ["unreachable"]
    clock.now += 0.5
    assert pool.trouble is None
    assert pool.room == 1
    assert became(pool, outgoing(3)) == ["accepted"]
    assert pool.room >= 8
    assert len(service.calls) == 2


def test_a_call_that_ends_well_meanwhile_does_not_cut_the_wait_short(
    service: MailService, pool: Pool, hearing: Hearing, clock: Clock
) -> None:
    all_there, may_answer = threading.Barrier(4), threading.Event()

    def told(call: dict[str, Any]) -> Says:
        if all_there.wait(timeout=30) == 0:
            return asks(429, "120")
        may_answer.wait(timeout=30)
        return Says.taken(call)

    service.answer = told
    for number in range(4):
        pool.submit(outgoing(number))
    assert [what for _, what in pool.collect(at_least=1, within=30)] == [Why.UNREACHABLE]
    assert pool.trouble is not None
    may_answer.set()
    rest = pool.collect(at_least=3, within=30)
    assert [what.outcome for _, what in rest if isinstance(what, Result)] == [Verdict.ACCEPTED] * 3
    assert str(pool.trouble) == UNTIL.format("14:05:12")
    assert became(pool, outgoing(5)) == ["unreachable"]
    assert len(service.calls) == 4
    assert Counter(hearing.heard) == {"intent": 4, "revoke": 1, "outcome accepted": 3}


# --- no connection ----------------------------------------------------------------------------------------------
def test_a_service_without_tls_is_told_nothing_and_three_tries_are_enough(
    service: MailService, pool: Pool, clock: Clock, settings: Settings
) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": service.url.replace("http:", "https:")}
    fatal = []
    for number in range(3):
        assert became(pool, outgoing(number)) == ["unreachable"]
        assert pool.trouble is not None
        assert "no secure connection" in str(pool.trouble)
        fatal.append(pool.trouble.fatal)
        clock.now += 60
    assert fatal == [False, False, True]
    assert service.calls == []


def test_a_service_that_dawdles_before_tls_is_there_was_told_nothing(
    service: MailService, pool: Pool, hearing: Hearing, settings: Settings
) -> None:
    """The system takes the connection for a listener that never looks; so TLS waits for its answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": address, "REQUESTS_TIMEOUT": 0.2}
        assert became(pool, outgoing()) == ["unreachable"]
    assert str(pool.trouble) == "The email service cannot be reached."
    assert hearing.heard == ["intent", "revoke"]


def test_a_service_that_nobody_knows_is_said_so(service: MailService, pool: Pool, settings: Settings) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": "http://nobody.invalid/"}
    assert became(pool, outgoing()) == ["unreachable"]
    assert str(pool.trouble) == "The email service's host name can't be found. Check its address."


# --- statuses ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("dead", "outcome"),
    [(ARCHIVE, "accepted"), (ANNA, "rejected refused"), (f"{ANNA}, {ARCHIVE}", "rejected refused")],
)
def test_of_several_statuses_the_recipients_own_counts(
    dead: str, outcome: str, service: MailService, pool: Pool, settings: Settings
) -> None:
    """An installation may have a copy of each mail sent to its archive."""
    settings.ANYMAIL = {**settings.ANYMAIL, "SEND_DEFAULTS": {"bcc": [ARCHIVE]}}
    service.answer = lambda call: Says.taken(call, words=inactive(dead))
    assert became(pool, outgoing()) == [outcome]
    assert service.calls[0]["Bcc"] == ARCHIVE


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ({ANNA: "sent"}, "accepted"),
        ({ANNA: "queued", ARCHIVE: "rejected"}, "accepted"),
        ({"Anna@READERS.example": "sent", ARCHIVE: "rejected"}, "accepted"),
        ({ANNA: "rejected", ARCHIVE: "sent"}, "rejected refused"),
        ({ANNA: "invalid"}, "rejected refused"),
        ({ANNA: "scheduled", ARCHIVE: "sent"}, "in_doubt service_unknown"),
        ({"somebody@readers.example": "sent"}, "accepted"),
    ],
)
def test_a_status_is_found_however_the_address_is_written(
    statuses: dict[str, str], outcome: str, service: MailService
) -> None:
    """By Mandrill's API, which gives a status for each."""
    service.answer = lambda call: Says(body=[{"email": to, "status": what} for to, what in statuses.items()])
    pool = Pool(lambda: BackendChannel("anymail.backends.mandrill.EmailBackend"), size=1, recorder=NO_RECORD)
    assert became(pool, outgoing()) == [outcome]
    assert pool.trouble is None
    pool.close()


# --- whole editions ---------------------------------------------------------------------------------------------
