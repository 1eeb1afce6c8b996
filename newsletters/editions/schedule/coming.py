"""The dates that are still to come: those of the schedule without those that have a row already, because they were
drafted ahead, sent early or skipped from there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from newsletters.editions.schedule.moments import Moment, moments
from newsletters.models import Newsletter, Occurrence


def with_coming(newsletters: QuerySet[Newsletter]) -> QuerySet[Newsletter]:
    """With what the dates of all of them need, in two queries."""
    return newsletters.prefetch_related(
        "schedule_changes", Prefetch("occurrences", _ahead(), to_attr="occurrences_ahead")
    )


def coming(newsletter: Newsletter, after: datetime) -> Iterator[Moment]:
    """After that instant, which is now or later, the earliest first; also those that are skipped."""
    if newsletter.cadence == Newsletter.Cadence.NONE:
        return iter(())
    ahead: list[Occurrence] | None = getattr(newsletter, "occurrences_ahead", None)
    if ahead is None:
        ahead = list(_ahead().filter(newsletter=newsletter)) if newsletter.pk else []
    recorded = {occurrence.nominal for occurrence in ahead}
    return (moment for moment in moments(newsletter, after) if moment.key not in recorded)


def next_dates(newsletter: Newsletter, count: int) -> list[Moment]:
    """The next of them that aren't skipped."""
    return list(islice((moment for moment in coming(newsletter, timezone.now()) if not moment.skipped), count))


def _ahead() -> QuerySet[Occurrence]:
    return Occurrence.objects.filter(due_at__gt=timezone.now())
