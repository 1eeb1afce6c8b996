"""One process at a time works on a chunk: claims by compare-and-set with a fence, leases by a heartbeat counter.

A claim is committed before anybody is handed out. Its owner ends it (`handing_out`); when the owner is dead, its
journal does (`recovery`); and where there is no journal to be had, `expire` does, after a minute without a heartbeat:
then everyone who was handed out and has no result is in doubt.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from newsletters.delivery.engine import halting
from newsletters.delivery.ledger import members, writing
from newsletters.delivery.ledger.entries import find_unsettled
from newsletters.delivery.ledger.outcomes import settlements_in_doubt
from newsletters.delivery.ledger.reasons import Reason
from newsletters.models import Chunk, Edition

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    chunk_id: int
    fence: int
    edition_id: int
    content_hash: str
    group: str = ""


def claim(
    owner: str, now: datetime, *, at_most: int = 1, without: Sequence[str] = (), but_of: Collection[int] = ()
) -> list[Claim]:
    """The next chunks that may be worked on, now ours; none of the groups in `without`, which have to wait, and none of
    the editions in `but_of`, which are for others."""
    with transaction.atomic():
        # On SQLite the transaction holds the write lock from its beginning, so nobody else looks at the same rows.
        chunks = list(
            _claimable(now)
            .exclude(group__in=without)
            .exclude(edition__in=but_of)
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("wave", "id")
            .values("id", "edition_id", "edition__content_hash", "group")[:at_most]
        )
        if not chunks:
            return []
        claims = [
            Claim(chunk["id"], fence, chunk["edition_id"], chunk["edition__content_hash"], chunk["group"])
            for chunk, fence in zip(chunks, halting.next_fences(len(chunks)), strict=True)
        ]
        for one in claims:
            Chunk.objects.filter(pk=one.chunk_id).update(
                state=Chunk.State.CLAIMED, owner=owner[:120], fence=one.fence, rate=0, heard_at=now
            )
    return claims


def claimable(now: datetime) -> int:
    """How many chunks wait for a worker."""
    return _claimable(now).count()


def _claimable(now: datetime) -> QuerySet[Chunk]:
    return Chunk.objects.filter(state=Chunk.State.READY, wave__lte=now, edition__status=Edition.Status.SENDING)


def release_unheld(owner: str, *, but: Sequence[int] = ()) -> int:
    """Chunks that stand under our name, of which we hold nobody: a claim whose COMMIT was not answered, or one that
    could not be written into the journal. Nobody was handed out by it."""
    ours = Chunk.objects.filter(owner=owner[:120], state=Chunk.State.CLAIMED, settled=F("handed_to"))
    return ours.exclude(pk__in=but).update(state=Chunk.State.READY, owner="")


def end(chunk: Chunk) -> None:
    """Give the locked chunk back, for others or for later; done when everybody in it is settled. The caller saves
    `state`, `owner` and `rate`, and has made sure that nobody is handed out and unsettled."""
    chunk.state = Chunk.State.DONE if chunk.settled == chunk.n else Chunk.State.READY
    chunk.owner = ""
    chunk.rate = 0


class LeaseWatch:
    """Notices claims whose heartbeat stands still. By this process's monotonic clock: a jump of the wall clock
    cannot end a lease."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[int, int, float]] = {}  # chunk → fence, beat, since when it is unchanged
        self._looked_at = float("-inf")

    def find_lapsed(self) -> list[Claim]:
        """The claims that have shown no life for a lease."""
        now = time.monotonic()
        if now - self._looked_at > settings.LEASE_SECONDS / 2:
            self._seen = {}  # we were away, or the database was: then nobody could have shown life
        self._looked_at = now
        rows = Chunk.objects.filter(state=Chunk.State.CLAIMED).values_list(
            "id", "fence", "beat", "edition_id", "edition__content_hash"
        )
        lapsed: list[Claim] = []
        still: dict[int, tuple[int, int, float]] = {}
        for chunk_id, fence, beat, edition_id, content_hash in rows:
            before = self._seen.get(chunk_id)
            same = before is not None and before[:2] == (fence, beat)
            since = before[2] if before is not None and same else now
            still[chunk_id] = (fence, beat, since)
            if now - since >= settings.LEASE_SECONDS:
                lapsed.append(Claim(chunk_id, fence, edition_id, content_hash))
        self._seen = still
        return lapsed


def expire(claim: Claim) -> int:
    """Take a chunk from an owner that has gone silent. Those it was sending to are in doubt: without proof that a
    mail was not begun, it must not be sent again. How many they are."""
    with transaction.atomic():
        chunk = writing.lock_chunks().filter(pk=claim.chunk_id, fence=claim.fence, state=Chunk.State.CLAIMED).first()
        if chunk is None:
            return 0
        lost = find_unsettled(chunk, members.unpack(members.read_members(chunk.pk), 0, chunk.handed_to))
        writing.settle(chunk, settlements_in_doubt(lost, reason=Reason.WORKER_LOST))
        owner = chunk.owner
        end(chunk)
        writing.save_counters(chunk, "state", "owner", "rate")
    if lost:
        logger.warning("Edition %s: %s was lost while sending; %s in doubt", claim.edition_id, owner, len(lost))
    return len(lost)
