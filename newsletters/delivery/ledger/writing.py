"""Write into the ledger what became of mails.

Guarantee: a delivery changes only along `outcomes.ALLOWED`, writing twice changes nothing, and the chunks' counters,
which `totals` are made of, change in the same transaction as the deliveries they count. Failure: nothing was written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from mail.results import Result
from newsletters.delivery.ledger import dead_addresses, dialogue_bounces, fast_rows
from newsletters.delivery.ledger.dialogue_bounces import RefusedAddress
from newsletters.delivery.ledger.entries import find_deliveries
from newsletters.delivery.ledger.outcomes import ALLOWED, Settlement, is_dead_address, retry_at
from newsletters.delivery.ledger.reasons import Reason
from newsletters.models import Attempt, Chunk, Delivery, Edition, Feedback
from newsletters.models.deliveries import COUNTED, Outcome

_COLUMNS = (
    "edition", "subscriber_id", "chunk", "fence", "variant", "outcome", "reason", "smtp_code", "enhanced_status",
    "attempts", "retry_at", "settled_at", "reply", "provider_id",
)  # fmt: skip
_ACCEPTED = Outcome.ACCEPTED.value
_DEFERRED, _REJECTED, _SKIPPED = (
    Outcome.DEFERRED,
    Outcome.REJECTED,
    Outcome.SKIPPED,
)  # looked up once, not for every result
_WORD: dict[str, str] = {
    outcome: outcome.value for outcome in Outcome
}  # which take Python 3.11 longer to find than a dictionary
_COUNTERS = [*(outcome.value for outcome in COUNTED), "settled", "skip_reasons"]


class LedgerBatch:
    """What one transaction writes into the ledger, of any number of chunks whose rows it has locked.

    The chunks' counters change at once, in memory; `write` adds the rows, and the caller saves the chunks.
    """

    def __init__(self) -> None:
        self._now = timezone.now()
        self._moment = fast_rows.moment(self._now)
        self._new = fast_rows.NewRows(Delivery, _COLUMNS)
        self._changed: list[Delivery] = []
        self._attempts: list[tuple[Any, ...]] = []
        self._dead: list[tuple[int, int, str]] = []  # edition, subscriber, address
        self._refusals: list[tuple[RefusedAddress, Feedback.Kind]] = []

    def settle(
        self, chunk: Chunk, results: Sequence[Result | Settlement], *, known: Mapping[int, Delivery] | None = None
    ) -> None:
        """Results of handed-out members. Anyone who is settled already keeps what they have: writing twice changes
        nothing. `known` are the deliveries that there are; looked up unless given."""
        if not results:
            return
        if known is None:
            known = find_deliveries(chunk.edition_id, [result.key.subscriber_id for result in results])
        counts: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        for result in self._add_accepted(chunk, results, counts) if not known else results:
            delivery = known.get(result.key.subscriber_id)
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
            elif outcome == _REJECTED and isinstance(result, Result) and result.email:
                self._note_refusal(chunk.edition_id, result, gave_up=reason == Reason.GAVE_UP)
        for name, by in counts.items():
            setattr(chunk, name, getattr(chunk, name) + by)
        if reasons:
            chunk.skip_reasons = dict(Counter(chunk.skip_reasons) + reasons)

    def _note_refusal(self, edition_id: int, result: Result, *, gave_up: bool) -> None:
        """What it says of the address, if anything."""
        subscriber_id, status = result.key.subscriber_id, result.enhanced_status
        if is_dead_address(result):
            self._dead.append((edition_id, subscriber_id, result.email))
        elif kind := dialogue_bounces.kind_of(status, gave_up=gave_up):
            refusal = RefusedAddress(edition_id, subscriber_id, result.email, status, result.reply)
            self._refusals.append((refusal, kind))

    def _add_accepted(
        self, chunk: Chunk, results: Sequence[Result | Settlement], counts: Counter[str]
    ) -> list[Result | Settlement]:
        """Of members without a delivery, those who were accepted: nearly all, and alike but for who they are and what
        the server said. Returns the others."""
        others: list[Result | Settlement] = []
        adders: dict[tuple[int | None, str, str], Callable[[tuple[int, ...], str], None]] = {}
        for result in results:
            if result.outcome != _ACCEPTED or result.provider_id:  # which is the mail's own
                others.append(result)
                continue
            shared = (result.smtp_code, result.enhanced_status, result.reason)
            if (add := adders.get(shared)) is None:
                row = self._row(chunk, result, _ACCEPTED, result.reason, attempts=1)
                add = adders[shared] = self._new.like(row, ("subscriber_id", "variant"), "reply")
            add(result.key, result.reply)
        if accepted := len(results) - len(others):
            counts[_ACCEPTED] = counts["settled"] = accepted
        return others

    def _row(
        self, chunk: Chunk, result: Result | Settlement, outcome: str, reason: str, *, attempts: int,
        again: datetime | None = None,
    ) -> tuple[Any, ...]:  # fmt: skip
        return (
            chunk.edition_id, result.key.subscriber_id, chunk.pk, chunk.fence, result.key.variant, outcome, reason,
            result.smtp_code, result.enhanced_status, attempts, again and fast_rows.moment(again), self._moment,
            result.reply, result.provider_id or None,
        )  # fmt: skip

    def _first(self, chunk: Chunk, result: Result | Settlement) -> tuple[str, str]:
        again_at = None if isinstance(result, Result) else result.again_at
        attempts = 0 if result.outcome == _SKIPPED or again_at else 1
        if result.outcome == _DEFERRED:
            outcome, reason, again = self._meaning(chunk, result, attempts, again_at)
        else:
            outcome, reason, again = _WORD[result.outcome], result.reason, None
        self._new.add(self._row(chunk, result, outcome, reason, attempts=attempts, again=again))
        if outcome not in _SAID_BY_THE_DELIVERY and not again_at:
            self._attempt(chunk, result, outcome)
        return outcome, reason

    def _again(self, chunk: Chunk, delivery: Delivery, result: Result | Settlement) -> tuple[str, str]:
        again_at = None if isinstance(result, Result) else result.again_at
        if delivery.outcome == Outcome.IN_DOUBT:  # its attempt is counted; `again_at` says that there was none
            delivery.attempts -= again_at is not None
        elif result.outcome != Outcome.SKIPPED and again_at is None:
            delivery.attempts += 1
        delivery.outcome, delivery.reason, delivery.retry_at = self._meaning(chunk, result, delivery.attempts, again_at)
        delivery.fence = chunk.fence
        delivery.smtp_code = result.smtp_code
        delivery.enhanced_status = result.enhanced_status
        delivery.settled_at = self._now
        delivery.reply = result.reply
        delivery.provider_id = result.provider_id or delivery.provider_id
        self._changed.append(delivery)
        if delivery.outcome != Outcome.SKIPPED and not again_at:
            self._attempt(chunk, result, delivery.outcome)
        return delivery.outcome, delivery.reason

    def _meaning(
        self, chunk: Chunk, result: Result | Settlement, attempts: int, again_at: datetime | None
    ) -> tuple[str, str, datetime | None]:
        """What a result is in the ledger: outcome, reason, next attempt."""
        if result.outcome != _DEFERRED:
            return result.outcome.value, result.reason, None
        edition = chunk.edition
        again = again_at or retry_at(attempts, self._now)
        if again > edition.retries_end_at or edition.status == Edition.Status.SENT:  # a late answer: nobody tries again
            return Outcome.REJECTED.value, result.reason if again_at else Reason.GAVE_UP, None
        return result.outcome.value, result.reason, again

    def _attempt(self, chunk: Chunk, result: Result | Settlement, outcome: str) -> None:
        self._attempts.append((chunk.edition_id, result.key.subscriber_id, outcome, result.reply, self._moment))

    def write(self) -> None:
        """Within the transaction. Raises IntegrityError when somebody who was not `known` has a delivery."""
        self._new.write()
        if self._changed:
            Delivery.objects.bulk_update(
                self._changed,
                ["fence", "outcome", "reason", "smtp_code", "enhanced_status", "attempts", "retry_at", "settled_at",
                 "reply", "provider_id"],
                batch_size=200,
            )  # fmt: skip
        fast_rows.insert(Attempt, ("edition", "subscriber_id", "outcome", "reply", "at"), self._attempts)
        if self._dead:
            dead_addresses.record(self._dead)
        if self._refusals:
            dialogue_bounces.record(self._refusals, self._now)


_SAID_BY_THE_DELIVERY = {Outcome.ACCEPTED.value, Outcome.SKIPPED.value}


def lock_chunks() -> QuerySet[Chunk]:
    """Chunks as a `LedgerBatch` needs them, without what is large; locked in the order everybody locks them in."""
    return (
        Chunk.objects.select_for_update(of=("self",))
        .select_related("edition")
        .only(
            "edition", "kind", "n", "handed_to", "state", "owner", "fence", "beat", "heard_at", "rate", "group",
            *_COUNTERS,
            "edition__status", "edition__frozen_at", "edition__lifetime_hours", "edition__trouble",
        )
        .order_by("pk")
    )  # fmt: skip


def save_counters(chunk: Chunk, *also: str) -> None:
    """The counters, and these fields."""
    fast_rows.update(chunk, (*_COUNTERS, *also))


def settle(chunk: Chunk, results: Sequence[Result | Settlement]) -> None:
    """Results of one chunk, looked up with care; the caller saves the chunk."""
    page = LedgerBatch()
    page.settle(chunk, results)
    page.write()


def cancel_waiting(chunk: Chunk) -> None:
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


def cancel_deferred(edition: Edition) -> None:
    """A cancelled edition tries nobody again."""
    for chunk in Chunk.objects.select_for_update().filter(edition=edition, deferred__gt=0).order_by("pk"):
        Delivery.objects.filter(chunk=chunk, outcome=Outcome.DEFERRED).update(
            outcome=Outcome.CANCELLED, retry_at=None, settled_at=timezone.now()
        )
        chunk.cancelled += chunk.deferred
        chunk.deferred = 0
        chunk.save(update_fields=["cancelled", "deferred"])


def erase_replies(subscriber_id: int) -> None:
    """Of somebody who was erased: servers' replies repeat the address. What became of the mails stays."""
    editions = Delivery.objects.filter(subscriber_id=subscriber_id).values("edition")
    Attempt.objects.filter(edition__in=editions, subscriber_id=subscriber_id).update(reply="")
    Delivery.objects.filter(subscriber_id=subscriber_id).update(reply="")
