"""Rate limits of the public forms.

Who reaches the limit of a visitor waits. What all together reach, for one recipient domain or for the whole site, bars
nobody: ten invented addresses must not keep a ministry's readers out. A sign-up beyond it takes a proof of work, or a
wait where there is no JavaScript (`subscribers.signup.proof_of_work`).

The limit of a mailbox, three confirmations in 24 hours, is counted in the database, where the worker finds it.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest

from lib.addresses import COMMON_DOMAINS, address_key
from lib.visitor_addresses import one_visitor
from subscribers.attempt_counts import Limit, LimitedAttempt, count, give_back
from subscribers.visitors import client_address

_DOMAIN = "signup-domain"


class Throttled(Exception):
    """A rate limit is reached; `retry_after` says in how many seconds to try again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"rate limit reached, try again in {retry_after} s")
        self.retry_after = retry_after

    @property
    def minutes(self) -> int:
        """To wait, rounded up."""
        return -(-self.retry_after // 60)


class ProofNeeded(Exception):
    """So many sign up together that one more takes a proof; `excess` says how many they are beyond the limit."""

    def __init__(self, excess: int) -> None:
        super().__init__(f"{excess} beyond a limit of all together")
        self.excess = excess


def check_signup(request: HttpRequest, email: str) -> None:
    """Count a sign-up. Raises `Throttled` for a visitor beyond a limit, `ProofNeeded` for all together.

    What is refused by the first doesn't count for all together: else one machine could have everybody's made harder.
    """
    attempts = [
        LimitedAttempt("signup", one_visitor(client_address(request)), settings.SIGNUP_LIMITS_PER_IP),
        LimitedAttempt("signup-site", "", [settings.SIGNUP_LIMIT_OF_SITE]),
    ]
    if domain := _counted(email):
        attempts.append(LimitedAttempt(_DOMAIN, domain, [settings.SIGNUP_LIMIT_PER_DOMAIN]))
    visitor, *together = count(attempts)
    if visitor.wait:
        raise Throttled(visitor.wait)
    if excess := max(each.excess for each in together):
        raise ProofNeeded(excess)


def give_back_signup(email: str) -> None:
    """Somebody of this domain confirmed, so it is no flood of invented addresses: their sign-up counts no more."""
    if domain := _counted(email):
        give_back(_DOMAIN, domain, settings.SIGNUP_LIMIT_PER_DOMAIN[1])


def _counted(email: str) -> str:
    """The domain, unless it is one of the large providers, where people have nothing to do with one another."""
    domain = address_key(email).rpartition("@")[2]
    return "" if domain in COMMON_DOMAINS else domain


def check_confirm(request: HttpRequest) -> None:
    check_visitor("confirm", request, [settings.CONFIRM_LIMIT_PER_IP])


def check_visitor(scope: str, request: HttpRequest, limits: Iterable[Limit]) -> None:
    """Raises `Throttled` when this visitor has reached one of the limits."""
    count_attempt(scope, one_visitor(client_address(request)), limits)


def count_attempt(scope: str, who: str, limits: Iterable[Limit], *, amount: int = 1) -> None:
    """Count one attempt, or several at once, against each limit. Raises `Throttled`."""
    (counted,) = count([LimitedAttempt(scope, who, list(limits), amount)])
    if counted.wait:
        raise Throttled(counted.wait)
