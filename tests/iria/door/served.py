"""The door with a small application behind it, served by granian in a process of its own, for the tests of this folder.

python -m tests.iria.door.served '{"bind": "127.0.0.1:8000", "body": 1000, …}'
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import django
from django.http import StreamingHttpResponse

LIMITS = {
    "head": 16_000, "body": 100_000, "seconds": 2.0, "upload": 5_000_000, "upload_seconds": 5.0,
    "together": 50_000_000, "webhook": 1_000_000,
}  # fmt: skip


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    asked = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    if path == "/raises":
        raise RuntimeError("meant")
    if path == "/slow":
        time.sleep(float(asked["seconds"]))
    if path == "/busy":
        stay(Path(asked["folder"]))
    if path == "/empty":
        start("204 No Content", [])
        return Made([])
    if path == "/file":
        file = Path(asked["name"]).open("rb")  # noqa: SIM115 - closed by who sends it
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(Path(asked["name"]).stat().st_size))])
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](file)
        return wrapped
    if path == "/download":
        start("200 OK", [("Content-Type", "text/csv")])
        return StreamingHttpResponse(pieces(int(asked["pieces"])))
    body = environ["wsgi.input"].read()
    said = {name: value for name, value in environ.items() if isinstance(value, str)} | {"length of body": len(body)}
    start("200 OK", [("Content-Type", "application/json"), ("X-Twice", "a"), ("X-Twice", "b")])
    return Made([json.dumps(said).encode()])


def stay(folder: Path) -> None:
    """Keep the thread until the test lays a file `go` there; another file says that it is kept."""
    (folder / f"kept by {threading.get_ident()}").touch()
    until = time.monotonic() + 60
    while not (folder / "go").exists() and time.monotonic() < until:
        time.sleep(0.02)


class Made(list[bytes]):
    def close(self) -> None:
        pass


def pieces(number: int) -> Iterator[bytes]:
    for _ in range(number):
        yield b"x" * 65_536


async def serve(order: dict[str, Any]) -> None:
    from granian.server.embed import Server

    from iria.door.arriving import DoorLimits
    from iria.door.door import Door
    from iria.door.serving import Address, allow_many_connections, options
    from iria.door.sockets import Sockets

    address = Address.parse("bind", order["bind"])
    limits = DoorLimits(**{name: order.get(name, value) for name, value in LIMITS.items()})
    most = order.get("per_visitor", 200)
    allow_many_connections()
    door = Door(
        application,
        limits=limits,
        threads=4,
        per_visitor=most,
        proxies=order.get("proxies", 0),
        sockets=Sockets(address.port, per_visitor=None if order.get("proxies") else most, together=1000),
        opened=lambda: print("open", flush=True),
    )
    server = Server(door, log_enabled=False, **options(address))
    server.workers_kill_timeout = 5
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iria.settings")
    django.setup()
    asyncio.run(serve(json.loads(sys.argv[1])))
