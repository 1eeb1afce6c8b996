"""Answers that are about us or about the mail, and not about the one it is for: over real sockets, at every stage."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from iria import env
from mail.results import About, Result, is_about, limits_the_connection
from mail.smtp.smtp_transport import SmtpTransport
from mail.transport import NO_RECORD, NotTaken, Outgoing, Returned, Why
from tests.mail.smtp.test_smtp import outgoing
from tests.newsletters.delivery.conftest import Clock
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.slow

ANSWERS = {
    About.SPEED: [
        (454, "Throttling failure: Maximum sending rate exceeded.", "final"),
        (454, "Throttling failure: Daily message quota exceeded.", "final"),
        (432, "4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "final"),
        (421, "4.7.0 Try again later, closing connection.", "final"),
        (421, "4.7.28 Our system has detected an unusual rate of unsolicited mail", "mail"),
        (421, "4.3.2 The maximum number of concurrent connections has exceeded a limit", "mail"),
        (450, "4.7.1 <news@iria.example>: Sender address rejected: rate limit", "rcpt"),
        (450, "4.7.1 Error: too much mail from 192.0.2.1", "mail"),
        (451, "4.7.500 Server busy. Too many requests from you", "rcpt"),
        (452, "4.5.3 Too many messages from you this hour, slow down", "data"),
        (550, "5.4.5 Daily user sending limit exceeded", "final"),
    ],
    About.US: [
        (450, "4.3.0 Not now", "mail"),
        (451, "Requested action aborted", "mail"),
        (452, "4.3.1 Insufficient system storage", "mail"),
        (550, "5.7.1 Sender rejected", "mail"),
        (450, "4.1.8 <news@iria.example>: Sender address rejected: Domain not found", "rcpt"),
        (550, "5.1.8 <news@iria.example>: Sender address rejected: Domain not found", "rcpt"),
    ],
    About.SIZE: [
        (552, "Message size exceeds fixed maximum message size", "mail"),
        (552, "5.3.4 Message size exceeds fixed limit", "mail"),
        (552, "5.3.4 Message too big", "final"),
    ],
    About.RECIPIENT: [
        (550, "5.1.1 No such user", "rcpt"),
        (550, "No such user", "rcpt"),
        (554, "5.7.1 Message refused as spam", "final"),
        (451, "4.2.1 Mailbox busy", "rcpt"),
        (450, "4.2.1 The user you are trying to contact is receiving mail at a rate that is too high", "rcpt"),
        (452, "4.2.2 The recipient's inbox is out of storage space and over quota", "rcpt"),
        (452, "Mailbox over quota", "rcpt"),
        (450, "4.2.0 <a@b.example>: Recipient address rejected: Greylisted", "rcpt"),
        (450, "4.7.1 Greylisting in action, come back later", "rcpt"),
        (451, "4.7.1 Graylisted, try again later", "rcpt"),
        (421, "4.3.2 Not now, and not on this connection", "final"),
        (421, "4.7.0 mx.example Error: too many errors", "data"),
        (552, "5.2.2 Mailbox full", "final"),
        (552, "5.2.3 Message too long for this mailbox", "final"),
        (451, "4.3.0 Not now", "final"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("about", "code", "words", "stage"),
    [(about, *answer) for about, answers in ANSWERS.items() for answer in answers],
)
def test_an_answer_is_about_what_it_says(about: About, code: int, words: str, stage: str) -> None:
    assert is_about(code, words, stage=stage) is about


@pytest.mark.parametrize(
    ("words", "is_limit"),
    [
        ("Connection closed by server. Maximum message count per session reached.", True),
        ("4.7.0 That is enough for one connection", True),
        ("4.4.2 Timeout exceeded", True),
        ("4.7.0 Try again later, closing connection.", True),
        ("4.7.28 unusual rate of mail from you", False),
        ("4.7.0 mx.example Error: too many errors", False),
    ],
)
def test_a_421_to_the_next_mail_limits_the_connection_unless_it_speaks_of_our_speed(words: str, is_limit: bool) -> None:
    assert limits_the_connection(words) is is_limit


def transport_to(server: SmtpServer, connections: int = 1, *, senders_differ: bool = False) -> SmtpTransport:
    route = env.email_route("EMAIL_URL", f"smtp://127.0.0.1:{server.port}/?connections={connections}")
    return SmtpTransport(route, NO_RECORD, senders_differ=senders_differ)


def send(transport: SmtpTransport, *addresses: str) -> dict[str, Returned]:
    for number, address in enumerate(addresses):
        transport.submit(outgoing(number, address))
    return {mail.email: what for mail, what in transport.collect(at_least=len(addresses), within=30)}


def named(kind: str, count: int) -> list[str]:
    return [f"{kind}-{number}@readers.example" for number in range(count)]


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "one by one"])
@pytest.mark.parametrize("at", ["mail", "rcpt", "data", "final"])
@pytest.mark.parametrize(
    "words", ["454 Throttling failure: Maximum sending rate exceeded.", "421 4.7.28 Unusual rate of mail, closing"]
)
def test_too_fast_comes_back_with_the_words_and_is_nobodys_result(
    tmp_path: Path, words: str, at: str, pipelining: bool
) -> None:
    with SmtpServer(tmp_path / "smtp", rate=1, too_fast=words, at=at, pipelining=pipelining) as server:
        transport = transport_to(server, connections=2)
        back = send(transport, *named("anna", 8))
        transport.close()
        taken = {mail.recipients[0] for mail in server.taken()}
    assert len(back) == 8
    assert {address for address, what in back.items() if isinstance(what, Result)} == taken
    assert {str(what.outcome) for what in back.values() if isinstance(what, Result)} == {"accepted"}
    told = [what for what in back.values() if isinstance(what, NotTaken)]
    assert {(what.why, what.reply) for what in told} == {(Why.TOO_FAST, words)}
    assert all(isinstance(what, Result | NotTaken) or what is Why.WITHDRAWN for what in back.values())


def test_whoever_closes_connections_is_deferred_and_the_others_are_served(tmp_path: Path, clock: Clock) -> None:
    """The circuit's clock stands still: were it opened once, nothing more would leave."""
    others, closing = named("anna", 60), named("close", 6)
    order = [*closing[:2], *others[:30], *closing[2:4], *others[30:], *closing[4:]]
    with SmtpServer(tmp_path / "smtp") as server:
        transport = transport_to(server, connections=2)
        back = send(transport, *order)
        transport.close()
        assert transport.trouble is None
        assert Counter(mail.recipients[0] for mail in server.taken()) == dict.fromkeys(others, 1)
        assert server.connections() <= 2 + 3 * len(closing)
    results = {address: what for address, what in back.items() if isinstance(what, Result)}
    assert set(results) == {*others, *closing}
    assert {(str(results[address].outcome), results[address].reason) for address in closing} == {
        ("deferred", "rcpt_421")
    }
    assert "This server goes down for a moment" in results[closing[0]].reply


