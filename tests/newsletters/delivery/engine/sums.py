"""How a send ended, counted from the rows as well as from the counters."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils import timezone

from newsletters.delivery.engine import reconciling
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.models import Chunk, Edition, Newsletter
from newsletters.models.deliveries import COUNTED
from subscribers.models import Subscriber
from tests.factories import make_reader


def readers(newsletter: Newsletter, count: int) -> list[Subscriber]:
    return [make_reader(newsletter.mailing_list) for _ in range(count)]


def sums(edition: Edition) -> dict[str, Any]:
    """What is not nought, after making sure that it comes to the whole and that the counters count the rows."""
    found = count_outcomes(Edition.objects.get(pk=edition.pk))
    assert found.accounted_for == found.candidates
    for chunk in Chunk.objects.filter(edition=edition):
        rows = Counter(chunk.deliveries.values_list("outcome", flat=True))
        if chunk.state != Chunk.State.CANCELLED:
            assert {o.value: rows[o] for o in COUNTED} == {o.value: getattr(chunk, o) for o in COUNTED}
    return {name: getattr(found, name) for name in found.__slots__ if getattr(found, name) and name != "set_aside"}


def finish(edition: Edition) -> str:
    reconciling.reconcile(timezone.now())
    edition.refresh_from_db()
    return edition.status
