"""Nothing but speed depends on the cache."""

from __future__ import annotations

import pytest
from django.core.cache.backends.redis import RedisCache

from lib import optional_cache
from lib.optional_cache import keep, kept, kept_of


def test_what_is_kept_is_found_again() -> None:
    keep("a-key", 7, 60)
    assert kept("a-key") == 7
    assert kept_of(["a-key", "another-key"]) == {"a-key": 7}


def test_without_the_cache_nothing_is_kept_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(optional_cache, "cache", RedisCache("redis://127.0.0.1:1/0", {}))  # nobody listens there
    keep("a-key", 7, 60)
    assert kept("a-key") is None
    assert "The cache cannot be reached" in caplog.text
