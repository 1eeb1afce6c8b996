"""What a person decides about mails that Iria gave up on: who is in doubt was sent to, or is sent to again; who was
refused is tried again.

Each decision is made in batches, a transaction each, of rows that are locked and still as they were: of two people who
press at once, one decides. The chunks' counters change with the rows, and an Attempt says who decided. A press that
was interrupted can be pressed again: it goes on with those who are left.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mail.send_reasons import SendReason
from newsletters.delivery.audience.definition import Audience
from newsletters.delivery.audience.rechecking import recheck
from newsletters.delivery.ledger import dead_addresses, fast_rows, retry_chunks
from newsletters.delivery.ledger.members import Member
from newsletters.delivery.ledger.reasons import Reason
from newsletters.editions import transitions
from newsletters.editions.snapshot import content_of
from newsletters.editions.transitions import Refused
from newsletters.models import Attempt, Delivery, Edition, Variant
from newsletters.models.deliveries import Outcome

logger = logging.getLogger(__name__)

AT_ONCE = 1000  # rows a transaction
# The mail itself is at fault, and would be so again.
HOPELESS = frozenset({SendReason.UNBUILDABLE, SendReason.TOO_LARGE})
Status = Edition.Status


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision came to: how many mails changed, and how many of those meant were left as they are, and why
    (a reason of the ledger, as `reason_in_words` says it)."""

    changed: int = 0
    left_out: dict[str, int] = field(default_factory=dict)


def mark_as_sent(edition_id: int, *, by: str, subscriber_ids: Iterable[int] | None = None) -> Decided:
    """In doubt → accepted, for all or for these: somebody found them in the mail server's log.

    Raises `Refused` when none of them is in doubt.
    """
    return _Decision(Outcome.IN_DOUBT, None, f"{by}: was sent").carry_out(edition_id, subscriber_ids)


def mark_as_reported(edition_id: int, subscriber_id: int) -> None:
    """In doubt → accepted: something came back about this mail. Raises `Refused` when it isn't in doubt."""
    _Decision(Outcome.IN_DOUBT, None, "reported later", Reason.REPORTED).carry_out(edition_id, [subscriber_id])


def resend(edition_id: int, *, by: str, subscriber_ids: Iterable[int] | None = None) -> Decided:
    """In doubt → retrying, for all or for these: somebody found out that they were not sent, or prefers that a reader
    gets it twice to not at all.

    Who would be skipped at the hand-out is left in doubt: “left the list” would hide what may have been sent. Raises
    `Refused` when none of them is in doubt, and when the edition was cancelled.
    """
    return _Decision(Outcome.IN_DOUBT, Outcome.RETRYING, f"{by}: send again").carry_out(edition_id, subscriber_ids)


def retry_failed(edition_id: int, *, by: str, subscriber_ids: Iterable[int] | None = None) -> Decided:
    """Rejected → retrying, for all or for these: whatever made the server refuse them is mended.

    Left as they are: who may not get it now (suppressed, left, paused, erased), and mails that cannot be made. Raises
    `Refused` when none of them was refused, and when the edition was cancelled.
    """
    return _Decision(Outcome.REJECTED, Outcome.RETRYING, f"{by}: try again").carry_out(edition_id, subscriber_ids)


def refuse_to_resolve(edition: Edition) -> None:
    """Raise `Refused` where nothing can be in doubt or refused yet."""
    if edition.status in {Status.DRAFT, Status.QUEUED}:
        raise Refused(f"Nothing of this edition has been sent yet: it is “{edition.get_status_display()}”.")


def refuse_to_send(edition: Edition) -> None:
    """Raise `Refused` where nothing may be sent again."""
    refuse_to_resolve(edition)
    if edition.status == Status.CANCELLED:
        raise Refused("This edition was cancelled, so it can't be resent. Copy it to send it again.")