def test_the_only_one_to_send_to_is_deferred_as_well(tmp_path: Path, clock: Clock) -> None:
    with SmtpServer(tmp_path / "smtp") as server:
        transport = transport_to(server)
        (what,) = send(transport, "close-me@readers.example").values()
        transport.close()
        assert server.connections() == 3
    assert isinstance(what, Result)
    assert str(what.outcome) == "deferred"


def test_a_server_that_closes_on_everybody_is_the_servers_trouble(tmp_path: Path, clock: Clock) -> None:
    with SmtpServer(tmp_path / "smtp") as server:
        transport = transport_to(server)
        back = send(transport, *named("close", 12))
        assert set(back.values()) == {Why.UNREACHABLE}, "nobody's result"
        assert "This server goes down" in str(transport.trouble)
        transport.close()


@pytest.mark.parametrize("manners", [{}, {"pipelining": False}, {"lax": True}], ids=str)
@pytest.mark.parametrize("errors", [1, 2, 3, 20])
def test_a_refusal_stands_although_the_server_hangs_up_behind_it(
    tmp_path: Path, clock: Clock, manners: dict[str, Any], errors: int
) -> None:
    """Postfix: 421 too many errors, behind the twentieth in a row."""
    rejected, others = named("reject", 50), named("anna", 10)
    with SmtpServer(tmp_path / "smtp", errors=errors, **manners) as server:
        transport = transport_to(server, connections=2)
        back = send(transport, *rejected, *others)
        transport.close()
        assert Counter(mail.recipients[0] for mail in server.taken()) == dict.fromkeys(others, 1)
    reasons = {address: what.reason for address, what in back.items() if isinstance(what, Result)}
    assert reasons == dict.fromkeys(rejected, "rcpt_550") | dict.fromkeys(others, "")


@pytest.mark.parametrize("answer", ["450 4.3.0 Not now", "421 4.3.2 Shutting down"])
@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "one by one"])
def test_at_mail_it_is_about_us_and_the_route_waits(
    tmp_path: Path, clock: Clock, answer: str, pipelining: bool
) -> None:
    with SmtpServer(tmp_path / "smtp", sender=answer, pipelining=pipelining) as server:
        transport = transport_to(server, connections=2)
        back = send(transport, *named("anna", 10))
        assert set(back.values()) == {Why.UNREACHABLE}
        assert answer in str(transport.trouble)
        assert transport.trouble is not None
        assert not transport.trouble.fatal
        (server.folder / "let-in").touch()
        clock.now += 60
        back = send(transport, *named("bert", 10))
        transport.close()
        assert {str(what.outcome) for what in back.values() if isinstance(what, Result)} == {"accepted"}


