"""How many mails may begin now: token buckets in the database, one a throttled domain and one for all mail together.

Guarantee: whatever the number of workers and hosts, within any t seconds at most `per_second * t` mails and one
second's worth (one mail at least) are begun under a limit. A step of the clock gives at most a second's worth as well;
a clock that was ahead and is set back holds mail up for a minute at most. Tokens are taken before a mail begins: a
worker that dies with tokens in hand makes the next second slower, never faster.

Failure: what the database says is the caller's to handle; nothing was taken then, or nobody knows that it was.
A change of the limits takes effect within a second. Where there is none, one query a second is all it costs.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.addresses import with_ascii_domain
from newsletters.models import Chunk, Edition, RateLimit

EVERYBODY = ""  # as a limit: all mail together; as a group: who is in no throttled domain
_READ_SECONDS = 1.0
_SKEW = timedelta(minutes=1)  # hosts' clocks agree better than this; beyond, a clock was wrong and is mended
_ALMOST = 1e-9  # ten times a tenth is a whole token


class _Limit(NamedTuple):
    """A limit as it is set."""

    pk: int
    per_second: float


class _KnownLimits(NamedTuple):
    at: float  # of the monotonic clock
    limits: dict[str, _Limit]  # by domain in its ASCII form


_known: _KnownLimits | None = None


def _limits() -> dict[str, _Limit]:
    global _known  # noqa: PLW0603 - replaced as a whole: threads see the old limits or the new ones
    known, now = _known, time.monotonic()
    if known is None or now - known.at >= _READ_SECONDS:
        rows = RateLimit.objects.values_list("domain", "pk", "per_second")
        known = _KnownLimits(now, {_ascii(domain): _Limit(pk, per_second) for domain, pk, per_second in rows})
        _known = known
    return known.limits


def reload_limits() -> None:
    """What this process knows of the limits is old: they are read again when next needed."""
    global _known  # noqa: PLW0603
    _known = None


# --- Groups -------------------------------------------------------------------------------------------------------
def throttled_domains() -> frozenset[str]:
    """The throttled domains, in ASCII and lower case."""
    return frozenset(_limits()) - {EVERYBODY}


def is_throttled(group: str) -> bool:
    """Is there a limit for mails of this group, their own or that of all mail?"""
    limits = _limits()
    return group in limits or EVERYBODY in limits


def limit_of_all_mail() -> float:
    """Mails a second; infinite where there is no such limit."""
    limit = _limits().get(EVERYBODY)
    return math.inf if limit is None else limit.per_second


def domain_of(email: str) -> str:
    """The domain as `throttled_domains` writes it, whatever the case and the form that the address is written in."""
    return with_ascii_domain(email).rpartition("@")[2]


def group_of(email: str, throttled: frozenset[str]) -> str:
    """The group of chunks that an address belongs to: its domain where that is throttled."""
    domain = domain_of(email)
    return domain if domain in throttled else EVERYBODY


def _ascii(domain: str) -> str:
    return domain_of(f"@{domain}")


# --- Tokens -------------------------------------------------------------------------------------------------------
def take_tokens(wanted: Mapping[str, int]) -> dict[str, int]:
    """How many of the wanted mails of each group may begin now; their tokens are taken.

    One short transaction of its own, never within another: its row locks, always in one order, are all that two
    workers could meet at.
    """
    limits = _limits()
    rows = {group: limits[group].pk for group in (*wanted, EVERYBODY) if group in limits}
    if not rows or not any(wanted.values()):
        return dict(wanted)
    with transaction.atomic(durable=True):
        buckets = _locked(rows)
        mended = _refill(buckets.values())
        given = _share(wanted, {group: math.floor(limit.tokens + _ALMOST) for group, limit in buckets.items()})
        _draw(buckets, given)
        if mended or any(given.values()):
            _write(buckets)
    return given


def give_tokens_back(taken: Mapping[str, int]) -> None:
    """Tokens of mails that were not begun after all."""
    limits = _limits()
    rows = {group: limits[group].pk for group in (*taken, EVERYBODY) if group in limits}
    if not rows or not any(taken.values()):
        return
    with transaction.atomic(durable=True):
        buckets = _locked(rows)
        _draw(buckets, {group: -count for group, count in taken.items()})
        _write(buckets)


def _locked(rows: Mapping[str, int]) -> dict[str, RateLimit]:
    """The buckets of these groups, locked by ascending key; one that was removed meanwhile is missing."""
    locked = RateLimit.objects.select_for_update().filter(pk__in=rows.values()).order_by("pk")
    found = {limit.pk: limit for limit in locked}
    return {group: found[pk] for group, pk in rows.items() if pk in found}


def _refill(buckets: Iterable[RateLimit]) -> bool:
    """What flowed in since the last time, a second's worth at most. True when a clock was mended."""
    now = timezone.now()  # read behind the locks: on one host, nobody who comes later has an earlier time
    mended = False
    for limit in buckets:
        if limit.refilled_at > now + _SKEW:
            limit.refilled_at, mended = now, True
        passed = max(0.0, (now - limit.refilled_at).total_seconds())
        limit.tokens = min(_burst(limit), limit.tokens + passed * limit.per_second)
        limit.refilled_at = max(now, limit.refilled_at)
    return mended


