"""About how long an edition takes to reach so many readers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max, Subquery, Sum

from newsletters.delivery.limits import rate_limits
from newsletters.models import Chunk, Edition, RateLimit


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds, as far as anything is known, and the domain whose limit makes it so; empty where all mail shares it."""

    seconds: float
    throttled: str | None = None


def estimate_duration(count: int) -> Duration | None:
    """As fast as the last edition of some size went out, within the rate limits. None: nothing is known."""
    limits = dict(RateLimit.objects.values_list("domain", "per_second"))
    last = _last_editions_chunks()
    known: list[Duration] = []
    if last is not None and (speed := _speed(last)):
        known.append(Duration(count / speed))
    if rate_limits.EVERYBODY in limits:
        known.append(Duration(count / limits[rate_limits.EVERYBODY], rate_limits.EVERYBODY))
    if last is not None:
        in_all = sum(last.groups.values())
        known += [
            Duration(count * last.groups[domain] / in_all / per_second, domain)
            for domain, per_second in limits.items()
            if domain and last.groups.get(rate_limits.domain_of(f"@{domain}"))
        ]
    return max(known, key=lambda each: each.seconds, default=None)


@dataclass(frozen=True, slots=True)
class _Last:
    seconds: float
    groups: dict[str, int]


def _last_editions_chunks() -> _Last | None:
    """Of the last edition that went out to as many as tell something, how many recipients each group had, and how long
    it took until everybody had been sent it once."""
    sent = Edition.objects.filter(status=Edition.Status.SENT, candidates__gte=50, frozen_at__isnull=False)
    last = Subquery(sent.order_by("-frozen_at").values("pk")[:1])
    first = Chunk.objects.filter(edition=last, kind=Chunk.Kind.FIRST).order_by("group")
    rows = first.values_list("group", "edition__frozen_at").annotate(members=Sum("n"), ended=Max("heard_at"))
    groups, seconds = {}, 0.0
    for group, frozen_at, members, ended in rows:
        groups[group] = members
        if ended is not None:
            seconds = max(seconds, (ended - frozen_at).total_seconds())
    return _Last(seconds, groups) if groups else None


def _speed(last: _Last) -> float:
    return sum(last.groups.values()) / max(1.0, last.seconds) if last.seconds else 0.0
