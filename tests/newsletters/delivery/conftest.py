"""Editions that are ready to be sent, and a transport whose answers a test writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from iria import env
from mail import circuit_breaker, routing
from mail.esp.pool import Pool
from mail.results import Result, from_reply
from mail.transport import Outgoing, Recorder, Transport
from newsletters.delivery.engine import sending, stopping
from newsletters.models import Newsletter
from tests.factories import make_list, make_newsletter
from tests.smtp_server import SmtpServer

Answer = Callable[[Outgoing], Result]


@pytest.fixture
def newsletter(transactional_db: None) -> Newsletter:
    """Transactional, because transports run in threads that must see what was committed."""
    return make_newsletter(make_list())


class Scripted:
    """A channel that answers as it is told and remembers what it was given."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.answer: Answer = lambda mail: answered(mail, 250)

    def send(self, mail: Outgoing) -> Result:
        result = self.answer(mail)
        self.sent.append(mail.email)
        return result

    def close(self) -> None: ...

    def abort(self) -> None: ...


def answered(mail: Outgoing, code: int, reply: str = "2.0.0 Ok", stage: str = "final") -> Result:
    return from_reply(mail.key, code, reply, stage=stage, email=mail.email)


class Elsewhere(threading.Thread):
    """Something done in another session of the database: `came` is what it returned, or the database's error."""

    def __init__(self, do: Callable[[], object]) -> None:
        super().__init__()
        self._do = do
        self.came: object = None

    def run(self) -> None:
        try:
            self.came = self._do()
        except OperationalError as error:
            self.came = error
        finally:
            connection.close()


def wait_for_a_blocked_session() -> None:
    """Until another session of this PostgreSQL database waits for a lock that we hold."""
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute("SELECT pg_sleep(0.01), pg_stat_clear_snapshot()")  # else a transaction sees one moment
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("Nobody waited for a lock.")


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """Two channels' worth of a server without a network."""
    channel = Scripted()
    pools: list[Pool] = []

    def open_transport(recorder: Recorder) -> Transport:
        if not pools:
            pools.append(Pool(lambda: channel, size=2, recorder=recorder))
        return pools[0]

    monkeypatch.setattr(sending, "open_transport", open_transport)
    yield channel
    for pool in pools:
        pool.close()


@pytest.fixture
def smtp(smtp_server: SmtpServer, settings: Settings) -> Iterator[SmtpServer]:
    """A real server, and this process's transport to it."""
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", smtp_server.url)
    routing.close_transports()
    yield smtp_server
    routing.close_transports()


class Clock:
    """Moves when it is told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """By which circuits wait, so that no test has to."""
    clock = Clock()
    monkeypatch.setattr(circuit_breaker, "time", clock)
    return clock


@pytest.fixture(autouse=True)
def _not_stopping() -> Iterator[None]:
    yield
    stopping.stopping.clear()
