"""A door that is open, and clients that speak HTTP by hand."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Process, environment
from tests.servers import free_port

OpenDoor = Callable[..., "Opened"]


@dataclass
class Heard:
    """What came back on a connection until it was closed or nothing more came."""

    raw: bytes
    closed: bool

    @property
    def status(self) -> int:
        return int(self.raw.split(b" ", 2)[1]) if self.raw.startswith(b"HTTP/") else 0

    @property
    def head(self) -> str:
        return self.raw.partition(b"\r\n\r\n")[0].decode("latin-1").lower()

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]

    def json(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.body)
        return said


@dataclass
class Opened:
    process: Process
    port: int

    def connect(self, *, come_from: str = "127.0.0.1") -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10, source_address=(come_from, 0))

    def say(self, raw: bytes, *, come_from: str = "127.0.0.1", seconds: float = 10.0) -> Heard:
        with self.connect(come_from=come_from) as connection:
            with suppress(OSError):  # refused before all was sent: what was answered is still to be read
                connection.sendall(raw)
            return hear(connection, seconds=seconds)

    def get(self, path: str, headers: str = "", *, come_from: str = "127.0.0.1") -> Heard:
        request = f"GET {path} HTTP/1.1\r\nHost: iria.example\r\nConnection: close\r\n{headers}\r\n"
        return self.say(request.encode("latin-1"), come_from=come_from)


def hear(connection: socket.socket, *, seconds: float = 10.0) -> Heard:
    heard = b""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            piece = connection.recv(65_536)
        except TimeoutError:
            break
        except ConnectionResetError:
            return Heard(heard, closed=True)
        if not piece:
            return Heard(heard, closed=True)
        heard += piece
    return Heard(heard, closed=False)


@pytest.fixture(scope="module")
def open_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenDoor]:
    """Opens a door with these limits; all of them are shut at the end."""
    with ExitStack() as stack:

        def opened(**order: Any) -> Opened:
            folder: Path = tmp_path_factory.mktemp("door")
            port = free_port()
            order.setdefault("bind", f"127.0.0.1:{port}")
            process = stack.enter_context(
                Process(
                    [sys.executable, "-m", "tests.iria.door.served", json.dumps(order)],
                    variables=environment(IRIA_DATA=str(folder)),
                    log=folder / "door.log",
                )
            )
            process.wait_for_words("open")
            return Opened(process, port)

        yield opened