@pytest.mark.parametrize("senders_differ", [True, False])
@pytest.mark.parametrize("answer", ["530 5.7.0 Must issue a STARTTLS command first", "450 4.3.0 Not now"])
@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "one by one"])
def test_a_server_that_goes_on_behind_a_refused_sender_gets_no_empty_mail(
    tmp_path: Path, clock: Clock, pipelining: bool, answer: str, senders_differ: bool
) -> None:
    with SmtpServer(tmp_path / "smtp", sender=answer, forgetful=True, pipelining=pipelining) as server:
        transport = transport_to(server, senders_differ=senders_differ)
        back = send(transport, *named("anna", 3))
        transport.close()
        assert server.taken() == []
    expected = "deferred" if senders_differ else "unreachable"
    assert {str(what.outcome) if isinstance(what, Result) else str(what) for what in back.values()} == {expected}


NO_PTR = "450 4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]"


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "one by one"])
def test_what_is_said_of_our_setup_to_every_recipient_makes_the_route_wait(
    tmp_path: Path, clock: Clock, pipelining: bool
) -> None:
    """As Postfix does, which says at RCPT what it has against a client (smtpd_delay_reject)."""
    with SmtpServer(tmp_path / "smtp", accepts=0, unknown=NO_PTR, pipelining=pipelining) as server:
        transport = transport_to(server, connections=2)
        back = send(transport, *named("anna", 20))
        assert set(back.values()) == {Why.UNREACHABLE}, "nobody's result, and not too fast"
        assert NO_PTR in str(transport.trouble)
        assert transport.trouble is not None
        assert not transport.trouble.fatal
        (server.folder / "let-in").touch()
        clock.now += 60
        back = send(transport, *named("bert", 10))
        transport.close()
        assert {str(what.outcome) for what in back.values() if isinstance(what, Result)} == {"accepted"}
        assert len(server.taken()) == 10


@pytest.mark.parametrize("errors", [0, 1], ids=["", "and hangs up"])
@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "one by one"])
def test_what_is_said_of_our_setup_to_a_few_recipients_defers_them(
    tmp_path: Path, clock: Clock, pipelining: bool, errors: int
) -> None:
    refused, others = named("reject", 3), named("anna", 40)
    order = [*others[:10], *refused, *others[10:]]
    with SmtpServer(tmp_path / "smtp", unknown=NO_PTR, pipelining=pipelining, errors=errors) as server:
        transport = transport_to(server, connections=2)
        back = send(transport, *order)
        transport.close()
        assert transport.trouble is None
        assert Counter(mail.recipients[0] for mail in server.taken()) == dict.fromkeys(others, 1)
    outcomes = {address: str(what.outcome) for address, what in back.items() if isinstance(what, Result)}
    assert outcomes == dict.fromkeys(refused, "deferred") | dict.fromkeys(others, "accepted")
    replies = {what.reply for what in back.values() if isinstance(what, Result)}
    assert errors or NO_PTR in replies


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "one by one"])
def test_a_server_whose_refused_mail_is_not_over_gets_the_next_one_on_a_new_connection(
    tmp_path: Path, clock: Clock, pipelining: bool
) -> None:
    refused, others = named("refuse", 8), named("anna", 8)
    mixed = [address for pair in zip(refused, others, strict=True) for address in pair]
    with SmtpServer(tmp_path / "smtp", nested=True, pipelining=pipelining) as server:
        transport = transport_to(server)
        back = send(transport, *mixed)
        transport.close()
        assert Counter(mail.recipients for mail in server.taken()) == {(address,): 1 for address in others}
    assert transport.trouble is None
    outcomes = {address: str(what.outcome) for address, what in back.items() if isinstance(what, Result)}
    assert outcomes == dict.fromkeys(refused, "rejected") | dict.fromkeys(others, "accepted")


def test_a_mail_waits_for_its_turn(tmp_path: Path) -> None:
    with SmtpServer(tmp_path / "smtp") as server:
        transport = transport_to(server, connections=4)
        begin, at = time.monotonic() + 0.3, time.time() + 0.3
        mails: list[Outgoing] = []
        for number in range(12):
            mail = outgoing(number, f"anna-{number}@readers.example")
            mail.not_before = begin + number * 0.05
            transport.submit(mail)
            mails.append(mail)
        back = transport.collect(at_least=12, within=30)
        transport.close()
        assert [mail for mail, _ in back] == mails
        assert all(taken.at >= at + number * 0.05 - 0.01 for number, taken in enumerate(server.taken()))
