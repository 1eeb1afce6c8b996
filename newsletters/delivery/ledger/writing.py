"""The ledger: write what became of a mail, and say what became of all.

Always: candidates = waiting + handed_out + accepted + deferred + retrying + rejected + skipped + cancelled + in_doubt.
The sums come from the chunks' counters, which change in the same transaction as the deliveries they count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from newsletters.delivery.ledger import bulk
from newsletters.delivery.ledger.members import Member
from newsletters.delivery.ledger.outcomes import ALLOWED, Result, retry_at
from newsletters.delivery.ledger.reasons import Reason, Skip
from newsletters.models import Attempt, Chunk, Delivery, Edition
from newsletters.models.deliveries import Outcome
from subscribers import suppression
from subscribers.models import Suppression

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
_COLUMNS = (
    "edition", "subscriber_id", "chunk", "fence", "variant", "outcome", "reason", "smtp_code", "enhanced_status",
    "attempts", "retry_at", "settled_at", "reply",
)  # fmt: skip
_DEFERRED, _SKIPPED = Outcome.DEFERRED, Outcome.SKIPPED  # looked up once, not for every result
_COUNTERS = [*(outcome.value for outcome in COUNTED), "settled", "skip_reasons"]


class Page:
    """What one transaction writes into the ledger, of any number of chunks whose rows it has locked.

    The chunks' counters change at once, in memory; `write` adds the rows, and the caller saves the chunks.
    """

    def __init__(self) -> None:
        self._now = timezone.now()
        self._moment = bulk.moment(self._now)
        self._new: list[tuple[Any, ...]] = []
        self._changed: list[Delivery] = []
        self._attempts: list[tuple[Any, ...]] = []
        self._dead: list[Result] = []

    def settle(self, chunk: Chunk, results: Sequence[Result], *, known: Mapping[int, Delivery] | None = None) -> None:
        """Results of handed-out members. Whoever is settled already keeps what they have: writing twice changes
        nothing. `known` are the deliveries that there are; looked up unless given."""
        if not results:
            return
        if known is None:
            known = deliveries_of(chunk.edition_id, [result.subscriber_id for result in results])
        counts: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        for result in results:
            delivery = known.get(result.subscriber_id)
            if delivery is None:
                outcome, reason = self._first(chunk, result)
            elif delivery.chunk_id == chunk.pk and result.outcome in ALLOWED.get(delivery.outcome, ()):
                counts[delivery.outcome] -= 1
                if delivery.outcome != Outcome.RETRYING:
                    counts["settled"] -= 1  # it was settled before: as in doubt
                outcome, reason = self._again(chunk, delivery, result)
            else:
                continue
            counts[outcome] += 1
            counts["settled"] += 1
            if outcome == _SKIPPED:
                reasons[reason] += 1
            elif result.dead_address and result.email:
                self._dead.append(result)
        for name, by in counts.items():
            setattr(chunk, name, getattr(chunk, name) + by)
        if reasons:
            chunk.skip_reasons = dict(Counter(chunk.skip_reasons) + reasons)

    def _first(self, chunk: Chunk, result: Result) -> tuple[str, str]:
        attempts = 0 if result.outcome == _SKIPPED or result.again_at else 1
        outcome, reason, again = self._meaning(chunk, result, attempts)
        self._new.append((
            chunk.edition_id, result.subscriber_id, chunk.pk, chunk.fence, result.variant, outcome, reason,
            result.smtp_code, result.enhanced_status, attempts, again and bulk.moment(again), self._moment,
            result.reply,
        ))  # fmt: skip
        if outcome not in _SAID_BY_THE_DELIVERY and not result.again_at:
            self._attempt(chunk, result, outcome)
        return outcome, reason

    def _again(self, chunk: Chunk, delivery: Delivery, result: Result) -> tuple[str, str]:
        if delivery.outcome == Outcome.IN_DOUBT:  # its attempt is counted; `again_at` says that there was none
            delivery.attempts -= result.again_at is not None
        elif result.outcome != Outcome.SKIPPED and result.again_at is None:
            delivery.attempts += 1
        delivery.outcome, delivery.reason, delivery.retry_at = self._meaning(chunk, result, delivery.attempts)
        delivery.fence = chunk.fence
        delivery.smtp_code = result.smtp_code
        delivery.enhanced_status = result.enhanced_status
        delivery.settled_at = self._now
        delivery.reply = result.reply
        self._changed.append(delivery)
        if delivery.outcome != Outcome.SKIPPED and not result.again_at:
            self._attempt(chunk, result, delivery.outcome)
        return delivery.outcome, delivery.reason

    def _meaning(self, chunk: Chunk, result: Result, attempts: int) -> tuple[str, str, datetime | None]:
        """What a result is in the ledger: outcome, reason, next attempt."""
        if result.outcome != _DEFERRED:
            return result.outcome.value, result.reason, None
        edition = chunk.edition
        again = result.again_at or retry_at(attempts, self._now)
        until = (edition.frozen_at or self._now) + timedelta(hours=edition.newsletter.lifetime_hours)
        if again > until or edition.status == Edition.Status.SENT:  # a late answer: nobody tries again
            return Outcome.REJECTED.value, result.reason if result.again_at else Reason.GAVE_UP, None
        return result.outcome.value, result.reason, again

    def _attempt(self, chunk: Chunk, result: Result, outcome: str) -> None:
        self._attempts.append((chunk.edition_id, result.subscriber_id, outcome, result.reply, self._moment))

    def write(self) -> None:
        """Within the transaction. Raises IntegrityError when somebody who was not `known` has a delivery."""
        bulk.insert(Delivery, _COLUMNS, self._new)
        if self._changed:
            Delivery.objects.bulk_update(
                self._changed,
                ["fence", "outcome", "reason", "smtp_code", "enhanced_status", "attempts", "retry_at", "settled_at",
                 "reply"],
                batch_size=200,
            )  # fmt: skip
        bulk.insert(Attempt, ("edition", "subscriber_id", "outcome", "reply", "at"), self._attempts)
        # A refusal that is about the address itself: nothing will ever arrive there. Sorted, since two processes may
        # meet the same addresses.
        for result in sorted(self._dead, key=lambda result: result.email):
            suppression.suppress(result.email, reason=Suppression.Reason.BOUNCE, note=result.reply[:500], by="")


_SAID_BY_THE_DELIVERY = {Outcome.ACCEPTED.value, Outcome.SKIPPED.value}


def locked_chunks() -> QuerySet[Chunk]:
    """Chunks as a `Page` needs them, without what is large; locked, in the order that everybody locks them in."""
    return (
        Chunk.objects.select_for_update(of=("self",))
        .select_related("edition__newsletter")
        .only(
            "edition", "kind", "n", "handed_to", "state", "owner", "fence", "beat", "heard_at", "rate", "group",
            *_COUNTERS,
            "edition__status", "edition__frozen_at", "edition__newsletter__lifetime_hours",
        )
        .order_by("pk")
    )  # fmt: skip


def save(chunk: Chunk, *also: str) -> None:
    """The counters, and these fields."""
    chunk.save(update_fields=[*_COUNTERS, *also])


def settle(chunk: Chunk, results: Sequence[Result]) -> None:
    """Results of one chunk, looked up with care; the caller saves the chunk."""
    page = Page()
    page.settle(chunk, results)
    page.write()


def skips(skipped: Iterable[tuple[Member, Skip]]) -> list[Result]:
    """The results of members who get no mail, each with the reason."""
    return [Result(member.subscriber_id, member.variant, Outcome.SKIPPED, reason=why) for member, why in skipped]


def deliveries_of(edition_id: int, subscriber_ids: Iterable[int]) -> dict[int, Delivery]:
    rows = Delivery.objects.filter(edition_id=edition_id, subscriber_id__in=list(subscriber_ids))
    return {delivery.subscriber_id: delivery for delivery in rows}


def unsettled(chunk: Chunk, handed_out: Sequence[Member]) -> list[Member]:
    """Those of the handed-out members who have no result yet."""
    if not handed_out:
        return []
    known = deliveries_of(chunk.edition_id, [member.subscriber_id for member in handed_out])
    open_here = {
        delivery.subscriber_id
        for delivery in known.values()
        if delivery.outcome == Outcome.RETRYING and delivery.chunk_id == chunk.pk
    }
    return [m for m in handed_out if m.subscriber_id not in known or m.subscriber_id in open_here]


def in_doubt_of(chunk_id: int, fence: int) -> list[Member]:
    """Who was called in doubt when the claim with that fence was ended."""
    rows = Delivery.objects.filter(chunk=chunk_id, fence=fence, outcome=Outcome.IN_DOUBT)
    return [Member(*row) for row in rows.order_by("subscriber_id").values_list("subscriber_id", "variant")]


def in_doubt(lost: Iterable[Member], *, reason: Reason) -> list[Result]:
    """Said, not hidden: these mails may have been taken, and nobody recorded the answer."""
    return [Result(member.subscriber_id, member.variant, Outcome.IN_DOUBT, reason=reason) for member in lost]


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
    Delivery.objects.filter(subscriber_id=subscriber_id).update(reply="")


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
