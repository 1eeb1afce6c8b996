"""Pages that processes on all hosts share in Redis: the first that needs one makes it, the others take it.

Redis is a convenience here. When it can't be reached, each process makes its own pages and asks again a little later.
Only the compressed page is there, and only for a minute: the broker's Redis must never fill up with pages.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from hashlib import blake2b

import brotli
from redis import Redis
from redis.exceptions import RedisError

from iria.door.pages.page import KeptPage
from iria.door.rsgi import HeaderList
from lib.public_pages import KEPT

logger = logging.getLogger(__name__)

KEPT_SECONDS = 60
MAKING_SECONDS = 2  # then another process may make it: the first has died, or is in trouble
LOOK_AGAIN = 0.01
AWAY_SECONDS = 5.0  # how long a Redis that couldn't be reached isn't asked
_AWAY = (RedisError, OSError)


class SharedPages:
    """`release` names the program and its settings: pages of another one look different."""

    def __init__(self, url: str, release: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = Redis.from_url(url, socket_timeout=0.25, socket_connect_timeout=0.25)
        self._release = release
        self._clock = clock
        self._ask_again_at = 0.0

    def find_or_make(self, key: str, version: str, make: Callable[[], KeptPage | None]) -> KeptPage | None:
        """The page of this version, made by the first that asks; None when it turns out not to be one for everybody."""
        name = self._name(key)
        give_up_at = self._clock() + MAKING_SECONDS
        while self._clock() >= self._ask_again_at and self._clock() < give_up_at:
            try:
                if page := self._find(name, version):
                    return page
                if self._redis.set(f"{name}:making:{version}", 1, nx=True, ex=MAKING_SECONDS):
                    return self._put(name, version, make())
            except _AWAY as problem:
                logger.warning("Can't reach Redis (%s): pages aren't shared for now", problem)
                self._ask_again_at = self._clock() + AWAY_SECONDS
                break
            time.sleep(LOOK_AGAIN)
        return make()

    def _put(self, name: str, version: str, page: KeptPage | None) -> KeptPage | None:
        try:
            if page is None:
                self._redis.delete(f"{name}:making:{version}")
            else:
                self._redis.set(name, _packed(page), ex=KEPT_SECONDS)
        except _AWAY as problem:
            logger.warning("Can't reach Redis (%s): a page wasn't shared", problem)
        return page

    def _find(self, name: str, version: str) -> KeptPage | None:
        raw = self._redis.get(name)
        return _unpacked(raw, version) if isinstance(raw, bytes) else None

    def _name(self, key: str) -> str:
        name = blake2b(f"{self._release}\n{key}".encode(), digest_size=16).hexdigest()
        return f"iria:page:{name}"


def _packed(page: KeptPage) -> bytes:
    head = {"version": page.version, "made_at": page.made_at, "headers": _headers(page)}
    return json.dumps(head).encode() + b"\n" + page.brotli


def _headers(page: KeptPage) -> HeaderList:
    """As Django gave them, as far as the page needs them to be made again."""
    return [
        *page.headers,
        ("etag", page.tag),
        (KEPT, " ".join(page.reads)),
        *([("vary", page.vary)] if page.vary else []),
    ]


def _unpacked(raw: bytes, version: str) -> KeptPage | None:
    """The page, when it is of this version; else it isn't even decompressed."""
    head, _, body = raw.partition(b"\n")
    said = json.loads(head)
    if said["version"] != version:
        return None
    headers = [(str(name), str(value)) for name, value in said["headers"]]
    return KeptPage(version, float(said["made_at"]), headers, brotli.decompress(body), brotli=body)
