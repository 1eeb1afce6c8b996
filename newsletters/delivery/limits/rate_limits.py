"""How many mails may begin now: token buckets in the database, one a paced domain and one for all mail together.

Guarantee: whatever the number of workers and hosts, within any t seconds at most `per_second * t` mails and one
second's worth (one mail at least) are begun at a pace. A step of the clock gives at most a second's worth as well; a
clock that was ahead and is set back holds mail up for a minute at most. Tokens are taken before a mail begins: a worker
that dies with tokens in hand makes the next second slower, never faster.

Failure: what the database says is the caller's to handle; nothing was taken then, or nobody knows that it was.
A change of the paces is heard of within a second. Where no pace is set, that one look a second is all it costs.
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
from newsletters.models import Chunk, Edition, Pace

EVERYBODY = ""  # as a pace: all mail together; as a group: who is in no paced domain
_LOOK_SECONDS = 1.0
_SKEW = timedelta(minutes=1)  # hosts' clocks agree better than this; beyond, a clock was wrong and is mended
_ALMOST = 1e-9  # ten times a tenth is a whole token


class _Set(NamedTuple):
    """A pace as it is set."""

    pk: int
    per_second: float


class _Look(NamedTuple):
    at: float  # of the monotonic clock
    paces: dict[str, _Set]  # by domain in its ASCII form


_last_look: _Look | None = None


def _paces() -> dict[str, _Set]:
    global _last_look  # noqa: PLW0603 - replaced as a whole: threads see the old look or the new one
    look, now = _last_look, time.monotonic()
    if look is None or now - look.at >= _LOOK_SECONDS:
        rows = Pace.objects.values_list("domain", "pk", "per_second")
        look = _Look(now, {_ascii(domain): _Set(pk, per_second) for domain, pk, per_second in rows})
        _last_look = look
    return look.paces


def look_again() -> None:
    """What this process knows of the paces is old: the next question reads them."""
    global _last_look  # noqa: PLW0603
    _last_look = None


# --- Groups -------------------------------------------------------------------------------------------------------
def groups() -> frozenset[str]:
    """The paced domains, in ASCII and lower case."""
    return frozenset(_paces()) - {EVERYBODY}


def applies_to(group: str) -> bool:
    """Is there a pace for mails of this group, their own or that of all mail?"""
    paces = _paces()
    return group in paces or EVERYBODY in paces


def domain_of(email: str) -> str:
    """The domain as `groups` writes it, whatever the case and the form that the address is written in."""
    return with_ascii_domain(email).rpartition("@")[2]


def group_of(email: str, paced: frozenset[str]) -> str:
    """The group of chunks that an address belongs to: its domain where that is paced."""
    domain = domain_of(email)
    return domain if domain in paced else EVERYBODY


def _ascii(domain: str) -> str:
    return domain_of(f"@{domain}")


# --- Tokens -------------------------------------------------------------------------------------------------------
def take(wanted: Mapping[str, int]) -> dict[str, int]:
    """How many of the wanted mails of each group may begin now; their tokens are taken.

    One short transaction of its own, never within another: its row locks, always in one order, are all that two
    workers could meet at.
    """
    paces = _paces()
    rows = {group: paces[group].pk for group in (*wanted, EVERYBODY) if group in paces}
    if not rows or not any(wanted.values()):
        return dict(wanted)
    with transaction.atomic(durable=True):
        buckets = _locked(rows)
        mended = _refill(buckets.values())
        given = _share(wanted, {group: math.floor(pace.tokens + _ALMOST) for group, pace in buckets.items()})
        _draw(buckets, given)
        if mended or any(given.values()):
            _write(buckets)
    return given


def give_back(taken: Mapping[str, int]) -> None:
    """Tokens of mails that were not begun after all."""
    paces = _paces()
    rows = {group: paces[group].pk for group in (*taken, EVERYBODY) if group in paces}
    if not rows or not any(taken.values()):
        return
    with transaction.atomic(durable=True):
        buckets = _locked(rows)
        _draw(buckets, {group: -count for group, count in taken.items()})
        _write(buckets)


def _locked(rows: Mapping[str, int]) -> dict[str, Pace]:
    """The buckets of these groups, locked by ascending key; one that was removed meanwhile is missing."""
    found = {pace.pk: pace for pace in Pace.objects.select_for_update().filter(pk__in=rows.values()).order_by("pk")}
    return {group: found[pk] for group, pk in rows.items() if pk in found}


def _refill(buckets: Iterable[Pace]) -> bool:
    """What flowed in since the last time, a second's worth at most. True when a clock was mended."""
    now = timezone.now()  # read behind the locks: on one host, nobody who comes later has an earlier time
    mended = False
    for pace in buckets:
        if pace.refilled_at > now + _SKEW:
            pace.refilled_at, mended = now, True
        passed = max(0.0, (now - pace.refilled_at).total_seconds())
        pace.tokens = min(_burst(pace), pace.tokens + passed * pace.per_second)
        pace.refilled_at = max(now, pace.refilled_at)
    return mended


def _burst(pace: Pace) -> float:
    return max(1.0, pace.per_second)


def _share(wanted: Mapping[str, int], there: Mapping[str, int]) -> dict[str, int]:
    """Each group as many as its own bucket holds. What all share is split evenly, and what one does not want goes to
    the others; an odd token goes to one of them by lot, else a pace of one a second would serve one group for ever."""
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


def _draw(buckets: Mapping[str, Pace], given: Mapping[str, int]) -> None:
    """Out of each group's own bucket, and all of it out of the one that they share; less than nothing is put back."""
    for group, pace in buckets.items():
        count = sum(given.values()) if group == EVERYBODY else given.get(group, 0)
        pace.tokens = min(_burst(pace), max(0.0, pace.tokens - count))


def _write(buckets: Mapping[str, Pace]) -> None:
    Pace.objects.bulk_update(buckets.values(), ["tokens", "refilled_at"])


# --- In words -----------------------------------------------------------------------------------------------------
def retry_at(domain: str, now: datetime) -> datetime:
    """When to look again at somebody of a paced domain whose chunk is not that domain's own, since the pace was set
    after the chunk was made: there is no token before that, and a slow pace is no reason to wait for minutes."""
    pace = _paces().get(domain)
    return now + timedelta(seconds=min(60.0, max(1.0, 1 / pace.per_second)) if pace else 1)


def why(edition: Edition) -> list[str]:
    """Sentences: at which paces this edition goes, as far as anybody of it waits. One query where paces are set."""
    paces = _paces()
    if not paces or edition.status != Edition.Status.SENDING:
        return []
    unfinished = Chunk.objects.filter(edition=edition, state__in=[Chunk.State.READY, Chunk.State.CLAIMED])
    waiting: dict[str, int] = dict(
        unfinished.values_list("group").annotate(waiting=Sum(F("n") - F("handed_to"))).order_by("group")
    )
    sentences = [
        ngettext(
            "%(domain)s is paced at %(rate)s a second: %(n)s reader there waits.",
            "%(domain)s is paced at %(rate)s a second: %(n)s readers there wait.",
            count,
        )
        % {"domain": group, "rate": _number(paces[group].per_second), "n": f"{count:,}"}
        for group, count in waiting.items()
        if count and group != EVERYBODY and group in paces
    ]
    if EVERYBODY in paces and any(waiting.values()):
        sentences.append(_("All mail is paced at %s a second.") % _number(paces[EVERYBODY].per_second))
    return sentences


def _number(rate: float) -> str:
    """“20”, “0.5”, “1,250”."""
    return f"{rate:,.2f}".rstrip("0").rstrip(".")
