"""/healthz says whether this installation is ready, and if not, which part is not."""

from __future__ import annotations

import os
import time
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from iria import health

pytestmark = pytest.mark.django_db


@pytest.fixture
def embedded(settings: Settings, tmp_path: Path) -> Path:
    """As the web process of `up` sees it; the path is the worker's sign of life."""
    settings.IRIA_ROLE = "web"
    settings.IRIA_DATA = tmp_path
    return tmp_path / "worker.alive"


def test_ready_when_the_database_answers_and_the_worker_lives(client: Client, embedded: Path) -> None:
    embedded.touch()
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "worker": "ok"}


def test_not_ready_before_the_worker_was_seen(client: Client, embedded: Path) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "database": "ok", "worker": "not seen"}


def test_not_ready_when_the_worker_fell_silent(client: Client, embedded: Path) -> None:
    embedded.touch()
    os.utime(embedded, times=(time.time() - 60, time.time() - 60))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["worker"].startswith("not seen for 60 s")


def test_a_database_that_is_away_is_named(client: Client, embedded: Path) -> None:
    embedded.touch()
    with patch("iria.health.connection") as connection:
        connection.cursor.side_effect = OperationalError("gone")
        answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "not reachable, or not migrated"


def test_in_production_a_missing_worker_is_said_and_pages_stay(client: Client, settings: Settings) -> None:
    settings.IRIA_ROLE = "any"
    assert client.get("/healthz").json() == {"status": "ok", "database": "ok", "worker": "not seen"}
    cache.set("iria:worker-seen", time.time())
    assert client.get("/healthz").json()["worker"] == "ok"


def test_a_load_balancer_may_ask_by_any_name(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz", headers={"host": "10.0.0.7"}).status_code == 200


def test_a_cache_that_is_down_does_not_trouble_a_worker(settings: Settings) -> None:
    settings.IRIA_ROLE = "any"
    with (
        patch("iria.health._last_noted", float("-inf")),
        patch("iria.health.cache.set", side_effect=ConnectionError) as asked,
    ):
        health.note_worker()
    asked.assert_called_once()
