"""Counts of attempts in fixed windows, in Django's cache: as many as a page needs, in one round trip where it is Redis.

Fixed windows: cheap, and a burst at the seam of two windows lets through at most twice the limit. When the cache cannot
be reached, nothing is counted and the failure is logged: a sign-up matters more than its limit.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from django.core.cache import cache
from django.core.cache.backends.redis import RedisCacheClient

from lib.optional_cache import cache_failures

if TYPE_CHECKING:
    from redis import Redis

logger = logging.getLogger(__name__)

Limit = tuple[int, int]  # how many, in how many seconds
_ADD_TO_ALL = """
local counts, refused = {}, false
for number, key in ipairs(KEYS) do
  local amount, seconds, most, first = unpack(ARGV, 4 * number - 3, 4 * number)
  if refused and first == '0' then
    counts[number] = 0
  else
    counts[number] = redis.call('INCRBY', key, amount)
    if counts[number] == tonumber(amount) then redis.call('EXPIRE', key, seconds) end
    refused = refused or (first == '1' and counts[number] > tonumber(most))
  end
end
return counts
"""


@dataclass(frozen=True, slots=True)
class LimitedAttempt:
    """Something that somebody did so often, and its limits."""

    scope: str
    who: str
    limits: Sequence[Limit]
    amount: int = 1


@dataclass(frozen=True, slots=True)
class Counted:
    """`wait` is in how many seconds the limits that were passed let one through again; 0 when none was."""

    attempt: LimitedAttempt
    wait: int
    excess: int  # beyond the limit that was passed by most


def count(attempts: Sequence[LimitedAttempt]) -> list[Counted]:
    """Count them and say of each, in their order, what became of its limits.

    When the first has passed a limit, the others are not counted.
    """
    now = time.time()
    entries = [(attempt, limit) for attempt in attempts for limit in attempt.limits]
    counts = _add(
        [
            _CounterStep(_key(a.scope, a.who, seconds, now), a.amount, seconds + 1, most, a is attempts[0])
            for a, (most, seconds) in entries
        ]
    )
    found = {id(attempt): (0, 0) for attempt in attempts}
    for (attempt, (most, seconds)), counted in zip(entries, counts, strict=True):
        if counted > most:
            wait, excess = found[id(attempt)]
            found[id(attempt)] = max(wait, int(seconds - now % seconds) + 1), max(excess, counted - most)
    return [Counted(attempt, *found[id(attempt)]) for attempt in attempts]


def give_back(scope: str, who: str, seconds: int) -> None:
    """One attempt of this window, if there is one; without the cache nothing was counted."""
    try:
        cache.decr(_key(scope, who, seconds, time.time()))
    except ValueError:
        pass
    except cache_failures():
        logger.exception("The cache that counts sign-ups is not reachable")


def _key(scope: str, who: str, seconds: int, now: float) -> str:
    name = blake2b(who.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
    return f"limit:{scope}:{seconds}:{int(now // seconds)}:{name}"


class _CounterStep(NamedTuple):
    key: str
    amount: int
    seconds: int  # for which a new count is kept
    most: int
    is_first: bool  # beyond the limit of one of these, only these are counted


def _add(entries: Sequence[_CounterStep]) -> list[int]:
    """Each key's count after its amount was added. All 0 without the cache."""
    if not entries:
        return []
    try:
        client = getattr(cache, "_cache", None)
        if isinstance(client, RedisCacheClient):
            keys = [cache.make_key(entry.key) for entry in entries]
            values = [value for entry in entries for value in (*entry[1:4], int(entry.is_first))]
            return [int(n) for n in _redis(client).eval(_ADD_TO_ALL, len(keys), *keys, *values)]
        return _add_each(entries)
    except cache_failures():
        logger.exception("The cache that counts sign-ups is not reachable: letting the visitor through")
        return [0] * len(entries)


@lru_cache(maxsize=4)
def _redis(client: RedisCacheClient) -> Redis:
    """Safe in threads, which take connections from its pool. Django makes one for each command: 0.2 ms."""
    made: Redis = client.get_client(None, write=True)
    return made


def _add_each(entries: Sequence[_CounterStep]) -> list[int]:
    counts: list[int] = []
    refused = False
    for key, amount, seconds, most, is_first in entries:
        counts.append(0 if refused and not is_first else _add_one(key, amount, seconds))
        refused = refused or (is_first and counts[-1] > most)
    return counts


def _add_one(key: str, amount: int, seconds: int) -> int:
    if cache.add(key, amount, timeout=seconds):
        return amount
    try:
        return int(cache.incr(key, amount))
    except ValueError:  # it ran out between the two calls
        return amount
