"""Everybody who was meant to get an edition and did not, or perhaps did not, one by one and with the reason.

Of a cancelled edition, those whose turn never came have no row in the ledger: they are read from its chunks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from newsletters.delivery.ledger import members
from newsletters.delivery.ledger.entries import list_entries
from newsletters.delivery.ledger.reasons import reason_in_words
from newsletters.models import Chunk, Delivery, Edition
from newsletters.models.deliveries import Outcome
from subscribers.models import Subscriber

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Missed:
    """One reader. `email` is empty when they were erased since; `at` is empty when their turn never came."""

    subscriber_id: int
    email: str
    outcome: Outcome
    reason: str = ""
    reply: str = ""  # the server's last words
    at: datetime | None = None

    @property
    def in_doubt(self) -> bool:
        """They may have it after all."""
        return self.outcome == Outcome.IN_DOUBT

    @property
    def why(self) -> str:
        if self.reason:
            return reason_in_words(self.reason)
        return "the edition was cancelled" if self.outcome == Outcome.CANCELLED else ""


def everybody(edition: Edition) -> Iterator[Missed]:
    """Those in doubt first, then who was refused, skipped and cancelled. Streamed: a batch is in memory.

    Of an edition under way, who waits or is tried again did not miss it yet.
    """
    for outcome in (Outcome.IN_DOUBT, Outcome.REJECTED, Outcome.SKIPPED, Outcome.CANCELLED):
        yield from _settled(list_entries(edition, outcome), outcome)
    if edition.status == Edition.Status.CANCELLED:
        # The reconcile calls these off within seconds; until then the ledger names them as they were.
        yield from _settled(list_entries(edition, Outcome.DEFERRED), Outcome.CANCELLED)
        ready = list_entries(edition, Outcome.RETRYING).filter(chunk__state=Chunk.State.READY)
        yield from _settled(ready, Outcome.CANCELLED)
        yield from _never_their_turn(edition)


def csv_rows(edition: Edition) -> Iterator[list[Any]]:
    """The same people as a spreadsheet, a row each below the headings."""
    yield ["address", "number", "outcome", "in doubt", "reason", "why", "last reply", "when (UTC)"]
    for reader in everybody(edition):
        yield [
            reader.email, reader.subscriber_id, reader.outcome.value, "yes" if reader.in_doubt else "no",
            reader.reason, reader.why, reader.reply, f"{reader.at:%Y-%m-%d %H:%M:%S}" if reader.at else "",
        ]  # fmt: skip


def _settled(rows: QuerySet[Delivery], outcome: Outcome) -> Iterator[Missed]:
    """Pages by the rows' number, so that no cursor stays open however slowly the answer is read."""
    after = 0
    while batch := list(rows.filter(pk__gt=after)[:AT_ONCE]):
        after = batch[-1].pk
        emails = _emails(delivery.subscriber_id for delivery in batch)
        for delivery in batch:
            email = emails.get(delivery.subscriber_id, "")
            yield Missed(
                delivery.subscriber_id, email, outcome, delivery.reason, delivery.reply, delivery.settled_at
            )  # fmt: skip


def _never_their_turn(edition: Edition) -> Iterator[Missed]:
    """The members of first chunks who were not handed out."""
    first = Chunk.objects.filter(edition=edition, kind=Chunk.Kind.FIRST, handed_to__lt=F("n")).order_by("seq")
    after = 0
    while chunk := first.filter(seq__gt=after).first():
        after = chunk.seq
        left = [member.subscriber_id for member in members.unpack(chunk.members, chunk.handed_to)]
        emails = _emails(left)
        for subscriber_id in left:
            yield Missed(subscriber_id, emails.get(subscriber_id, ""), Outcome.CANCELLED)


def _emails(subscriber_ids: Iterable[int]) -> dict[int, str]:
    return dict(Subscriber.objects.filter(pk__in=list(subscriber_ids)).values_list("pk", "email"))
