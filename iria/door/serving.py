"""How the door is made from the settings, and served by granian.

In production (`python -m iria.door`) a parent imports everything, and its workers are forked from it, so that they
share what was imported; granian looks after them. Under `manage.py up` the process serves by itself.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from iria.door.arriving import DoorLimits
from iria.door.door import Door
from iria.door.pages.making import Maker
from iria.door.pages.release import name_release
from iria.door.sockets import Sockets
from iria.env import EnvironmentProblem
from newsletters.site.version import read_version

if TYPE_CHECKING:
    from iria.door.pages.shared import SharedPages

SOCKET_MODE = 0o660  # of a unix socket: the proxy is in our group
BACKLOG = 1024
CONNECTIONS = 4096  # a process, of everybody; most of them idle
BUFFER_BYTES = 65_536  # of a connection: more than a head that we accept
# Until a whole head has arrived, also between two requests of a connection. Our own proxies keep connections for later.
HEAD_SECONDS = 10
PROXY_HEAD_SECONDS = 60
STOP_SECONDS = 20  # for requests under way


@dataclass(frozen=True)
class Address:
    """Where to listen: a host (a name or an address) and a port, or a unix socket."""

    host: str = ""
    port: int = 0
    path: Path | None = None

    @classmethod
    def parse(cls, name: str, value: str) -> Address:
        """`127.0.0.1:8000`, `[::1]:8000` or `unix:/run/iria/web.sock`."""
        if value.startswith("unix:"):
            return cls(path=Path(value.removeprefix("unix:")))
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 1 <= int(port) <= 65535:
            raise EnvironmentProblem(
                f"{name} is “{value}”, but must be like 127.0.0.1:8000, [::1]:8000 or unix:/run/iria/web.sock."
            )
        return cls(host.strip("[]"), int(port))

    def options(self) -> dict[str, Any]:
        """For granian, which knows no names. Raises EnvironmentProblem."""
        return {"uds": self.path} if self.path else {"address": self._ip_address(), "port": self.port}

    def _ip_address(self) -> str:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        except OSError:
            raise EnvironmentProblem(f"The host “{self.host}” to listen on can't be found.") from None
        return str(min(found)[4][0])  # of several, the one of IPv4


def make_door(address: Address) -> Door:
    """The door of this installation, with Django loaded behind it."""
    limits = DoorLimits(
        head=settings.REQUEST_HEAD_BYTES,
        body=settings.REQUEST_BYTES,
        seconds=settings.REQUEST_SECONDS,
        upload=settings.UPLOAD_BYTES,
        upload_seconds=settings.UPLOAD_SECONDS,
        together=settings.REQUESTS_TOGETHER_BYTES,
        webhook=settings.WEBHOOK_BYTES,
    )
    per_visitor = settings.CONNECTIONS_PER_ADDRESS
    return Door(
        get_wsgi_application(),
        limits=limits,
        threads=settings.WEB_THREADS,
        per_visitor=per_visitor,
        proxies=settings.TRUSTED_PROXIES,
        sockets=Sockets(
            address.port,
            per_visitor=None if settings.TRUSTED_PROXIES else per_visitor,
            together=CONNECTIONS * 3 // 4,
        ),
        opened=tell_systemd,
        maker=None if settings.DEBUG else Maker(read_site_version, shared_pages()),
    )


def read_site_version() -> str:
    """For threads of the door, which keep their connections to the database. Raises DatabaseError."""
    close_old_connections()
    try:
        return read_version()
    finally:
        close_old_connections()


def shared_pages() -> SharedPages | None:
    if not settings.REDIS_URL:
        return None
    from iria.door.pages.shared import SharedPages

    return SharedPages(settings.REDIS_URL, name_release())


def options(address: Address) -> dict[str, Any]:
    """What granian is told in both ways to run."""
    head_seconds = PROXY_HEAD_SECONDS if settings.TRUSTED_PROXIES else HEAD_SECONDS
    return {
        **address.options(),
        "interface": Interfaces.RSGI,
        "http": HTTPModes.http1,  # HTTP/2 is a proxy's business; here it would be one more parser to face anybody
        "websockets": False,
        "backlog": BACKLOG,
        "backpressure": CONNECTIONS,
        "http1_settings": HTTP1Settings(header_read_timeout=head_seconds * 1000, max_buffer_size=BUFFER_BYTES),
        "log_access": False,  # the proxy writes one, and addresses of readers belong into as few files as possible
    }


def allow_many_connections() -> None:
    """A connection is an open file, and a shell's usual limit is 1,024 of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + 1024
    if soft < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )


def serve_with_workers(address: Address, workers: int) -> None:
    """Until SIGTERM or SIGINT; then requests under way are finished."""
    from granian.server.mp import MPServer

    door = make_door(address)
    preload()
    allow_many_connections()
    server = MPServer(
        "iria.door",
        workers=workers,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_enabled=False,
        uds_permissions=SOCKET_MODE,
        **options(address),
    )
    gc.freeze()  # else the first collection in each worker copies every page that it looks at
    server.serve(
        target_loader=lambda: door,  # type: ignore[arg-type,return-value]  # an object with __rsgi__ serves as well
        wrap_loader=False,
    )


def preload() -> None:
    """What pages need, in the parent: imported once, shared by all workers. The database isn't asked for anything."""
    from django.template.loader import get_template
    from django.urls import reverse

    reverse("site:home")  # reads every urls.py, and with them the views
    for name in ("site/home.html", "site/article.html", "site/archive.html", "subscribers/sign_up.html"):
        get_template(name)


def tell_systemd() -> None:
    """`Type=notify`: ready when the first worker is."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.connect(f"\0{address[1:]}" if address.startswith("@") else address)
            notify.sendall(b"READY=1")
