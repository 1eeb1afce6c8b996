"""What the transport tells its recorder, and when: over real sockets, with servers of every kind."""

from __future__ import annotations

import errno
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from iria import env
from mail.results import Result
from mail.smtp import connection as connections
from mail.smtp.connection import Connection
from mail.smtp.output import Output
from mail.smtp.smtp_transport import SmtpTransport
from mail.transport import Outgoing, Returned, Why
from newsletters.delivery.ledger.members import Member
from tests.mail.smtp.test_smtp import ADDRESSES, EXPECTED, outgoing
from tests.processes import wait_until
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.slow


class Recording:
    """Everything in the order in which it happened: what the recorder hears, and what the socket is given."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int, str]] = []
        self.noted: list[tuple[str, int, str]] = []
        self.slots: set[int] = set()
        self.is_full = False

    def intend(self, slot: int, key: Member) -> None:
        self.slots.add(slot)
        self.noted.append(("intent", key.subscriber_id, ""))

    def revoke(self, slot: int, key: Member) -> None:
        self.noted.append(("revoke", key.subscriber_id, ""))

    def outcome(self, slot: int, result: Result) -> None:
        self.slots.add(slot)
        self.noted.append(("outcome", result.key.subscriber_id, str(result.outcome)))

    def write_down(self) -> None:
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.events += self.noted
        self.noted.clear()

    def of(self, number: int) -> list[tuple[str, str]]:
        return [(what, how) for what, whose, how in self.events if whose == number]


def transport_to(port: int, recorder: Recording, connections: int = 1) -> SmtpTransport:
    route = env.email_route("EMAIL_URL", f"smtp://127.0.0.1:{port}/?connections={connections}")
    return SmtpTransport(route, recorder)


def marked(number: int, email: str) -> Outgoing:
    mail = outgoing(number, email)
    mail.wire = lambda eight_bits: [f"Subject: {number}\r\n\r\n".encode(), f"body-of-{number}-\r\n".encode()]
    mail.slot = 7
    return mail


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> Recording:
    recording = Recording()
    real = Output._send

    def send(output: Output) -> int:
        said = b"".join(output._waiting)
        for number in range(len(ADDRESSES)):
            if b"body-of-%d-" % number in said:
                recording.events.append(("body", number, ""))
        return real(output)

    monkeypatch.setattr(Output, "_send", send)
    return recording


@pytest.mark.parametrize("connections", [1, 3])
@pytest.mark.parametrize("manners", [{}, {"pipelining": False}, {"dribble": True}, {"lax": True}, {"most": 3}], ids=str)
def test_an_intent_comes_before_the_body_and_an_outcome_before_anybody_hears_of_it(
    tmp_path: Path, recording: Recording, manners: dict[str, Any], connections: int
) -> None:
    with SmtpServer(tmp_path / "smtp", **manners) as server:
        transport = transport_to(server.port, recording, connections)
        real = transport._return

        def give(mail: Outgoing, what: Returned) -> None:
            recording.events.append(("back", mail.key.subscriber_id, ""))
            real(mail, what)

        transport._return = give  # type: ignore[method-assign]
        for number, address in enumerate(ADDRESSES):
            transport.submit(marked(number, address))
        back = transport.collect(at_least=len(ADDRESSES), within=60)
        transport.close()
    assert len({id(mail) for mail, _ in back}) == len(back) == len(ADDRESSES)
    assert recording.slots == {7}
    for number, address in enumerate(ADDRESSES):
        kind = address.partition("-")[0]
        went = [] if kind in {"reject", "defer"} else [("intent", ""), ("body", "")]
        assert recording.of(number) == [*went, ("outcome", EXPECTED[kind]), ("back", "")]
    if connections == 1:
        order = [number for what, number, _ in recording.events if what == "intent"]
        happened = {(what, number): at for at, (what, number, _) in enumerate(recording.events)}
        for first, second in pairwise(order):
            assert happened["outcome", first] < happened["intent", second]


def test_a_mail_whose_intent_cannot_be_written_does_not_begin(tmp_path: Path, recording: Recording) -> None:
    with SmtpServer(tmp_path / "smtp") as server:
        transport = transport_to(server.port, recording)
        recording.is_full = True
        for number in range(5):
            transport.submit(marked(number, f"anna-{number}@readers.example"))
        back = transport.collect(at_least=5, within=20)
        assert [what for _, what in back] == [Why.NO_JOURNAL] * 5
        assert server.taken() == []
        assert not recording.events

        recording.is_full = False

        def sent() -> bool:  # the thread may be giving back what comes, for what it heard before
            transport.submit(marked(6, "anna-6@readers.example"))
            ((_, what),) = transport.collect(at_least=1, within=20)
            return isinstance(what, Result)

        wait_until(sent, "a mail is sent again")
        assert server.count() == 1
        transport.close()


def test_an_outcome_that_cannot_be_written_still_reaches_the_loop(tmp_path: Path, recording: Recording) -> None:
    with SmtpServer(tmp_path / "smtp") as server:
        transport = transport_to(server.port, recording)

        def full(slot: int, result: Result) -> None:
            raise ValueError("the file is closed")

        recording.outcome = full  # type: ignore[method-assign]
        for number in range(3):
            transport.submit(marked(number, f"anna-{number}@readers.example"))
        back = transport.collect(at_least=3, within=20)
        transport.close()
    assert [str(what.outcome) for _, what in back if isinstance(what, Result)] == ["accepted"] * 3


def test_an_intent_is_revoked_when_the_dot_never_left(
    tmp_path: Path, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network takes the beginning of the body and no more; then the mail is broken off."""
    stuck = threading.Event()
    real = Connection.write

    def write(connection: Connection) -> None:
        if connection._finishing is None:
            real(connection)
        else:
            stuck.set()

    monkeypatch.setattr(Connection, "write", write)
    with SmtpServer(tmp_path / "smtp") as server:
        transport = transport_to(server.port, recording)
        transport.submit(marked(1, "anna@readers.example"))
        assert stuck.wait(20)
        transport.abort()
        ((_, what),) = transport.collect(at_least=1, within=20)
        transport.close()
        assert server.taken() == []
    assert what == Why.WITHDRAWN
    assert recording.of(1) == [("intent", ""), ("revoke", "")]


