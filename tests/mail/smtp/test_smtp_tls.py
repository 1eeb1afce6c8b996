"""TLS and logging in, against a server of another make; localhost.pem is made for these tests and for nothing else."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pytest_django import Settings

from iria import env
from mail import routing
from mail.results import Result, Verdict
from mail.smtp.output import output_to
from mail.smtp.smtp_transport import SmtpTransport
from mail.transport import NO_RECORD, Why
from newsletters.delivery.engine import sending
from newsletters.models import Delivery, Edition, Newsletter
from tests.factories import make_edition, make_reader, start
from tests.mail.smtp.test_smtp import outgoing
from tests.newsletters.delivery.conftest import Clock

pytestmark = pytest.mark.slow

CERTIFICATE = Path(__file__).parents[2] / "localhost.pem"


class Judge:
    """Takes everything and remembers it."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.bodies[envelope.rcpt_tos[0]] = envelope.content
        return "250 2.0.0 Taken"


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"iria", b"right"), handled=False)


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


class Counting(Controller):
    connections = 0

    def factory(self) -> Any:
        """Called for each connection, before TLS."""
        self.connections += 1
        return super().factory()  # type: ignore[no-untyped-call]


@pytest.fixture(params=["starttls", "implicit"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, Counting]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    tls: dict[str, Any] = (
        {"ssl_context": context, "auth_require_tls": False}
        if request.param == "implicit"
        else {"tls_context": context, "require_starttls": True, "auth_required": True}
    )
    controller = Counting(Judge(), hostname="127.0.0.1", port=0, authenticator=authenticate, **tls)
    controller.port = free_port()
    controller.start()
    controller.connections = 0  # it looks by one of its own whether it is there
    yield request.param, controller
    controller.stop()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def transport_to(server: tuple[str, Counting], password: str = "right") -> SmtpTransport:
    tls, controller = server
    url = f"smtp://iria:{password}@127.0.0.1:{controller.port}/?tls={tls}&connections=3"
    return SmtpTransport(env.email_route("EMAIL_URL", url), NO_RECORD)


def test_mails_go_through_tls_to_a_server_that_wants_a_login(server: tuple[str, Counting], trusted: None) -> None:
    transport = transport_to(server)
    addresses = [f"anna-{number}@readers.example" for number in range(60)]
    for number, address in enumerate(addresses):
        transport.submit(outgoing(number, address))
    back = transport.collect(at_least=60, within=60)
    transport.close()
    assert {what.outcome for _, what in back if isinstance(what, Result)} == {Verdict.ACCEPTED}
    assert len(back) == 60
    judge = server[1].handler
    assert set(judge.bodies) == set(addresses)
    assert all(f"<{address}>".encode() in body for address, body in judge.bodies.items())


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(server: tuple[str, Counting]) -> None:
    transport = transport_to(server)
    transport.submit(outgoing(1, "anna@readers.example"))
    ((_, back),) = transport.collect(at_least=1, within=20)
    assert back == Why.UNREACHABLE
    assert "no secure connection" in str(transport.trouble)
    transport.close()
    assert server[1].handler.bodies == {}


def test_a_wrong_password_is_nobodys_result(server: tuple[str, Counting], trusted: None) -> None:
    transport = transport_to(server, password="wrong")
    transport.submit(outgoing(1, "anna@readers.example"))
    ((_, back),) = transport.collect(at_least=1, within=20)
    assert back == Why.UNREACHABLE
    assert "refuses the user name or password" in str(transport.trouble)
    transport.close()


def test_what_counts_as_given_out_over_tls_is_what_the_other_side_can_read() -> None:
    """The network takes a part of a long mail. Nothing behind what is counted may be readable: the final dot decides
    whether a mail whose connection ends is sent again."""
    server_side, client_side = socket.socketpair()
    for end in (server_side, client_side):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 40_000)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 40_000)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    servers: list[ssl.SSLSocket] = []
    greeting = threading.Thread(target=lambda: servers.append(context.wrap_socket(server_side, server_side=True)))
    greeting.start()
    client = trusting.wrap_socket(client_side)
    greeting.join()
    server = servers[0]
    client.setblocking(False)
    output = output_to(client)
    body = bytes(1_000_000)
    dot_at = output.add(body) + 3
    output.add(b".\r\n")
    output.add(b"MAIL FROM:<news@iria.example>\r\n")
    output.send()
    assert 0 < output.taken < dot_at
    counted, read = output.taken, bytearray()
    server.settimeout(0.5)
    with contextlib.suppress(TimeoutError, ssl.SSLError):
        while data := server.recv(65_536):
            read += data
    assert len(read) <= counted
    while not output.is_empty:
        output.send()
        with contextlib.suppress(TimeoutError, ssl.SSLError):
            read += server.recv(1_000_000)
    server.settimeout(5)
    while len(read) < dot_at + 31:
        read += server.recv(1_000_000)
    assert bytes(read) == body + b".\r\nMAIL FROM:<news@iria.example>\r\n"
    assert output.taken == len(read)
    client.close()
    server.close()


def test_a_certificate_that_stays_wrong_pauses_the_edition_after_three_tries(
    server: tuple[str, Counting], newsletter: Newsletter, clock: Clock, settings: Settings
) -> None:
    make_reader(newsletter.mailing_list)
    edition = start(make_edition(newsletter))
    tls, controller = server
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", f"smtp://127.0.0.1:{controller.port}/?tls={tls}&connections=3")
    routing.close_transports()
    for tries in (1, 2, 3):
        edition.refresh_from_db()
        assert edition.status == Edition.Status.SENDING
        sending.send_slice()
        sending.send_slice()  # too soon for another try
        assert controller.connections == tries
        clock.now += 60
    sending.send_slice()
    routing.close_transports()
    assert controller.connections == 3
    edition.refresh_from_db()
    assert edition.status == Edition.Status.PAUSED
    assert "no secure connection (CERTIFICATE_VERIFY_FAILED)" in edition.paused_why
    assert not Delivery.objects.exists()
    assert controller.handler.bodies == {}
