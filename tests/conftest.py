"""Fixtures that every test may use."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from pytest_django import Settings

from tests.settings import TESTS_DATA


def pytest_sessionfinish() -> None:
    shutil.rmtree(TESTS_DATA, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deselect nothing silently: what belongs to the other database is skipped with that reason."""
    postgres = connection.vendor == "postgresql"
    for item in items:
        if postgres and item.get_closest_marker("sqlite_only"):
            item.add_marker(pytest.mark.skip(reason="this run is on PostgreSQL; this test is about SQLite"))
        elif not postgres and item.get_closest_marker("postgres_only"):
            item.add_marker(pytest.mark.skip(reason="this run is on SQLite; this test is about PostgreSQL"))


@pytest.fixture(autouse=True)
def _own_files_and_cache(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """No test sees another's uploads or rate limits."""
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()
    yield
    cache.clear()