def test_a_tarpit_holds_up_only_its_own_connections(tmp_path: Path, recording: Recording) -> None:
    with SmtpServer(tmp_path / "smtp", tarpits=2) as server:
        transport = transport_to(server.port, recording, connections=4)
        for number in range(60):
            transport.submit(marked(number, f"anna-{number}@readers.example"))
        began = time.monotonic()
        back = transport.collect(at_least=56, within=30)  # each of the two holds a mail and the one behind it
        assert len(back) >= 56
        assert time.monotonic() - began < 25
        transport.abort()
        transport.close()


@pytest.mark.parametrize("stage", ["command", "final"])
def test_a_server_that_says_nothing_is_given_up(
    tmp_path: Path, recording: Recording, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setattr(connections, "FINAL_SECONDS", 0.2 if stage == "final" else 60.0)
    monkeypatch.setattr(connections, "COMMAND_SECONDS", 0.2 if stage == "command" else 60.0)
    with SmtpServer(tmp_path / "smtp", delay=2.5 if stage == "final" else 0) as server:
        if stage == "command":  # the answers to MAIL never come: what is read is thrown away
            monkeypatch.setattr(Connection, "_replies", lambda connection, data: None)
        transport = transport_to(server.port, recording)
        transport.submit(marked(1, "anna@readers.example"))
        ((_, what),) = transport.collect(at_least=1, within=30)
        transport.close()
    if stage == "final":
        assert isinstance(what, Result)
        assert (what.outcome, what.reason) == ("in_doubt", "connection_lost")
        assert recording.of(1)[-1] == ("outcome", "in_doubt")
    else:
        assert what == Why.UNREACHABLE
        assert recording.events == []
