"""When people opened and clicked last, and how often in the last 90 days: made of the counts by reader, for segments.

Counting adds to it. Once a day it is made anew, so that what is older than 90 days goes, and what is judged otherwise
by now is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Max, Q, Sum
from django.utils import timezone

from newsletters.models import Engagement, ReaderCount

DAYS = 90
AT_ONCE = 2000  # people


def recount(subscriber_ids: Sequence[int]) -> None:
    """Of these people, as their counts say now."""
    opened, clicked = Q(kind=ReaderCount.OPEN), Q(kind=ReaderCount.CLICK)
    lately = Q(last_at__gte=timezone.now() - timedelta(days=DAYS))
    with transaction.atomic():
        list(Engagement.objects.select_for_update().filter(pk__in=subscriber_ids).order_by("pk"))
        sums = (
            ReaderCount.objects.filter(subscriber_id__in=subscriber_ids, rule="")
            .values("subscriber_id")
            .annotate(
                opened_at=Max("last_at", filter=opened),
                clicked_at=Max("last_at", filter=clicked),
                opens=Sum("times", filter=opened & lately, default=0),
                clicks=Sum("times", filter=clicked & lately, default=0),
            )
        )
        rows = [Engagement(**row) for row in sums]
        Engagement.objects.filter(pk__in=set(subscriber_ids) - {row.pk for row in rows}).delete()
        Engagement.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["subscriber_id"],
            update_fields=["opened_at", "clicked_at", "opens", "clicks"],
        )


def recount_all() -> int:
    """Everybody, some at a time; how many people."""
    last, done = 0, 0
    while numbers := _after(last):
        recount(numbers)
        last, done = numbers[-1], done + len(numbers)
    return done


def _after(last: int) -> list[int]:
    """The next numbers that have anything: also those who have only counts, or only what is to go."""
    some = set(Engagement.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    counted = ReaderCount.objects.filter(subscriber_id__gt=last, rule="").order_by("subscriber_id")
    some |= set(counted.values_list("subscriber_id", flat=True).distinct()[:AT_ONCE])
    return sorted(some)[:AT_ONCE]
