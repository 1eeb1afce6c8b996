"""The SMTP channel against a real server process: what was said is what became of it."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter

import pytest
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from iria import env
from newsletters.delivery import ledger, sending, testing
from newsletters.delivery.members import Member
from newsletters.delivery.transports.base import Outgoing, Stale, Unreachable, dot_stuffed
from newsletters.delivery.transports.smtp import SmtpChannel
from newsletters.models import Delivery, Edition, Newsletter
from tests.factories import make_edition, make_reader, start
from tests.smtp_server import SmtpServer


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
    sums = ledger.sums(Edition.objects.get(pk=edition.pk))
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
    assert mail.message["Message-ID"] == f"<edition.{edition.pk}.{reader.pk}@news.iria.example>"


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
    sentences = testing.send_test(edition, ["anna@example.org", "reject-it@example.org"], "Ada")
    assert sentences[0] == "anna@example.org: accepted by the mail server."
    assert sentences[1].startswith("reject-it@example.org: refused by the mail server (550")
    (mail,) = smtp.taken()
    assert mail.message["Subject"].startswith("[Test] ")
    assert not Delivery.objects.exists()


def test_an_unreachable_server_is_said_in_a_sentence(newsletter: Newsletter, settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", f"smtp://127.0.0.1:{port}/")
    (sentence,) = testing.send_test(make_edition(newsletter), ["anna@example.org"], "Ada")
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
            with connection, connection.makefile("rb") as incoming:
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
    newsletter: Newsletter, url: str, lines: list[bytes], says: str, fatal: bool
) -> None:
    from newsletters.rendering.mail import render
    from newsletters.rendering.message import build
    from tests.newsletters.rendering.sample import CONTENT, READER
    from tests.newsletters.rendering.test_mail import DATE

    server = OneLine(*lines)
    channel = SmtpChannel(env.email_route("EMAIL_URL", url.format(f"127.0.0.1:{server.port}")))
    mail = Outgoing(
        Member(1, 1),
        READER.email,
        "news@iria.example",
        lambda: build(render(CONTENT), READER, CONTENT, date=DATE),
        time.monotonic(),
    )
    with pytest.raises(Unreachable, match=says) as trouble:
        channel.send(mail)
    assert trouble.value.fatal is fatal
    channel.close()
    server.close()


def test_a_test_mail_that_got_no_answer_is_perhaps_sent(
    newsletter: Newsletter, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testing, "PATIENCE", 0.5)
    ok = b"250 2.0.0 Ok\r\n"
    server = OneLine(b"220 hi\r\n", ok, ok, ok, b"354 Go ahead\r\n", then_waits=True)
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", f"smtp://127.0.0.1:{server.port}/")
    assert testing.send_test(make_edition(newsletter), ["anna@example.org"], "Ada") == [
        "anna@example.org: perhaps sent; the mail server did not confirm it."
    ]
    server.close()


def test_a_mail_whose_recipient_was_looked_at_before_a_slow_connecting_does_not_begin(newsletter: Newsletter) -> None:
    """They may have left meanwhile."""
    server = OneLine(b"220 hi\r\n", b"250 hi\r\n", then_waits=True)
    channel = SmtpChannel(env.email_route("EMAIL_URL", f"smtp://127.0.0.1:{server.port}/"))
    long_ago = time.monotonic() - 2
    mail = Outgoing(Member(1, 1), "anna@example.org", "news@iria.example", EmailMultiAlternatives, long_ago)
    with pytest.raises(Stale):
        channel.send(mail)
    channel.close()
    server.close()
