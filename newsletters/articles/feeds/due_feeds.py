"""Which feeds are to be looked at now. Apart from the look itself, which needs clients of HTTP and DNS: most processes
never do."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from newsletters.models import FeedSource

MOST_AT_ONCE = 2  # looks: a slow server keeps one busy for minutes, and confirmations need the other threads


def due() -> list[int]:
    """The feeds to look at now, the longest waiting first; none while others are looked at already."""
    now = timezone.now()
    active = FeedSource.objects.filter(state=FeedSource.State.ACTIVE)
    free = MOST_AT_ONCE - active.filter(looking_until__gt=now)[:MOST_AT_ONCE].count()
    waiting = active.filter(poll_at__lte=now).order_by("poll_at", "pk")
    return list(waiting.values_list("pk", flat=True)[: max(0, free)])


def poll_now(source: FeedSource) -> None:
    """Somebody doesn't want to wait: the next look at due feeds takes it. While a worker is at it, nothing more."""
    now = timezone.now()
    is_free = Q(looking_until=None) | Q(looking_until__lte=now)
    FeedSource.objects.filter(is_free, pk=source.pk).update(poll_at=now)
