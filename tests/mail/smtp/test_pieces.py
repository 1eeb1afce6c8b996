"""A mail in pieces: prepared ahead or not, and however many pieces there are, what arrives is the mail."""

from __future__ import annotations

import socket
from threading import Thread
from typing import NoReturn

import pytest

from mail.smtp.output import Output
from mail.transport import Unbuildable, head_of
from tests.mail.smtp.test_smtp import outgoing


def test_more_pieces_than_the_system_takes_at_once_arrive_in_order() -> None:
    pieces = [b"%d," % number * 40 for number in range(3_000)]
    here, there = socket.socketpair()
    read = bytearray()

    def listen() -> None:
        while data := there.recv(65_536):
            read.extend(data)

    listener = Thread(target=listen)
    listener.start()
    with here, there:
        here.setblocking(False)
        output = Output(here)
        whole = output.add_all(list(pieces))
        while not output.is_empty:
            output.send()
        assert output.taken == whole == sum(map(len, pieces))
        here.shutdown(socket.SHUT_WR)
        listener.join(20)
    assert bytes(read) == b"".join(pieces)


@pytest.mark.parametrize("asked", [True, False])
def test_a_prepared_mail_is_made_once_unless_the_server_takes_another_form(asked: bool) -> None:
    made: list[bool] = []

    def wire(eight_bits: bool) -> list[bytes]:
        made.append(eight_bits)
        return [b"8" if eight_bits else b"7"]

    mail = outgoing(1, "ada@readers.example")
    mail.wire = wire
    assert mail.prepare(eight_bits=True)
    assert not mail.prepare(eight_bits=True)
    assert mail.data(eight_bits=asked) == [b"8" if asked else b"7"]
    assert made == ([True] if asked else [True, False])
    # On another connection it is made again: what was given out is not kept.
    assert mail.data(eight_bits=True) == [b"8"]


def test_a_mail_that_cannot_be_prepared_says_so_when_its_turn_comes() -> None:
    def wire(eight_bits: bool) -> NoReturn:
        raise ValueError("no such variant")

    mail = outgoing(1, "ada@readers.example")
    mail.wire = wire
    mail.prepare(eight_bits=True)
    with pytest.raises(Unbuildable, match="no such variant"):
        mail.data(eight_bits=True)


@pytest.mark.parametrize(
    "pieces",
    [[b"A: 1\r\nB: 2\r\n\r\nbody"], [b"A: 1\r\nB", b": 2\r\n\r\nbody"], [b"A: 1\r\nB: 2\r\n\r", b"\nbody\r\n\r\nmore"]],
)
def test_the_headers_are_found_wherever_they_are_cut(pieces: list[bytes]) -> None:
    assert head_of(pieces) == b"A: 1\r\nB: 2"
