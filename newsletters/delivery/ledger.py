"""The ledger: write what became of a mail, and say what became of all.

Always: candidates = waiting + handed_out + accepted + deferred + retrying + rejected + skipped + cancelled + in_doubt.
The sums come from the chunks' counters, which change in the same transaction as the deliveries they count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from newsletters.delivery import bulk
from newsletters.delivery.members import Member
from newsletters.delivery.outcomes import ALLOWED, Result, Skip, retry_at
from newsletters.models import Attempt, Chunk, Delivery, Edition
from newsletters.models.deliveries import Outcome

COUNTED = (
    Outcome.ACCEPTED,
    Outcome.DEFERRED,
    Outcome.RETRYING,
    Outcome.REJECTED,
    Outcome.SKIPPED,
    Outcome.CANCELLED,
    Outcome.IN_DOUBT,
)


# --- Write ----------------------------------------------------------------------------------------------------
def settle(chunk: Chunk, results: Sequence[Result], edition: Edition) -> None:
    """Write results of handed-out members, within the transaction that holds the chunk's row lock.

    The caller saves the chunk. A member who has a result already keeps it: writing twice changes nothing.
    """
    if not results:
        return
    now = timezone.now()
    known = _deliveries(chunk.edition_id, [result.subscriber_id for result in results])
    new: list[Delivery] = []
    changed: list[Delivery] = []
    attempts: list[Attempt] = []
    for result in results:
        delivery = known.get(result.subscriber_id)
        if delivery is None:
            delivery = Delivery(
                edition_id=chunk.edition_id, subscriber_id=result.subscriber_id, chunk=chunk, variant=result.variant
            )
            new.append(delivery)
        elif delivery.chunk_id == chunk.pk and result.outcome in ALLOWED.get(delivery.outcome, ()):
            _count(chunk, delivery.outcome, delivery.reason, -1)
            if delivery.outcome != Outcome.RETRYING:
                chunk.settled -= 1  # it was settled before: as in doubt
            changed.append(delivery)
        else:
            continue
        _apply(delivery, result, edition, chunk.fence, now)
        _count(chunk, delivery.outcome, delivery.reason, +1)
        chunk.settled += 1
        if result.reply:
            attempts.append(
                Attempt(
                    edition_id=chunk.edition_id,
                    subscriber_id=result.subscriber_id,
                    outcome=delivery.outcome,
                    reply=result.reply,
                    at=now,
                )
            )
    bulk.insert(new)
    if changed:
        Delivery.objects.bulk_update(
            changed,
            ["fence", "outcome", "reason", "smtp_code", "enhanced_status", "attempts", "retry_at", "settled_at"],
            batch_size=200,
        )
    bulk.insert(attempts)


def _deliveries(edition_id: int, subscriber_ids: Iterable[int]) -> dict[int, Delivery]:
    rows = Delivery.objects.filter(edition_id=edition_id, subscriber_id__in=list(subscriber_ids))
    return {delivery.subscriber_id: delivery for delivery in rows}


def _apply(delivery: Delivery, result: Result, edition: Edition, fence: int, now: datetime) -> None:
    delivery.fence = fence
    delivery.outcome = result.outcome
    delivery.reason = result.reason
    delivery.smtp_code = result.smtp_code
    delivery.enhanced_status = result.enhanced_status
    delivery.settled_at = now
    delivery.retry_at = None
    if result.outcome != Outcome.SKIPPED:
        delivery.attempts += 1
    if result.outcome == Outcome.DEFERRED:
        again = retry_at(delivery.attempts, now)
        until = (edition.frozen_at or now) + timedelta(hours=edition.newsletter.lifetime_hours)
        if again > until or edition.status == Edition.Status.SENT:  # a late answer: nobody tries again
            delivery.outcome, delivery.reason = Outcome.REJECTED, "gave_up"
        else:
            delivery.retry_at = again


def _count(chunk: Chunk, outcome: str, reason: str, by: int) -> None:
    setattr(chunk, outcome, getattr(chunk, outcome) + by)
    if outcome == Outcome.SKIPPED:
        counts = Counter(chunk.skip_reasons)
        counts[reason] += by
        chunk.skip_reasons = {reason: n for reason, n in counts.items() if n}


def skip(chunk: Chunk, skipped: Iterable[tuple[Member, Skip]], edition: Edition) -> None:
    """Settle members who get no mail, each with the reason."""
    settle(
        chunk,
        [Result(member.subscriber_id, member.variant, Outcome.SKIPPED, reason=str(why)) for member, why in skipped],
        edition,
    )


def unsettled(chunk: Chunk, handed_out: Sequence[Member]) -> list[Member]:
    """Those of the handed-out members who have no result yet."""
    if not handed_out:
        return []
    known = _deliveries(chunk.edition_id, [member.subscriber_id for member in handed_out])
    open_here = {
        delivery.subscriber_id
        for delivery in known.values()
        if delivery.outcome == Outcome.RETRYING and delivery.chunk_id == chunk.pk
    }
    return [m for m in handed_out if m.subscriber_id not in known or m.subscriber_id in open_here]


def settle_in_doubt(chunk: Chunk, lost: Iterable[Member], *, reason: str) -> None:
    """Said, not hidden: these mails may have been taken, and nobody recorded the answer."""
    settle(
        chunk,
        [Result(member.subscriber_id, member.variant, Outcome.IN_DOUBT, reason=reason) for member in lost],
        chunk.edition,
    )


def call_off(chunk: Chunk) -> None:
    """The edition was cancelled: those of the chunk who were not handed out get nothing.

    Of a first chunk they have no rows, since a million rows would say what one number says; of a retry chunk they do.
    """
    if chunk.kind == Chunk.Kind.RETRY:
        Delivery.objects.filter(chunk=chunk, outcome=Outcome.RETRYING).update(
            outcome=Outcome.CANCELLED, retry_at=None, settled_at=timezone.now()
        )
        chunk.cancelled += chunk.retrying
        chunk.retrying = 0
    else:
        chunk.cancelled += chunk.n - chunk.handed_to
    chunk.state = Chunk.State.CANCELLED
    chunk.save()


def call_off_deferred(edition: Edition) -> None:
    """A cancelled edition tries nobody again."""
    for chunk in Chunk.objects.select_for_update().filter(edition=edition, deferred__gt=0).order_by("pk"):
        Delivery.objects.filter(chunk=chunk, outcome=Outcome.DEFERRED).update(
            outcome=Outcome.CANCELLED, retry_at=None, settled_at=timezone.now()
        )
        chunk.cancelled += chunk.deferred
        chunk.deferred = 0
        chunk.save(update_fields=["cancelled", "deferred"])


def forget_words(subscriber_id: int) -> None:
    """Of somebody who was erased: servers' replies repeat the address. What became of the mails stays."""
    editions = Delivery.objects.filter(subscriber_id=subscriber_id).values("edition")
    Attempt.objects.filter(edition__in=editions, subscriber_id=subscriber_id).update(reply="")


