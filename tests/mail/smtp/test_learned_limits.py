"""What a server says of itself and what it makes us learn: sizes, eight bits, mails on a connection, connections."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from iria import env
from mail.results import Result
from mail.smtp import learned_limits
from mail.smtp.connecting import OpenConnection
from mail.smtp.connection import Connection, Left
from mail.smtp.in_flight import InFlight
from mail.smtp.learned_limits import Limits
from mail.smtp.smtp_transport import SmtpTransport
from mail.transport import NO_RECORD, NotTaken, Outgoing, Why
from newsletters.rendering.compiled import CompiledMail
from tests.mail.smtp.test_smtp import DATE, MAIL, outgoing
from tests.newsletters.rendering.sample import CONTENT, READER
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.slow


def transport_to(server: SmtpServer, connections: int = 1) -> SmtpTransport:
    route = env.email_route("EMAIL_URL", f"smtp://127.0.0.1:{server.port}/?connections={connections}")
    return SmtpTransport(route, NO_RECORD)


def results(transport: SmtpTransport, mails: list[Outgoing]) -> list[Result]:
    for mail in mails:
        transport.submit(mail)
    back = transport.collect(at_least=len(mails), within=60)
    found = [what for _, what in back if isinstance(what, Result)]
    assert len(found) == len(mails)
    return found


def compiled(number: int, email: str) -> Outgoing:
    mail, ready = outgoing(number, email), CompiledMail(MAIL, CONTENT)
    mail.wire = lambda eight_bits: ready.pieces(READER, DATE, eight_bits)
    return mail


@pytest.mark.parametrize("manners", [{}, {"pipelining": False}], ids=str)
def test_a_mail_beyond_the_announced_size_comes_back_without_a_word_to_the_server(
    tmp_path: Path, manners: dict[str, Any]
) -> None:
    with SmtpServer(tmp_path / "smtp", size=60_000, **manners) as server:
        transport = transport_to(server)
        large = outgoing(1, "anna@readers.example")
        large.wire = lambda eight_bits: [b"Subject: x\r\n\r\n", b"x\r\n" * 20_000]
        small = compiled(2, "bert@readers.example")
        for mail in (large, small):
            transport.submit(mail)
        back = dict(transport.collect(at_least=2, within=60))
        transport.close()
        refused, taken = back[large], back[small]
        assert isinstance(refused, NotTaken)
        assert (refused.why, refused.limit) == (Why.TOO_LARGE, 60_000)
        assert "up to 60000 bytes" in refused.reply
        assert isinstance(taken, Result)
        assert str(taken.outcome) == "accepted"
        (said,) = server.notes()
        assert said == f"MAIL FROM:<news@iria.example> SIZE={len(b''.join(small.data(eight_bits=True)))} BODY=8BITMIME"


def test_eight_bits_go_only_to_a_server_that_takes_them(tmp_path: Path) -> None:
    texts = set()
    for eight_bits in (True, False):
        with SmtpServer(tmp_path / str(eight_bits), eight_bits=eight_bits) as server:
            transport = transport_to(server)
            results(transport, [compiled(1, "anna@readers.example")])
            transport.close()
            (mail,) = server.taken()
            (said,) = server.notes()
        assert mail.raw.isascii() is not eight_bits
        assert ("BODY=8BITMIME" in said) is eight_bits
        texts.add(mail.text())
    assert len(texts) == 1


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_server_teaches_how_many_mails_it_takes_on_a_connection(tmp_path: Path, pipelining: bool) -> None:
    with SmtpServer(tmp_path / "smtp", most=3, connections=2, pipelining=pipelining) as server:
        transport = transport_to(server, connections=8)
        results(transport, [outgoing(number, f"anna-{number}@readers.example") for number in range(20)])
        taught = server.notes().count("enough")
        assert 1 <= taught <= 4  # those that were open when the first one said so
        results(transport, [outgoing(number, f"bert-{number}@readers.example") for number in range(30)])
        assert server.notes().count("enough") <= taught + 1
        transport.close()
        assert server.count() == 50


def test_what_was_learned_is_forgotten_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr("mail.smtp.learned_limits.time.monotonic", lambda: now)
    learned = Limits("The mail server", 10)
    assert not learned.is_used_up(1000)
    for mails in (1, 7, 3, 3):  # of a server that restarts, or dislikes a mail
        learned.had_enough_after(mails)
        assert not learned.is_used_up(1000)
    learned.had_enough_after(3)
    learned.took_no_more_than(2)
    assert [learned.is_used_up(mails) for mails in (2, 3, 4)] == [False, True, True]
    assert learned.connections == 2
    now += learned_limits.FEWER_SECONDS + 1
    assert learned.connections == 10
    learned.took_no_more_than(1, sure=False)
    now += learned_limits.PERHAPS_SECONDS + 0.1
    assert learned.connections == 10
    assert learned.is_used_up(3)
    now += learned_limits.MAILS_SECONDS
    assert not learned.is_used_up(3)


@pytest.mark.parametrize(
    ("replies", "learned"),
    [
        ([b"250 Ok\r\n250 Ok\r\n354 Go\r\n", b"250 Taken\r\n421 That is enough\r\n"], 1),
        ([b"250 Ok\r\n421 Not now\r\n"], None),
        ([b"250 Ok\r\n250 Ok\r\n354 Go\r\n", b"421 Not this one\r\n"], None),
    ],
    ids=["at MAIL", "at RCPT", "at the final dot"],
)
def test_only_a_421_in_answer_to_mail_says_how_many_a_connection_takes(
    replies: list[bytes], learned: int | None
) -> None:
    """At any other place it is about that mail: three busy mailboxes in a row are no limit of one mail a connection."""
    ours, theirs = socket.socketpair()
    settled: list[Result] = []
    connection = Connection(
        OpenConnection(ours, pipelining=True, eight_bits=False, smtputf8=False, size=None),
        "the mail server",
        NO_RECORD,
        lambda mail, result: settled.append(result),
        lambda flight, words, stage: None,
    )
    connection.open(InFlight(compiled(1, "anna@readers.example")))
    theirs.sendall(replies[0])
    with contextlib.suppress(Left):
        connection.read()
        connection.open(InFlight(compiled(2, "bert@readers.example")))
        theirs.sendall(replies[1])
        connection.read()
    assert connection.enough == learned
    ours.close()
    theirs.close()
