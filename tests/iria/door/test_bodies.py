"""Bodies: within a size and a time, whoever sends them and however."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack

import psutil
import pytest

from tests.iria.door.conftest import OpenDoor, Opened, hear

pytestmark = pytest.mark.slow
HOST = b"Host: iria.example\r\n"


@pytest.fixture(scope="module")
def door(open_door: OpenDoor) -> Opened:
    return open_door(body=100_000, seconds=1.0)


def post(length: int, body: bytes, *, path: bytes = b"/") -> bytes:
    return (
        b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % length + body
    )


def test_a_body_up_to_the_limit_arrives_whole_and_one_byte_more_is_refused(door: Opened) -> None:
    assert door.say(post(100_000, b"a" * 100_000)).json()["length of body"] == 100_000
    refused = door.say(post(100_001, b""))
    assert refused.status == 413
    assert "larger than \u2066100 KB\u2069".encode() in refused.body


def test_a_mail_service_may_send_more_than_a_visitor_and_not_any_amount(door: Opened) -> None:
    path = b"/webhooks/postmark/tracking/"
    assert door.say(post(1_000_000, b"a" * 1_000_000, path=path)).json()["length of body"] == 1_000_000
    assert door.say(post(1_000_001, b"", path=path)).status == 413
    assert door.say(post(100_001, b"", path=b"/webhooks")).status == 413


def pour(connection: socket.socket, piece: bytes, times: int) -> int:
    """As much of it as is taken, in bytes."""
    poured = 0
    try:
        for _ in range(times):
            connection.sendall(piece)
            poured += len(piece)
    except OSError:
        pass
    return poured


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
def test_a_gigabyte_is_refused_and_takes_no_memory(door: Opened, *, declared: bool) -> None:
    process = psutil.Process(door.process.pid)
    before = process.memory_info().rss
    megabyte = b"a" * 1_000_000
    head = b"Content-Length: 1000000000" if declared else b"Transfer-Encoding: chunked"
    piece = megabyte if declared else b"f4240\r\n" + megabyte + b"\r\n"
    with door.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\n" + HOST + head + b"\r\n\r\n")
        poured = pour(connection, piece, 1000)
        assert poured < 100_000_000
    assert process.memory_info().rss - before < 30_000_000


def test_a_body_that_comes_too_slowly_is_given_up(door: Opened) -> None:
    with door.connect() as connection:
        connection.sendall(post(1000, b"a"))
        heard = hear(connection, seconds=5)
    assert (heard.status, heard.closed) == (408, True)
    assert b"took too long to arrive" in heard.body


def test_a_client_that_hangs_up_leaves_nothing_behind(door: Opened) -> None:
    for _ in range(50):
        with door.connect() as connection:
            connection.sendall(post(90_000, b"a" * 50_000))
    assert door.say(post(5, b"hello")).json()["length of body"] == 5


def test_all_bodies_together_have_a_limit_too(open_door: OpenDoor) -> None:
    door = open_door(body=100_000, seconds=3.0, together=450_000)
    waiting = [door.connect() for _ in range(5)]
    answers: list[int] = []

    def send(connection: socket.socket) -> None:
        connection.sendall(post(100_000, b"a" * 99_999))
        answers.append(hear(connection, seconds=8).status)

    threads = [threading.Thread(target=send, args=(each,)) for each in waiting]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(answers) == [408, 408, 408, 408, 503]
    assert door.say(post(100_000, b"a" * 100_000)).status == 200
    for connection in waiting:
        connection.close()


def test_one_address_never_takes_the_place_of_all_bodies(open_door: OpenDoor) -> None:
    door = open_door(body=100_000, seconds=5.0, upload=100_000, together=450_000)
    slow = post(100_000, b"a" * 50_000)
    with ExitStack() as stack:
        mine = [stack.enter_context(door.connect(come_from="127.0.0.2")) for _ in range(9)]
        for each in mine:
            each.sendall(slow)
        refused = [each for each in mine if hear(each, seconds=0.3).status == 429]
        assert len(refused) >= 7  # which ones depends on how the pieces come
        assert door.say(post(100_000, b"a" * 100_000), come_from="127.0.0.3").status == 200
        assert {hear(each, seconds=8).status for each in mine if each not in refused} <= {408}
    assert door.say(post(100_000, b"a" * 100_000), come_from="127.0.0.2").status == 200


def test_large_bodies_are_for_the_staff_alone(door: Opened) -> None:
    """Who isn't signed in is told so before the body is read; the form of an ended session still fits."""
    upload = b"POST /admin/ HTTP/1.1\r\n" + HOST + b"Connection: close\r\nContent-Length: %d\r\n\r\n"
    assert door.say(upload % 3_000_000).status == 413
    assert door.say(upload % 1_500_000 + b"a" * 1_500_000).json()["length of body"] == 1_500_000