# --- Read -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Sums:
    """How many of an edition's recipients are where. `skipped_reasons` says why the skipped were."""

    candidates: int = 0
    waiting: int = 0
    handed_out: int = 0
    accepted: int = 0
    deferred: int = 0
    retrying: int = 0
    rejected: int = 0
    skipped: int = 0
    cancelled: int = 0
    in_doubt: int = 0
    skipped_reasons: dict[str, int] = field(default_factory=dict)

    @property
    def accounted_for(self) -> int:
        """What must equal `candidates`."""
        return sum(getattr(self, f.name) for f in fields(self) if f.name not in {"candidates", "skipped_reasons"})

    @property
    def is_over(self) -> bool:
        """Nobody waits, is being sent to, or will be tried again."""
        return not (self.waiting or self.handed_out or self.deferred or self.retrying)


def sums(edition: Edition) -> Sums:
    """Where everybody is, from the counters of a thousandth as many rows.

    One query, and so one moment: on PostgreSQL two would see two, between which a sender may have moved somebody.
    """
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    candidates = edition.candidates
    numbers = ("n", "handed_to", "settled", *(outcome.value for outcome in COUNTED))
    rows = Chunk.objects.filter(edition=edition).values(
        "kind", "state", "skip_reasons", "edition__candidates", *numbers
    )
    for chunk in rows.iterator(chunk_size=2000):
        candidates = chunk["edition__candidates"]
        counts.update({outcome.value: chunk[outcome.value] for outcome in COUNTED})
        reasons.update(chunk["skip_reasons"])
        if chunk["kind"] == Chunk.Kind.FIRST:
            counts["handed_out"] += chunk["handed_to"] - chunk["settled"]
            if chunk["state"] != Chunk.State.CANCELLED:
                counts["waiting"] += chunk["n"] - chunk["handed_to"]
    values: dict[str, Any] = {**counts, "skipped_reasons": dict(sorted(reasons.items()))}
    return Sums(candidates=candidates, **values)


def entries(edition: Edition, outcome: str | None = None) -> QuerySet[Delivery]:
    """The rows of the ledger, in a stable order that pages without counting."""
    rows = Delivery.objects.filter(edition=edition)
    if outcome:
        rows = rows.filter(outcome=outcome)
    return rows.order_by("id")
