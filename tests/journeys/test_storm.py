"""The click storm, and clients that mean no good, against the real server: two processes on PostgreSQL and Redis."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import psycopg
import pytest

from tests.installations import Production
from tests.iria.door.conftest import hear
from tests.servers import Postgres, Redis

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
HEADERS = {"Host": "news.iria.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
HEAD = b"Host: news.iria.example\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: %s\r\n"
CHANGES = 20


@pytest.fixture
def database_url(postgres_server: Postgres, migrated: str, request: pytest.FixtureRequest) -> str:
    return postgres_server.database(re.sub(r"\W", "_", request.node.name)[-50:], template=migrated)


@pytest.fixture
def iria(tmp_path: Path, database_url: str, redis_server: Redis) -> Iterator[Production]:
    with Production(
        tmp_path / "iria", database_url=database_url, redis_url=redis_server.url, email_url="smtp://127.0.0.1:9/",
        migrated=True,
    ) as installation:  # fmt: skip
        installation.variables |= {"WEB_WORKERS": "2", "LOG_LEVEL": "DEBUG", "REQUEST_SECONDS": "10"}
        installation.lay("newsletter")
        installation.lay("edition", number=1)
        yield installation


class Reader(threading.Thread):
    """Asks for the home page again and again, and notes for how long what it shows had been outdated when it asked.

    Not when it read the answer: on a busy machine this thread itself may wait for its turn in between.
    """

    def __init__(self, port: int, changed_at: dict[int, float], number: int) -> None:
        super().__init__(daemon=True)
        self.connection = HTTPConnection("127.0.0.1", port, timeout=20)
        self.changed_at, self.number = changed_at, number
        self.oldest, self.asked = 0.0, 0

    def run(self) -> None:
        for _ in range(self.number):
            asked_at = time.monotonic()
            self.connection.request("GET", "/?utm_source=mail", headers=HEADERS)
            answer = self.connection.getresponse()
            body = answer.read()
            assert answer.status == 200
            shown = re.search(rb"tagline number (\d+)\.", body)
            assert shown
            outdated_at = self.changed_at.get(int(shown[1]) + 1)
            if outdated_at is not None:
                self.oldest = max(self.oldest, asked_at - outdated_at)
            self.asked += 1
            time.sleep(0.003)


def test_ten_thousand_readers_while_the_page_changes_twenty_times(iria: Production, database_url: str) -> None:
    """None gets a page that was outdated for a second, and all processes together make it 21 times at most."""
    with psycopg.connect(database_url, autocommit=True) as database:
        database.execute(
            "INSERT INTO newsletters_institute (id, name, tagline, description, contact_email, copyright_line,"
            " comments_email, updated_at) VALUES (1, 'IRIA', 'tagline number 0.', '', '', '', '', now())"
            " ON CONFLICT (id) DO UPDATE SET tagline = excluded.tagline"
        )
        web = iria.web()
        changed_at: dict[int, float] = {}
        readers = [Reader(iria.port, changed_at, 1250) for _ in range(8)]
        for reader in readers:
            reader.start()
        for number in range(1, CHANGES + 1):
            time.sleep(0.25)
            database.execute("UPDATE newsletters_institute SET tagline = %s", [f"tagline number {number}."])
            changed_at[number] = time.monotonic()  # after the commit: not a moment is given away
        for reader in readers:
            reader.join(120)
    assert sum(reader.asked for reader in readers) == 10_000
    assert max(reader.oldest for reader in readers) < 1.0
    made = re.findall(r"Made https news\.iria\.example/$", web.output(), re.MULTILINE)
    assert 2 <= len(made) <= CHANGES + 1


def test_slow_and_huge_requests_keep_nobody_waiting(iria: Production) -> None:
    iria.web()
    iria.site.headers["X-Forwarded-For"] = "198.51.100.8"
    with ExitStack() as stack:

        def begin(raw: bytes, number: int) -> list[socket.socket]:
            found = [
                stack.enter_context(socket.create_connection(("127.0.0.1", iria.port), timeout=10))
                for _ in range(number)
            ]
            for each in found:
                each.sendall(raw)
            return found

        begin(b"GET / HTTP/1.1\r\nHost: news.iria", 50)
        body = b"POST /subscribe/ HTTP/1.1\r\n" + HEAD % b"203.0.113.7" + b"Content-Length: %d\r\n\r\nemail="
        bodies = begin(body % 1000, 50)
        (huge,) = begin(body % 1_000_000_000, 1)
        assert hear(huge, seconds=5).status == 413
        began = time.monotonic()
        for path in ("/", "/archive/", "/subscribe/", "/search/?q=ship", "/articles/none/"):
            assert iria.site.get(path).status_code in {200, 404}
        assert iria.site.post("/subscribe/", {"email": "anna@readers.example", "lists": "iria-news"}).status_code == 200
        assert time.monotonic() - began < 8  # waiting for the slow ones to be given up would take 10
        assert {hear(each, seconds=20).status for each in bodies} == {408}
