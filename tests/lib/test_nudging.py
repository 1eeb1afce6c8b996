"""Nudges to a broker that is not there: said, and over, and never an error of the person who waits."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

import pytest
from celery import current_app
from kombu import Connection

from lib import nudging
from mail.outbox.posting import SEND_MESSAGES
from tests.processes import wait_until


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Somebody who listens where Redis should be, and never says a word."""
    monkeypatch.setattr(nudging, "_quiet_until", 0.0)
    monkeypatch.setattr(nudging, "PATIENCE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        monkeypatch.setattr(current_app.conf, "broker_url", url)
        yield silent


def test_a_broker_that_does_not_answer_is_left_and_then_left_alone(
    broker: socket.socket, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = nudging._connection

    def counted(url: str) -> Connection:
        asked.append(url)
        return real(url)

    monkeypatch.setattr(nudging, "_connection", counted)
    with caplog.at_level(logging.WARNING):
        nudging._send(SEND_MESSAGES, ())
        nudging._send(SEND_MESSAGES, ())
    assert len(asked) == 1
    assert "waits for the next reconcile" in caplog.text


def test_a_refused_connection_is_no_error(broker: socket.socket, caplog: pytest.LogCaptureFixture) -> None:
    broker.close()
    with caplog.at_level(logging.WARNING):
        nudging._send(SEND_MESSAGES, ())
    assert "Broker not reached" in caplog.text


def test_a_nudge_reaches_the_queue_of_its_task(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import redis

    monkeypatch.setattr(nudging, "_quiet_until", 0.0)
    monkeypatch.setattr(current_app.conf, "broker_url", redis_url)
    client = redis.Redis.from_url(redis_url)
    client.flushdb()
    nudging._send(SEND_MESSAGES, ())
    assert client.llen("mail") == 1
    client.flushdb()
    client.close()


def test_many_nudges_for_the_same_work_become_two_and_the_last_comes_after_all(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import redis

    monkeypatch.setattr(nudging, "_quiet_until", 0.0)
    monkeypatch.setattr(nudging, "_sent_at", {})
    monkeypatch.setattr(nudging, "_planned", set())
    monkeypatch.setattr(current_app.conf, "broker_url", redis_url)
    client = redis.Redis.from_url(redis_url)
    client.flushdb()
    monkeypatch.setattr(nudging, "GATHER_SECONDS", 1.0)
    for _time in range(20):
        nudging._send_for_all(SEND_MESSAGES)
    assert client.llen("mail") == 1
    wait_until(lambda: client.llen("mail") == 2, "the nudge for all the others was sent")
    assert nudging._planned == set()
    client.flushdb()
    client.close()
