"""Finish editions of which everybody is settled for good: by the sender that settles the last one, and by every round
for those whose sender is gone, or who were settled by a person."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from newsletters.delivery.engine import dead_shares
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.editions import transitions
from newsletters.models import Chunk, Edition

logger = logging.getLogger(__name__)


def finish_all() -> None:
    _finish(_nothing_at_work())


def finish_some(edition_ids: Iterable[int]) -> None:
    """Of these, those that are over."""
    over = [edition_id for edition_id in set(edition_ids) if not _at_work().filter(edition=edition_id).exists()]
    if over:  # seldom, and this is asked behind every chunk
        _finish(_nothing_at_work().filter(pk__in=over))


def _at_work() -> QuerySet[Chunk]:
    return Chunk.objects.filter(state__in=[Chunk.State.READY, Chunk.State.CLAIMED])


def _nothing_at_work() -> QuerySet[Edition]:
    return Edition.objects.filter(status=Edition.Status.SENDING).exclude(pk__in=_at_work().values("edition"))


def _finish(editions: QuerySet[Edition]) -> None:
    for edition_id in list(editions.values_list("pk", flat=True)):
        if not dead_shares.judge_before_the_end(edition_id):
            continue
        with transaction.atomic():
            # Looked at again behind the lock that everybody has who tries somebody again.
            edition = editions.select_for_update(no_key=True, of=("self",)).filter(pk=edition_id).first()
            if edition is not None:
                _finish_one(edition)


def _finish_one(edition: Edition) -> None:
    sums = count_outcomes(edition)
    if sums.accounted_for != sums.candidates:
        # Never seen, and never to be ignored: the ledger is the promise.
        logger.error("Edition %s: the ledger doesn't add up: %s", edition.pk, sums)
        Edition.objects.filter(pk=edition.pk).update(
            trouble=f"The ledger holds {sums.accounted_for} of {sums.candidates} recipients. Please report this."
        )
    elif sums.is_over and transitions.finish(edition.pk, skipped=sums.skipped):
        logger.info("Edition %s finished: %s", edition.pk, sums)
