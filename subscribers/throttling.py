"""Rate limits of the public forms, counted in Django's cache.

Fixed windows: cheap, and a burst at the seam of two windows lets through at most twice the limit. When the cache
cannot be reached, the visitor is let through and the failure is logged: a sign-up matters more than its limit, and
the limit an address (three confirmations in 24 hours) is counted in the database.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from hashlib import blake2b

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from lib.addresses import COMMON_DOMAINS, address_key
from lib.visitor_addresses import one_visitor
from subscribers.visitors import client_address

logger = logging.getLogger(__name__)

Limit = tuple[int, int]  # how many, in how many seconds


class Throttled(Exception):
    """A rate limit is reached; `retry_after` says in how many seconds to try again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"rate limit reached, try again in {retry_after} s")
        self.retry_after = retry_after

    @property
    def minutes(self) -> int:
        """To wait, rounded up."""
        return -(-self.retry_after // 60)


_DOMAIN = "signup-domain"


def count_attempt(scope: str, who: str, limits: Iterable[Limit]) -> None:
    """Count one attempt against each limit. Raises `Throttled`."""
    now = time.time()
    wait = 0
    for most, seconds in limits:
        if _increment(_key(scope, who, seconds, now), seconds) > most:
            wait = max(wait, int(seconds - now % seconds) + 1)
    if wait:
        raise Throttled(wait)


def _key(scope: str, who: str, seconds: int, now: float) -> str:
    name = blake2b(who.encode(), digest_size=12).hexdigest()
    return f"limit:{scope}:{seconds}:{int(now // seconds)}:{name}"


def _give_back(scope: str, who: str, seconds: int) -> None:
    """One attempt of this window, if there is one; without the cache nothing was counted."""
    try:
        cache.decr(_key(scope, who, seconds, time.time()))
    except ValueError:
        pass
    except Exception:
        logger.exception("The cache that counts sign-ups is not reachable")


def _increment(key: str, seconds: int) -> int:
    try:
        if cache.add(key, 1, timeout=seconds + 1):
            return 1
        return int(cache.incr(key))
    except ValueError:  # it ran out between the two calls
        return 1
    except Exception:
        logger.exception("The cache that counts sign-ups is not reachable: letting the visitor through")
        return 0


def check_signup(request: HttpRequest, email: str) -> None:
    """Raises `Throttled` when this visitor, or all together for this recipient domain, have reached a limit."""
    check_visitor("signup", request, settings.SIGNUP_LIMITS_PER_IP)
    domain = address_key(email).rpartition("@")[2]
    if domain not in COMMON_DOMAINS:
        count_attempt(_DOMAIN, domain, [settings.SIGNUP_LIMIT_PER_DOMAIN])


def give_back_signup(email: str) -> None:
    """Somebody of this domain confirmed, so it is no flood of invented addresses: their sign-up counts no more."""
    domain = address_key(email).rpartition("@")[2]
    if domain not in COMMON_DOMAINS:
        _give_back(_DOMAIN, domain, settings.SIGNUP_LIMIT_PER_DOMAIN[1])


def check_confirm(request: HttpRequest) -> None:
    check_visitor("confirm", request, [settings.CONFIRM_LIMIT_PER_IP])


def check_visitor(scope: str, request: HttpRequest, limits: Iterable[Limit]) -> None:
    """Raises `Throttled` when this visitor has reached one of the limits."""
    count_attempt(scope, one_visitor(client_address(request)), limits)
