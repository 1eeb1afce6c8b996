"""What the terminal says about editions: begun, paused, finished. A few plain lines, never a log."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.utils import timezone

from newsletters.delivery.ledger.recipient_states import outcomes_in_words
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.models import Edition
from newsletters.models.editions import EditionStatus


class News:
    """Remembers what it told; what had finished before the start is no news."""

    def __init__(self) -> None:
        self.since = timezone.now()
        self.told: dict[int, str] = {}

    def fresh(self) -> Iterator[str]:
        """The lines that were not told yet."""
        at_work = Q(status__in=[EditionStatus.SENDING, EditionStatus.PAUSED], frozen_at__isnull=False)
        just_over = Q(finished_at__gte=self.since)
        for edition in Edition.objects.filter(at_work | just_over).select_related("newsletter").order_by("pk"):
            if self.told.get(edition.pk) != edition.status:
                self.told[edition.pk] = edition.status
                yield line(edition)
            if edition.finished_at and edition.finished_at > self.since:
                self.since = edition.finished_at


def line(edition: Edition) -> str:
    match edition.status:
        case EditionStatus.SENDING:
            return f"{edition} is going out to {_readers(edition.recipients)}."
        case EditionStatus.PAUSED:
            why = f": {edition.paused_why}" if edition.paused_why else ""
            return f"{edition} is paused{why}"
        case EditionStatus.CANCELLED:
            return f"{edition} was cancelled: {outcomes_in_words(count_outcomes(edition))}"
        case _:
            return f"{edition} sent: {outcomes_in_words(count_outcomes(edition))}"


def _readers(number: int) -> str:
    return "1 reader" if number == 1 else f"{number:,} readers"
