"""Many clients at once, slow ones above all: the others are served as if nothing were."""

from __future__ import annotations

import select
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.iria.door.conftest import OpenDoor, Opened, hear
from tests.processes import wait_until

pytestmark = pytest.mark.slow
SLOW_HEAD = b"GET / HTTP/1.1\r\nHost: iria.example\r\nX-A: "
SLOW_BODY = b"POST / HTTP/1.1\r\nHost: iria.example\r\nContent-Length: 1000\r\n\r\na"


def crowd(stack: ExitStack, door: Opened, number: int, begins: bytes, *, come_from: str) -> list[socket.socket]:
    connections = [stack.enter_context(door.connect(come_from=come_from)) for _ in range(number)]
    for each in connections:
        each.sendall(begins)
    return connections


def test_slow_heads_and_bodies_keep_nobody_waiting_and_are_given_up(open_door: OpenDoor) -> None:
    door = open_door(seconds=8.0)
    with ExitStack() as stack:
        heads = crowd(stack, door, 50, SLOW_HEAD, come_from="127.0.0.2")
        bodies = crowd(stack, door, 50, SLOW_BODY, come_from="127.0.0.3")
        began = time.monotonic()
        for _ in range(20):
            assert door.get("/echo").status == 200
        assert time.monotonic() - began < 6  # waiting for the slow ones to be given up would take 8
        assert {hear(each, seconds=20).status for each in bodies} == {408}
        assert all(hear(each, seconds=30).closed for each in heads)


def test_an_address_that_opens_too_many_connections_loses_the_newest(open_door: OpenDoor) -> None:
    door = open_door(per_visitor=10)
    with ExitStack() as stack:
        mine = crowd(stack, door, 40, b"", come_from="127.0.0.2")
        ended = [each for each in mine if hear(each, seconds=0.1 if each in mine[:10] else 10).closed]
        assert ended == mine[10:]
        # Now and all at once, since each connection without a request is closed after some seconds, and a busy machine
        # takes as long. One that is closed can be read.
        others = crowd(stack, door, 10, b"", come_from="127.0.0.3")
        assert select.select(others, [], [], 0.5)[0] == []
        assert door.get("/echo", come_from="127.0.0.4").status == 200


@pytest.mark.parametrize(
    "forwarded", [b"198.51.100.8, 203.0.113.9", b"198.51.100.8\r\nX-Forwarded-For: 203.0.113.9"], ids=["one", "two"]
)
def test_behind_a_proxy_the_visitor_is_limited_and_not_the_proxy(open_door: OpenDoor, forwarded: bytes) -> None:
    """What the visitor wrote there is a stranger's address, who must not be kept out by it."""
    door = open_door(per_visitor=5, proxies=1, seconds=20.0)
    begins = b"POST / HTTP/1.1\r\nHost: iria.example\r\nX-Forwarded-For: %s\r\nContent-Length: 9\r\n\r\na"
    with ExitStack() as stack:
        flood = crowd(stack, door, 20, begins % forwarded, come_from="127.0.0.1")
        refused = [each for each in flood if hear(each, seconds=0.5).status == 429]
        assert len(refused) == 15
        assert door.get("/echo", "X-Forwarded-For: 198.51.100.8\r\n").status == 200
        assert door.get("/echo", "X-Forwarded-For: 203.0.113.9\r\n").status == 429


def test_one_visitor_never_keeps_all_threads_busy(open_door: OpenDoor, tmp_path: Path) -> None:
    door = open_door()
    threads = [
        threading.Thread(target=door.get, args=(f"/busy?folder={tmp_path}",), kwargs={"come_from": "127.0.0.2"})
        for _ in range(8)
    ]
    for each in threads:
        each.start()
    try:
        wait_until(lambda: len(list(tmp_path.iterdir())) >= 2, "two threads are busy")
        time.sleep(0.3)  # the others have come too
        assert door.get("/echo", come_from="127.0.0.3").status == 200
        assert len(list(tmp_path.iterdir())) == 2
    finally:
        (tmp_path / "go").touch()
        for each in threads:
            each.join()


def test_what_is_under_way_is_finished_when_the_door_is_shut(open_door: OpenDoor, tmp_path: Path) -> None:
    door = open_door()
    with ExitStack() as stack:
        idle = crowd(stack, door, 3, b"", come_from="127.0.0.1")
        request = f"GET /busy?folder={tmp_path} HTTP/1.1\r\nHost: iria.example\r\n\r\n".encode()
        (working,) = crowd(stack, door, 1, request, come_from="127.0.0.1")
        wait_until(lambda: list(tmp_path.iterdir()), "a thread is busy")
        door.process.popen.terminate()
        assert all(hear(each, seconds=6).closed for each in idle)
        (tmp_path / "go").touch()
        assert hear(working, seconds=6).status == 200
        assert door.process.popen.wait(6) == 0


def test_a_unix_socket_serves_our_own_proxy(open_door: OpenDoor, tmp_path_factory: pytest.TempPathFactory) -> None:
    path: Path = tmp_path_factory.mktemp("s") / "web.sock"
    open_door(bind=f"unix:{path}", proxies=1)
    wait_until(path.exists, "the socket is there")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.sendall(
            b"GET /echo HTTP/1.1\r\nHost: iria.example\r\nX-Forwarded-For: 198.51.100.8\r\nConnection: close\r\n\r\n"
        )
        heard = hear(connection)
    assert heard.status == 200
    assert heard.json()["HTTP_X_FORWARDED_FOR"] == "198.51.100.8"
