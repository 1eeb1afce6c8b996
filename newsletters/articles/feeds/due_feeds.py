"""Which feeds are to be looked at now. Apart from the look itself, which needs clients of HTTP and DNS: most processes
never do."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from newsletters.models import FeedSource


def due(most: int = 20) -> list[int]:
    """The feeds to look at now, the longest waiting first."""
    waiting = FeedSource.objects.filter(state=FeedSource.State.ACTIVE, poll_at__lte=timezone.now())
    return list(waiting.order_by("poll_at", "pk").values_list("pk", flat=True)[:most])


def poll_now(source: FeedSource) -> None:
    """Somebody doesn't want to wait: the next look at due feeds takes it. While a worker is at it, nothing more."""
    now = timezone.now()
    is_free = Q(looking_until=None) | Q(looking_until__lte=now)
    FeedSource.objects.filter(is_free, pk=source.pk).update(poll_at=now)
