"""What is counted once and kept for a while, in Django's cache; without the cache it is counted anew.

In production the cache is Redis, and nothing but speed may depend on it: an edition goes out without it, too.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.cache import cache

logger = logging.getLogger(__name__)


def cache_failures() -> tuple[type[Exception], ...]:
    """What a cache that can't be reached raises. Without a Redis its client isn't loaded: it takes 6 MB."""
    if not settings.REDIS_URL:
        return (OSError,)
    from redis.exceptions import RedisError

    return (RedisError, OSError)


def get_cached(key: str) -> Any:
    """What was kept under the key; None when nothing was, or the cache cannot be reached."""
    return get_many_cached([key]).get(key)


def get_many_cached(keys: Iterable[str]) -> dict[str, Any]:
    """The same for several keys: those under which something was kept."""
    try:
        found: dict[str, Any] = cache.get_many(list(keys))
    except cache_failures() as problem:
        logger.warning("Can't reach the cache: %s", problem)
        return {}
    return found


def put_cached(key: str, value: Any, seconds: float) -> None:
    """Keep it for so long, where the cache can be reached."""
    try:
        cache.set(key, value, seconds)
    except cache_failures() as problem:
        logger.warning("Can't reach the cache: %s", problem)