@dataclass(frozen=True, slots=True)
class _Decision:
    """Mails with one outcome, and what becomes of them: tried again, or else accepted."""

    outcome: Outcome
    becomes: Outcome | None
    words: str
    reason: Reason = Reason.SET_BY_STAFF

    def carry_out(self, edition_id: int, subscriber_ids: Iterable[int] | None) -> Decided:
        wanted = None if subscriber_ids is None else sorted(set(subscriber_ids))
        changed, left_out = 0, Counter[str]()
        topic_names: dict[int, tuple[str, ...]] = {}
        for page in _pages(edition_id, self.outcome, wanted):
            try:
                done, left = self._batch(edition_id, page, topic_names)
            except Refused:
                if changed:  # cancelled since the batch before: what was done is done, and is said
                    break
                raise
            changed += done
            left_out.update(left)
        if wanted is not None and (missing := len(wanted) - changed - left_out.total()):
            left_out[Reason.ALREADY_RESOLVED] += missing
        if changed == 0 and left_out.total() == left_out[Reason.ALREADY_RESOLVED]:
            _refuse_nobody(edition_id, self.outcome, some=wanted is not None)
        logger.info("Edition %s: %s (%s changed, left out: %s)", edition_id, self.words, changed, dict(left_out))
        return Decided(changed, dict(sorted(left_out.items())))

    def _batch(
        self, edition_id: int, page: Sequence[tuple[int, int]], topic_names: dict[int, tuple[str, ...]]
    ) -> tuple[int, Counter[str]]:
        now = timezone.now()
        with transaction.atomic():
            # Edition, chunks, deliveries: senders take their locks in this order too. The edition's key stays free,
            # since a sender needs it for the rows it writes.
            edition = Edition.objects.select_for_update(no_key=True).get(pk=edition_id)
            deliveries = retry_chunks.locked(page, self.outcome)
            if self.becomes is None:
                refuse_to_resolve(edition)
                chosen, left = deliveries, Counter[str]()
                _accept(chosen, self.words, self.reason, now)
            else:
                refuse_to_send(edition)
                chosen, left = _still_wanted(edition, deliveries, topic_names, now)
                self._retry(edition, chosen, now)
            outcome = self.becomes or Outcome.ACCEPTED
            at, words = fast_rows.moment(now), self.words[:500]
            fast_rows.insert(
                Attempt,
                ("edition", "subscriber_id", "outcome", "reply", "at"),
                [(edition_id, delivery.subscriber_id, outcome.value, words, at) for delivery in chosen],
            )
        return len(chosen), left

    def _retry(self, edition: Edition, deliveries: Sequence[Delivery], now: datetime) -> None:
        if not deliveries:
            return
        dead_addresses.forget(edition.pk, [delivery.subscriber_id for delivery in deliveries])
        retry_chunks.make(edition, deliveries, out_of=self.outcome, wave=now, reply=self.words[:500])
        # The newsletter's lifetime counts from the freezing, so that who is deferred in an edition of the day before
        # yesterday is not tried a third time: an old edition must not arrive tomorrow because a server was busy today.
        transitions.reopen(edition.pk)


def _pages(edition_id: int, outcome: Outcome, wanted: Sequence[int] | None) -> Iterator[list[tuple[int, int]]]:
    """(delivery, its chunk) of everybody with that outcome, or of those of them who are wanted, a batch at a time."""
    size = min(AT_ONCE, settings.CHUNK_SIZE)
    rows = Delivery.objects.filter(edition_id=edition_id, outcome=outcome).order_by("id")
    if wanted is not None:
        for start in range(0, len(wanted), size):
            some = rows.filter(subscriber_id__in=wanted[start : start + size])
            if page := list(some.values_list("id", "chunk_id")):
                yield page
        return
    after = 0
    while page := list(rows.filter(pk__gt=after).values_list("id", "chunk_id")[:size]):
        after = page[-1][0]
        yield page


def _accept(deliveries: Sequence[Delivery], words: str, reason: Reason, now: datetime) -> None:
    retry_chunks.move_counts(deliveries, out_of=Outcome.IN_DOUBT, into=Outcome.ACCEPTED)
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries]).update(
        outcome=Outcome.ACCEPTED, reason=reason, reply=words[:500], retry_at=None, settled_at=now
    )


def _still_wanted(
    edition: Edition, deliveries: Sequence[Delivery], topic_names: dict[int, tuple[str, ...]], now: datetime
) -> tuple[list[Delivery], Counter[str]]:
    """Those to whom the edition may go now, and why the others are left out: the look that every hand-out makes."""
    members = {delivery.pk: Member(delivery.subscriber_id, delivery.variant) for delivery in deliveries}
    audience = Audience.from_content(content_of(edition))
    variants = Variant.objects.filter(edition=edition).only("number", "article_ids")
    letters = [variant.number for variant in variants if variant.is_letter]
    skips = recheck(audience, members.values(), topic_names, now, letters=letters).skips
    chosen: list[Delivery] = []
    left_out: Counter[str] = Counter()
    for delivery in deliveries:
        if delivery.reason in HOPELESS:
            left_out[delivery.reason] += 1
        elif skip := skips.get(members[delivery.pk]):
            left_out[str(skip)] += 1
        else:
            chosen.append(delivery)
    return chosen, left_out


def _refuse_nobody(edition_id: int, outcome: Outcome, *, some: bool) -> None:
    edition = Edition.objects.filter(pk=edition_id).first()
    if edition is None:
        raise Refused(f"There is no edition with the id {edition_id}.")
    refuse_to_resolve(edition)
    if outcome == Outcome.IN_DOUBT:
        raise Refused("None of these emails is in doubt now." if some else "No email of this edition is in doubt now.")
    raise Refused("None of these emails is rejected now." if some else "No email of this edition was rejected.")
