"""One process at a time works on a chunk: claims by compare-and-set with a fence, leases by a heartbeat counter.

A claim is committed before anybody is handed out. It ends by `release`, or by `expire` when its heartbeat stood still
for a minute of the observer's own clock; then whoever was handed out and has no result is in doubt.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from newsletters.delivery import members
from newsletters.delivery.ledger import settle_in_doubt, unsettled
from newsletters.models import Chunk, Edition

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    chunk_id: int
    fence: int
    edition_id: int
    content_hash: str


def claim(owner: str, now: datetime) -> Claim | None:
    """The next chunk that may be worked on, now ours; None when there is none."""
    with transaction.atomic():
        # On SQLite the transaction holds the write lock from its beginning, so nobody else looks at the same row.
        chunk = (
            Chunk.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(state=Chunk.State.READY, wave__lte=now, edition__status=Edition.Status.SENDING)
            .order_by("wave", "id")
            .values("id", "fence", "edition_id", "edition__content_hash")
            .first()
        )
        if chunk is None:
            return None
        fence = chunk["fence"] + 1
        Chunk.objects.filter(pk=chunk["id"]).update(
            state=Chunk.State.CLAIMED, owner=owner[:120], fence=fence, beat=F("beat") + 1
        )
    return Claim(chunk["id"], fence, chunk["edition_id"], chunk["edition__content_hash"])


def claimable(now: datetime) -> int:
    """How many chunks wait for a worker."""
    return Chunk.objects.filter(state=Chunk.State.READY, wave__lte=now, edition__status=Edition.Status.SENDING).count()


def release(claim: Claim) -> None:
    """Give the chunk back, for others or for later; done when everybody in it is settled.

    A chunk in which somebody was handed out and is not settled stays ours until the lease ends: only `expire` may say
    what is in doubt.
    """
    with transaction.atomic():
        chunk = Chunk.objects.select_for_update().filter(pk=claim.chunk_id, fence=claim.fence).first()
        if chunk is None or chunk.state != Chunk.State.CLAIMED or chunk.settled < chunk.handed_to:
            return
        chunk.state = Chunk.State.DONE if chunk.settled == chunk.n else Chunk.State.READY
        chunk.owner = ""
        chunk.save(update_fields=["state", "owner"])


class LeaseWatch:
    """Notices claims whose heartbeat stands still. By this process's monotonic clock: a jump of the wall clock
    cannot end a lease."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[int, int, float]] = {}  # chunk → fence, beat, since when it is unchanged

    def look(self) -> list[Claim]:
        """The claims that have shown no life for a lease."""
        now = time.monotonic()
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


def expire(claim: Claim) -> Counter[str]:
    """Take a chunk from an owner who is gone. Those it was sending to are in doubt: without proof that a mail was not
    begun, it must not be sent again."""
    with transaction.atomic():
        chunk = Chunk.objects.select_for_update().filter(pk=claim.chunk_id, fence=claim.fence).first()
        if chunk is None or chunk.state != Chunk.State.CLAIMED:
            return Counter()
        lost = unsettled(chunk, members.unpack(chunk.members, 0, chunk.handed_to))
        settle_in_doubt(chunk, lost, reason="worker_lost")
        chunk.state = Chunk.State.DONE if chunk.settled == chunk.n else Chunk.State.READY
        owner, chunk.owner = chunk.owner, ""
        chunk.save()
    if lost:
        logger.warning("Edition %s: %s was lost while sending; %s in doubt", claim.edition_id, owner, len(lost))
    return Counter(in_doubt=len(lost))
