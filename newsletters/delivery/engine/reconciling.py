"""Make again from the database and the journals what was lost: the safety net under every nudge.

Called every 15 seconds by beat and by every worker, every second when embedded, by any number of processes at once. It
takes over from processes that are dead, ends leases whose owner is not heard of, makes retry chunks, calls off what was
cancelled, finishes editions and checks their sums, and says what is there to do; it sends nothing itself.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from newsletters.delivery.engine import claiming, dead_shares, finishing, halting, recovery, retrying
from newsletters.delivery.ledger import writing
from newsletters.editions import transitions
from newsletters.models import Chunk, Edition

logger = logging.getLogger(__name__)
_watch = claiming.LeaseWatch()


@dataclass(frozen=True, slots=True)
class DueWork:
    """What workers should be nudged to do."""

    editions_to_start: list[int] = field(default_factory=list)
    chunks_to_send: int = 0


def reconcile(now: datetime) -> DueWork:
    """Raises `halting.Halted` when nothing may be sent; then it has changed nothing."""
    halting.check_may_send()
    recovery.take_over()  # before leases end: a journal knows more than a silence
    for lapsed in _watch.find_lapsed():
        claiming.expire(lapsed)
    retrying.collect_due(now)
    dead_shares.judge_waiting(now)
    _call_off()
    finishing.finish_all()
    return DueWork(
        editions_to_start=list(Edition.objects.to_begin(now).order_by("send_at").values_list("pk", flat=True)[:20]),
        chunks_to_send=claiming.claimable(now),
    )


def _call_off() -> None:
    """Cancelled editions: what still waits, and what would be tried again."""
    left = Chunk.objects.filter(edition__status=Edition.Status.CANCELLED, state=Chunk.State.READY)
    for chunk_id in list(left.values_list("pk", flat=True)[:1000]):
        with transaction.atomic():
            chunk = Chunk.objects.select_for_update().filter(pk=chunk_id, state=Chunk.State.READY).first()
            if chunk is not None:
                writing.cancel_waiting(chunk)
    for edition in Edition.objects.filter(status=Edition.Status.CANCELLED, chunks__deferred__gt=0).distinct():
        with transaction.atomic():
            writing.cancel_deferred(edition)
    _keep_what_went_out()


def _keep_what_went_out() -> None:
    """An edition cancelled after it went out to everybody once was sent: only the retries were cancelled."""
    chunks = Chunk.objects.filter(edition=OuterRef("pk"), kind=Chunk.Kind.FIRST)
    reached = Chunk.objects.filter(Q(accepted__gt=0) | Q(in_doubt__gt=0), edition=OuterRef("pk"))
    cancelled = Edition.objects.filter(Exists(reached), status=Edition.Status.CANCELLED)
    for edition_id in list(
        cancelled.exclude(Exists(chunks.exclude(state=Chunk.State.DONE))).values_list("pk", flat=True)
    ):
        transitions.keep_as_sent(edition_id)
