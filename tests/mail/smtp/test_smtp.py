"""The SMTP channel against a real server process: what was said is what became of it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from iria import env
from mail.results import Result
from mail.return_paths import Returned, ReturnPath, read_return_path
from mail.smtp.smtp_transport import SmtpTransport
from mail.transport import NO_RECORD, Outgoing, Why, bare_address, dot_stuffed
from mail.writing.identity import message_id
from newsletters.delivery import test_mails
from newsletters.delivery.engine import sending
from newsletters.delivery.ledger.members import Member
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.editions import snapshot
from newsletters.models import Delivery, Edition, Newsletter
from newsletters.rendering.mail import render
from newsletters.rendering.message import build
from tests.factories import make_edition, make_reader, start
from tests.newsletters.rendering.sample import CONTENT, READER
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.slow

DATE = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
MAIL = render(CONTENT)


def outcomes() -> Counter[tuple[str, str]]:
    return Counter(Delivery.objects.values_list("outcome", "reason"))


def test_answers_become_outcomes(newsletter: Newsletter, smtp: SmtpServer) -> None:
    for kind in ("anna", "reject", "defer", "refuse", "drop"):
        for n in range(3):
            make_reader(newsletter.mailing_list, email=f"{kind}-{n}@readers.example")
    edition = start(make_edition(newsletter))
    sending.send_slice()
    assert outcomes() == {
        ("accepted", ""): 3,
        ("rejected", "rcpt_550"): 3,
        ("deferred", "rcpt_451"): 3,
        ("rejected", "final_554"): 3,
        ("in_doubt", "connection_lost"): 3,
    }
    taken = Counter(address for mail in smtp.taken() for address in mail.recipients)
    assert set(taken.values()) == {1}
    assert {address.partition("-")[0] for address in taken} == {"anna", "drop"}
    sums = count_outcomes(Edition.objects.get(pk=edition.pk))
    assert sums.accounted_for == sums.candidates == 15


def test_the_mail_arrives_as_it_was_made(newsletter: Newsletter, smtp: SmtpServer) -> None:
    reader = make_reader(newsletter.mailing_list, email="anna@exämple.example")
    edition = make_edition(newsletter, introduction="<p>.A line that begins with a dot — ümlaut.</p>")
    start(edition)
    sending.send_slice()
    (mail,) = smtp.taken()
    assert mail.sender == newsletter.from_email
    assert mail.recipients == ("anna@xn--exmple-cua.example",)
    assert ".A line that begins with a dot — ümlaut." in mail.text().splitlines()
    assert "—" in mail.html()
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.message["Message-ID"] == message_id("edition", edition.pk, reader.pk)


def test_each_mail_of_an_edition_has_a_return_path_of_its_own_if_there_is_a_domain_for_them(
    newsletter: Newsletter, smtp: SmtpServer, settings: Settings
) -> None:
    settings.BOUNCE_DOMAIN = "bounce.iria.example"
    people = [make_reader(newsletter.mailing_list, email=f"reader{number}@example.org") for number in range(3)]
    edition = make_edition(newsletter)
    start(edition)
    sending.send_slice()
    senders = {mail.recipients[0]: mail.sender for mail in smtp.taken()}
    assert {address: read_return_path(sender) for address, sender in senders.items()} == {
        person.email: ReturnPath(Returned.EDITION, edition.pk, person.pk) for person in people
    }
    assert {sender.partition("@")[2] for sender in senders.values()} == {"bounce.iria.example"}
    assert {bare_address(str(mail.message["From"])) for mail in smtp.taken()} == {newsletter.from_email}


def test_a_test_mail_s_return_path_is_nobody_s(newsletter: Newsletter, smtp: SmtpServer, settings: Settings) -> None:
    settings.BOUNCE_DOMAIN = "bounce.iria.example"
    edition = make_edition(newsletter)
    test_mails.send_test(snapshot.of_edition(edition), ["anna@example.org"], "Ada")
    (mail,) = smtp.taken()
    assert read_return_path(mail.sender) == ReturnPath(Returned.EDITION, edition.pk, 0)


@pytest.mark.parametrize(
    ("data", "wire"),
    [
        (b".a\r\n..b\r\nc", b"..a\r\n...b\r\nc"),
        (b"a.\r\n", b"a.\r\n"),
        (b"", b""),
    ],
)
def test_dots_are_stuffed(data: bytes, wire: bytes) -> None:
    assert dot_stuffed(data) == wire


def test_a_test_mail_is_marked_and_says_what_became_of_it(newsletter: Newsletter, smtp: SmtpServer) -> None:
    edition = make_edition(newsletter)
    sentences = test_mails.send_test(snapshot.of_edition(edition), ["anna@example.org", "reject-it@example.org"], "Ada")
    assert sentences[0] == "anna@example.org: accepted by the mail server."
    assert sentences[1].startswith("reject-it@example.org: rejected by the mail server (550")
    (mail,) = smtp.taken()
    assert mail.message["Subject"].startswith("[Test] ")
    assert not Delivery.objects.exists()


def test_an_unreachable_server_is_said_in_a_sentence(newsletter: Newsletter, settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", f"smtp://127.0.0.1:{port}/")
    (sentence,) = test_mails.send_test(snapshot.of_edition(make_edition(newsletter)), ["anna@example.org"], "Ada")
    assert sentence == (
        f"anna@example.org: not sent. The mail server 127.0.0.1:{port} cannot be reached: nothing listens there."
    )


class OneLine:
    """A server that says what it is told, line by line, to whoever connects; then it leaves, or waits in silence."""

    def __init__(self, *lines: bytes, then_waits: bool = False) -> None:
        self.then_waits = then_waits
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lines = lines
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            # The client may hang up at any moment: that is its right, and what some of these tests are about.
            with connection, connection.makefile("rb") as incoming, contextlib.suppress(ConnectionError):
                for line in self.lines:
                    connection.sendall(line)
                    incoming.readline()
                if self.then_waits:
                    incoming.read()

    def close(self) -> None:
        self.listener.close()


@pytest.mark.parametrize(
    ("url", "lines", "says", "fatal"),
    [
        ("smtp://{}/?tls=starttls", [b"220 hi\r\n", b"250 hi\r\n"], "offers no STARTTLS", True),
        (
            "smtp://u:p@{}/",
            [b"220 hi\r\n", b"250-hi\r\n250 AUTH PLAIN\r\n", b"535 5.7.8 no\r\n"],
            "refuses the user",
            True,
        ),
        ("smtp://{}/", [b"554 go away\r\n"], "cannot be reached", False),
        ("smtp://{}/?tls=implicit", [b"220 hi\r\n"], "no secure connection", True),
        ("smtp://{}/", [b"220 hi\r\n", b"250 hi\r\n", b"421 too many\r\n"], "ends the connection", False),
        ("smtp://{}/", [b"220 hi\r\n", b"250 hi\r\n", b"550 5.7.1 not you\r\n"], "refuses the sender", True),
    ],
)
def test_what_is_wrong_before_a_mail_begins_is_nobodys_result(
    monkeypatch: pytest.MonkeyPatch, url: str, lines: list[bytes], says: str, fatal: bool
) -> None:
    monkeypatch.setattr("mail.circuit_breaker.FATAL_TRIES", 1)
    server = OneLine(*lines)
    transport = SmtpTransport(env.email_route("EMAIL_URL", url.format(f"127.0.0.1:{server.port}")), NO_RECORD)
    transport.submit(outgoing(1, READER.email))
    ((_, back),) = transport.collect(at_least=1, within=20)
    assert back == Why.UNREACHABLE
    assert transport.trouble is not None
    assert says in str(transport.trouble)
    assert transport.trouble.fatal is fatal
    transport.close()
    server.close()


def test_a_test_mail_that_got_no_answer_is_perhaps_sent(
    newsletter: Newsletter, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_mails, "PATIENCE", 3.0)  # a busy machine has begun by then
    ok = b"250 2.0.0 Ok\r\n"
    server = OneLine(b"220 hi\r\n", ok, ok, ok, b"354 Go ahead\r\n", then_waits=True)
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", f"smtp://127.0.0.1:{server.port}/")
    assert test_mails.send_test(snapshot.of_edition(make_edition(newsletter)), ["anna@example.org"], "Ada") == [
        "anna@example.org: in doubt: the mail server may have taken it."
    ]
    server.close()


def outgoing(number: int, email: str) -> Outgoing:
    return Outgoing(
        Member(number, 1),
        email,
        "news@iria.example",
        lambda: build(MAIL, READER._replace(email=email), CONTENT, date=DATE),
        time.monotonic() + 60,
    )


def send_all(server: SmtpServer, addresses: list[str], connections: int = 4) -> dict[str, Result]:
    """What became of the mail to each, through a transport of its own."""
    transport = SmtpTransport(
        env.email_route("EMAIL_URL", f"smtp://127.0.0.1:{server.port}/?connections={connections}"), NO_RECORD
    )
    for number, address in enumerate(addresses):
        transport.submit(outgoing(number, address))
    back = transport.collect(at_least=len(addresses), within=60)
    transport.close()
    results = {mail.email: what for mail, what in back if isinstance(what, Result)}
    assert len(results) == len(addresses)
    return results


ADDRESSES = [
    f"{kind}-{number}@readers.example"
    for number in range(12)
    for kind in ("anna", "reject", "bert", "refuse", "defer", "drop")
]
EXPECTED = {
    "anna": "accepted", "bert": "accepted", "reject": "rejected", "refuse": "rejected", "defer": "deferred",
    "drop": "in_doubt",
}  # fmt: skip


@pytest.mark.parametrize(
    "options",
    [{}, {"pipelining": False}, {"lax": True}, {"dribble": True}, {"most": 3}, {"most": 2, "pipelining": False}],
    ids=[
        "as usual",
        "no pipelining",
        "354 without recipients",
        "byte by byte",
        "421 after 3",
        "421 after 2, slow",
    ],
)
@pytest.mark.parametrize("connections", [1, 4])
def test_every_mail_has_its_own_outcome_whatever_the_server_is_like(
    tmp_path: Path, options: dict[str, Any], connections: int
) -> None:
    with SmtpServer(tmp_path / "smtp", **options) as server:
        results = send_all(server, ADDRESSES, connections)
        taken = Counter(address for mail in server.taken() for address in mail.recipients)
        bodies = {mail.message["To"].addresses[0].addr_spec for mail in server.taken()}
    assert {address: str(result.outcome) for address, result in results.items()} == {
        address: EXPECTED[address.partition("-")[0]] for address in ADDRESSES
    }
    assert taken == {a: 1 for a in ADDRESSES if a.startswith(("anna", "bert", "drop"))}
    assert bodies == set(taken)  # nobody got another's mail


def test_an_address_beyond_ascii_needs_a_server_that_takes_it(tmp_path: Path) -> None:
    with SmtpServer(tmp_path / "smtp") as server:
        results = send_all(server, ["jürgen@readers.example", "anna@exämple.example"])
        assert [mail.recipients for mail in server.taken()] == [("anna@xn--exmple-cua.example",)]
    assert results["jürgen@readers.example"].reason == "no_smtputf8"


def test_breaking_off_says_of_every_mail_what_is_known(tmp_path: Path) -> None:
    with SmtpServer(tmp_path / "smtp", delay=30) as server:
        transport = SmtpTransport(
            env.email_route("EMAIL_URL", f"smtp://127.0.0.1:{server.port}/?connections=2"), NO_RECORD
        )
        for number in range(10):
            transport.submit(outgoing(number, f"anna-{number}@readers.example"))
        while not transport._connections or not all(one._finishing for one in transport._connections):
            assert transport.collect(at_least=1, within=0.02) == []
        transport.abort()
        back = transport.collect(at_least=10, within=20)
        transport.close()
    outcomes = Counter(what.outcome if isinstance(what, Result) else str(what) for _, what in back)
    assert outcomes.total() == 10
    assert outcomes["in_doubt"] in {1, 2}
    assert outcomes["withdrawn"] == 10 - outcomes["in_doubt"]


def test_fewer_connections_do_when_the_server_takes_no_more(tmp_path: Path) -> None:
    with SmtpServer(tmp_path / "smtp", connections=2) as server:
        results = send_all(server, [f"anna-{number}@readers.example" for number in range(40)], connections=8)
    assert {str(result.outcome) for result in results.values()} == {"accepted"}


def test_a_mail_whose_recipient_was_looked_at_too_long_ago_does_not_begin(tmp_path: Path) -> None:
    """Connecting may take long, and they may have left meanwhile."""
    with SmtpServer(tmp_path / "smtp") as server:
        transport = SmtpTransport(env.email_route("EMAIL_URL", f"smtp://127.0.0.1:{server.port}/"), NO_RECORD)
        mail = outgoing(1, "anna@readers.example")
        mail.checked_at = time.monotonic() - 2
        transport.submit(mail)
        assert transport.collect(at_least=1, within=20) == [(mail, Why.STALE)]
        transport.close()
        assert server.taken() == []


def test_an_address_that_would_speak_to_the_server_itself_is_not_sent_to(tmp_path: Path) -> None:
    with SmtpServer(tmp_path / "smtp") as server:
        (result,) = send_all(server, ["anna@readers.example>\r\nRCPT TO:<bert@readers.example"]).values()
        assert server.taken() == []
    assert (result.outcome, result.reason) == ("rejected", "unbuildable")
