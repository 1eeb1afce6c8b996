"""Nearly all replies are the usual ones, which are read in a quicker way, which does the same as the slow one."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mail.smtp import connection
from mail.smtp.connecting import OpenConnection
from mail.smtp.connection import Connection, Left
from mail.smtp.in_flight import InFlight
from mail.transport import NO_RECORD, Outgoing, TransportError

MAIL = [b"Subject: Hello\r\n\r\n", b"Hello\r\n"]
LINES = st.sampled_from(
    ["250 2.0.0 Ok", "250 2.0.0 Ok", "250 2.0.0 Ok", "354 Go ahead", "354 Go ahead", "250-first", "250 ", "250",
     "251 2.1.5", "354-first", "354", "450 4.2.1 busy", "421 4.7.0 too fast", "550 5.1.1 unknown", "503 nested MAIL",
     "221 Bye", "25x"]
)  # fmt: skip
THREE_MAILS = ["250 2.0.0 Ok", "250 2.0.0 Ok", "354 Go ahead", "250 2.0.0 queued as 5F"] * 3


def conversation(lines: Sequence[str], *, pipelining: bool, pieces: int) -> list[Any]:
    """All that a connection does when the server says this: what it says, what becomes of the mails, how it ends."""
    ours, servers = socket.socketpair()
    said: list[Any] = []
    with ours, servers:
        line = OpenConnection(ours, pipelining=pipelining, smtputf8=True, eight_bits=True, size=0)
        talk = Connection(
            line, "server", NO_RECORD,
            settle=lambda mail, result: said.append((mail.email, str(result.outcome), result.reply, result.smtp_code)),
            turn_back=lambda flight, why, stage: said.append((flight.mail.email, why.why, why.reply, stage)),
        )  # fmt: skip
        begun = Counter[str]()

        def begin_more() -> None:
            while talk.can_open and talk.is_idle | pipelining and begun.total() < 4:
                begun["mails"] += 1
                email = f"reader{begun.total()}@example.org"
                mail = Outgoing(email, email, "news@example.org", _no_message, 0.0, wire=lambda _eight: MAIL)
                talk.open(InFlight(mail))

        try:
            begin_more()
            for reply in lines:
                data = f"{reply}\r\n".encode()
                for start in range(0, len(data), pieces):
                    talk._replies(data[start : start + pieces])
                begin_more()
        except (Left, TransportError) as problem:
            said.append((type(problem).__name__, str(problem)))
        talk.write()
        survivors = talk.survivors()
        servers.setblocking(False)
        said += [[flight.mail.email for flight in some] for some in (survivors.safe, survivors.doubtful)]
        said += [[(flight.mail.email, stage) for flight, stage in survivors.blamed], talk.has_served, talk.enough,
                 talk._mails, list(talk._expected), list(talk._later), servers.recv(1 << 20)]  # fmt: skip
    return said


def _no_message() -> Any:
    raise AssertionError("Its bytes are given.")


@given(lines=st.lists(LINES, max_size=16), pipelining=st.booleans(), pieces=st.sampled_from([1, 3, 100]))
@example(lines=THREE_MAILS, pipelining=True, pieces=100)
@example(lines=THREE_MAILS, pipelining=False, pieces=1)
def test_the_quick_way_does_what_the_slow_one_does(lines: list[str], pipelining: bool, pieces: int) -> None:
    quickly = conversation(lines, pipelining=pipelining, pieces=pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "_USUAL", {})
        slowly = conversation(lines, pipelining=pipelining, pieces=pieces)
    assert quickly == slowly


def test_three_mails_are_taken_in_the_quick_way() -> None:
    said = conversation(THREE_MAILS, pipelining=True, pieces=100)
    assert [(each[1], each[3]) for each in said[:3]] == [("accepted", 250)] * 3