def _burst(limit: RateLimit) -> float:
    return max(1.0, limit.per_second)


def _share(wanted: Mapping[str, int], there: Mapping[str, int]) -> dict[str, int]:
    """Each group as many as its own bucket holds. What all share is split evenly, and what one does not want goes to
    the others; an odd token goes to one of them by lot, else a limit of one a second would serve one group for ever."""
    most = {
        group: count if group == EVERYBODY else min(count, there.get(group, count)) for group, count in wanted.items()
    }
    if EVERYBODY not in there:
        return most
    left, given = there[EVERYBODY], dict.fromkeys(wanted, 0)
    for behind, group in enumerate(sorted(most, key=lambda group: most[group])):
        share = int(left / (len(most) - behind) + random.random())  # noqa: S311 - a lot, not a secret
        given[group] = min(most[group], share)
        left -= given[group]
    return given


def _draw(buckets: Mapping[str, RateLimit], given: Mapping[str, int]) -> None:
    """Out of each group's own bucket, and all of it out of the one that they share; less than nothing is put back."""
    for group, limit in buckets.items():
        count = sum(given.values()) if group == EVERYBODY else given.get(group, 0)
        limit.tokens = min(_burst(limit), max(0.0, limit.tokens - count))


def _write(buckets: Mapping[str, RateLimit]) -> None:
    RateLimit.objects.bulk_update(buckets.values(), ["tokens", "refilled_at"])


# --- In words -----------------------------------------------------------------------------------------------------
def next_turn_at(domain: str, now: datetime) -> datetime:
    """When to try somebody of a throttled domain whose chunk is not that domain's own, since the limit was set after
    the chunk was made: there is no token before that, and a low limit is no reason to wait for minutes."""
    limit = _limits().get(domain)
    return now + timedelta(seconds=min(60.0, max(1.0, 1 / limit.per_second)) if limit else 1)


def limits_in_words(edition: Edition) -> list[str]:
    """Sentences: which limits slow this edition down, as far as anybody of it waits. One query where limits are set."""
    limits = _limits()
    if not limits or edition.status != Edition.Status.SENDING:
        return []
    unfinished = Chunk.objects.filter(edition=edition, state__in=[Chunk.State.READY, Chunk.State.CLAIMED])
    waiting: dict[str, int] = dict(
        unfinished.values_list("group").annotate(waiting=Sum(F("n") - F("handed_to"))).order_by("group")
    )
    sentences = [
        ngettext(
            "%(domain)s is throttled to %(rate)s a second: %(n)s reader there is waiting.",
            "%(domain)s is throttled to %(rate)s a second: %(n)s readers there are waiting.",
            count,
        )
        % {"domain": group, "rate": _number(limits[group].per_second), "n": f"{count:,}"}
        for group, count in waiting.items()
        if count and group != EVERYBODY and group in limits
    ]
    if EVERYBODY in limits and any(waiting.values()):
        sentences.append(_("All mail is throttled to %s a second.") % _number(limits[EVERYBODY].per_second))
    return sentences


def _number(rate: float) -> str:
    """“20”, “0.5”, “1,250”."""
    return f"{rate:,.2f}".rstrip("0").rstrip(".")
