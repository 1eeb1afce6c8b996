"""Nothing but speed depends on the cache."""

from __future__ import annotations

import pytest
from django.core.cache.backends.redis import RedisCache
from pytest_django import Settings

from lib import optional_cache
from lib.optional_cache import get_cached, get_many_cached, put_cached


def test_what_is_kept_is_found_again() -> None:
    put_cached("a-key", 7, 60)
    assert get_cached("a-key") == 7
    assert get_many_cached(["a-key", "another-key"]) == {"a-key": 7}


def test_without_the_cache_nothing_is_kept_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(optional_cache, "cache", RedisCache(settings.REDIS_URL, {}))  # nobody listens there
    put_cached("a-key", 7, 60)
    assert get_cached("a-key") is None
    assert "Can't reach the cache" in caplog.text
