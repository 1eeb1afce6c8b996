"""`GET /healthz`: is this installation ready, and if not, which part is not.

200 `{"status": "ok", …}` when the web process can use its database and, under `manage.py up`, the worker beside it is
alive; else 503 with the same keys. In production a worker that was not seen is said but is no reason for 503: pages,
sign-ups and unsubscribes work without it, and a load balancer must not take them away.

What iria.front noticed, such as a proxy that isn't configured, stands under “set-up” and causes no 503.

It is answered before anything else looks at the request, so that a load balancer may ask by whatever host name.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from iria import front

logger = logging.getLogger(__name__)

SEEN_WITHIN = 10.0  # seconds: a worker shows life every one or two
_CACHE_KEY = "iria:worker-seen"
_last_noted = 0.0


def worker_file() -> Path:
    """Touched by the worker of `manage.py up`, which shares no cache with the web process."""
    return Path(settings.IRIA_DATA) / "worker.alive"


def note_worker() -> None:
    """Called by every worker now and then. A cache that is down is no reason for a worker to stumble."""
    global _last_noted  # noqa: PLW0603 - Celery's heartbeat beats for each queue; once a second is enough
    if time.monotonic() - _last_noted < 1:
        return
    _last_noted = time.monotonic()
    if settings.IRIA_ROLE == "worker":
        worker_file().touch()
        return
    try:
        cache.set(_CACHE_KEY, time.time(), timeout=3600)
    except Exception as error:  # noqa: BLE001 - whatever a cache's client raises
        logger.warning("Can't reach the cache (%s), so /healthz doesn't know about this worker", error)


def worker_seen() -> float | None:
    """Seconds since a worker showed life, as far as this process can know."""
    if settings.IRIA_ROLE == "any":
        try:
            seen = cache.get(_CACHE_KEY)
        except Exception as error:  # noqa: BLE001 - whatever a cache's client raises
            logger.warning("Can't reach the cache: %s", error)
            return None
    else:
        try:
            seen = worker_file().stat().st_mtime
        except FileNotFoundError:
            return None
    return None if seen is None else max(0.0, time.time() - float(seen))


def report() -> tuple[bool, dict[str, str]]:
    """Whether we are ready, and each part in words."""
    parts = {"database": _database()}
    seen = worker_seen()
    if seen is None:
        parts["worker"] = "not seen"
    else:
        parts["worker"] = "ok" if seen < SEEN_WITHIN else f"not seen for {seen:.0f} s"
    if troubles := front.noted_troubles():
        parts["set-up"] = " ".join(troubles)
    ready = parts["database"] == "ok" and (parts["worker"] == "ok" or settings.IRIA_ROLE == "any")
    return ready, {"status": "ok" if ready else "not ready", **parts}


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations")
            cursor.fetchone()
    except DatabaseError as error:
        logger.warning("healthz: %s", error)
        connection.close()
        return "not reachable, or not migrated"
    return "ok"


class HealthMiddleware:
    """Stands first, before the middleware that checks host names and sends visitors to https."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != "/healthz" or request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        ready, parts = report()
        response = JsonResponse(parts, status=200 if ready else 503, headers={"Cache-Control": "no-store"})
        response._has_been_logged = True  # type: ignore[attr-defined]  # else Django logs each 503 as an error
        return response
