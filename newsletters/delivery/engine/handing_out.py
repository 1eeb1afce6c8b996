"""The one transaction that a sender makes, again and again: settle what finished, hand out as many more.

It covers all chunks that the process holds. No barrier: results come in any order, so a server that dawdles on one
connection holds up nobody. No transaction stays open while a mail is on its way.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from mail.results import Result
from newsletters.delivery.audience.definition import Audience
from newsletters.delivery.audience.rechecking import recheck
from newsletters.delivery.engine import claiming
from newsletters.delivery.engine.claiming import Claim
from newsletters.delivery.engine.frozen import FrozenEdition
from newsletters.delivery.engine.hold import Hold
from newsletters.delivery.ledger import members, writing
from newsletters.delivery.ledger.entries import find_deliveries, find_unsettled
from newsletters.delivery.ledger.members import Member
from newsletters.delivery.ledger.outcomes import Settlement, settlements_skipped
from newsletters.delivery.ledger.reasons import Reason
from newsletters.delivery.ledger.writing import LedgerBatch
from newsletters.delivery.limits import rate_limits, stopped_domains
from newsletters.models import Chunk, Edition
from newsletters.models.deliveries import Outcome
from newsletters.rendering.recipients import Recipient
from newsletters.rendering.variants import NOBODYS

PASSED_AT_ONCE = 500  # without a mail; more rows would keep pages waiting on SQLite


class OutOfDate(Exception):
    """The chunk is not as its owner knows it: a COMMIT that was not answered did happen. Nothing was changed."""


class HandedOut(NamedTuple):
    """A recipient to send to now. `checked_at` is of the monotonic clock: a mail begins within a second of it."""

    member: Member
    recipient: Recipient
    checked_at: float


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What came of an exchange for one hold."""

    handed_out: Sequence[HandedOut] = ()
    lost: bool = False  # somebody else has the chunk: nothing was changed, and no more is handed out
    halted: bool = False  # the edition is no longer being sent
    over: bool = False  # the claim is ended: done, or given back
    in_trouble: bool = False  # the edition says why it does not move


def take_up(claim: Claim, frozen: FrozenEdition) -> Hold:
    """What we need to know of a chunk that we have just claimed, or of which a COMMIT was not answered."""
    chunk = Chunk.objects.filter(pk=claim.chunk_id).values("members", "handed_to", "kind").get()
    return Hold(claim, frozen, members.unpack(chunk["members"]), chunk["handed_to"], kind=chunk["kind"])


def exchange(
    holds: Sequence[Hold], wants: Sequence[int], *, let_go: bool = False, careful: bool = False
) -> list[Exchanged]:
    """For each hold: settle its results; check its stale again; put its unsent back among those who wait; and hand
    out up to as many more as wanted. With `let_go`, a claim of which nobody is on their way is ended.

    The holds are changed only when all of it was committed. `careful` looks first whether the results are written
    already, as after a COMMIT whose answer was lost. Raises `OutOfDate`: call `find_orphans` first.
    """
    with transaction.atomic():
        chunks = {chunk.pk: chunk for chunk in writing.lock_chunks().filter(pk__in=[h.claim.chunk_id for h in holds])}
        page = LedgerBatch()
        works = [_HoldExchange(hold, chunks.get(hold.claim.chunk_id), page, careful) for hold in holds]
        ours = [work for work in works if work.is_ours]
        if any(work.chunk.handed_to != work.hold.handed_to or work.chunk.n != len(work.hold.members) for work in ours):
            raise OutOfDate
        for work in ours:
            work.settle_and_put_back()
        for work, want in zip(works, wants, strict=True):
            if work.is_ours:
                work.choose(want)
        _check(ours)
        page.write()
        for work in ours:
            work.save(let_go=let_go)
    return [work.finished() for work in works]


class _HoldExchange:
    """One hold within the transaction."""

    def __init__(self, hold: Hold, chunk: Chunk | None, page: LedgerBatch, careful: bool) -> None:
        self.hold = hold
        self.page = page
        self._chunk = chunk
        self._members = hold.members
        self._moved = False
        # A retry has rows already; of anybody else they are there only when we wrote them and were not told.
        self._careful = careful or hold.kind == Chunk.Kind.RETRY
        self.is_ours = chunk is not None and chunk.state == Chunk.State.CLAIMED and chunk.fence == hold.claim.fence
        self.halted = False
        self.chosen: list[Member] = []
        self.handed_out: list[HandedOut] = []
        self._over = False

    @property
    def chunk(self) -> Chunk:
        assert self._chunk is not None  # noqa: S101 - for the types; `is_ours` was asked
        return self._chunk

    def settle(self, results: Sequence[Result | Settlement]) -> None:
        self.page.settle(self.chunk, results, known=None if self._careful else {})

    def settle_and_put_back(self) -> None:
        hold = self.hold
        self.halted = self.chunk.edition.status != Edition.Status.SENDING
        self.settle(hold.results)
        again, back = list(hold.stale), list(hold.unsent)
        if self._careful:
            # Who has a result by now is neither put back nor sent to.
            written = {result.key.subscriber_id for result in hold.results}
            again = [m for m in find_unsettled(self.chunk, again) if m.subscriber_id not in written]
            back = [m for m in find_unsettled(self.chunk, back) if m.subscriber_id not in written]
        if self.halted:
            again, back = [], [*back, *again]
        self._put_back(set(back))
        self.chosen = again

    def _put_back(self, back: set[Member]) -> None:
        """Their mail was not begun: the one who held them says so. They wait again, behind the members who are
        settled or on their way."""
        if not back:
            return
        handed = self._members[: self.chunk.handed_to]
        kept = [member for member in handed if member not in back]
        returned = [member for member in handed if member in back]
        self._members = [*kept, *returned, *self._members[self.chunk.handed_to :]]
        self.chunk.handed_to = len(kept)
        self._moved = True

    def choose(self, want: int) -> None:
        """The next `want` members who have a mail, with those between them who have none: else an edition that is
        about few readers' topics would take a transaction for every handful of the others."""
        if self.halted or want <= 0:
            return
        start = self.chunk.handed_to
        waiting = self._members[start : start + max(want, PASSED_AT_ONCE)]
        with_mail = [place for place, member in enumerate(waiting, 1) if member.variant not in NOBODYS]
        fresh = waiting[: with_mail[want - 1]] if len(with_mail) >= want else waiting
        self.chunk.handed_to += len(fresh)
        self.chosen += fresh

    def save(self, *, let_go: bool) -> None:
        chunk = self.chunk
        chunk.beat += 1
        chunk.rate = self.hold.rate
        chunk.heard_at = timezone.now()
        also = ["beat", "heard_at", "rate", "handed_to"]
        if chunk.settled == chunk.handed_to and (chunk.settled == chunk.n or let_go or self.halted):
            claiming.end(chunk)
            also += ["state", "owner"]
            self._over = True
        if self._moved:
            chunk.members = members.pack(self._members)
            also.append("members")
        writing.save_counters(chunk, *also)

    def finished(self) -> Exchanged:
        """After the commit: the hold is told, and what came of it."""
        if not self.is_ours:
            return Exchanged(lost=True)
        self.hold.exchanged(self._members, self.chunk.handed_to, (handed.member for handed in self.handed_out))
        in_trouble = bool(self.chunk.edition.trouble)
        return Exchanged(self.handed_out, halted=self.halted, over=self._over, in_trouble=in_trouble)


def _check(works: Iterable[_HoldExchange]) -> None:
    """Check everybody chosen as they are now; anyone who must not get it is settled at once, with the reason. A query
    an audience."""
    by_audience: dict[tuple[Audience, frozenset[int]], list[_HoldExchange]] = defaultdict(list)
    for work in works:
        if work.chosen:
            by_audience[work.hold.frozen.audience, work.hold.frozen.letters].append(work)
    for (audience, letters), theirs in by_audience.items():
        checked_at = time.monotonic()
        everybody = [member for work in theirs for member in work.chosen]
        uses_attributes = any(work.hold.frozen.content.attributes for work in theirs)
        topic_names = theirs[0].hold.frozen.topic_names
        rechecked = recheck(
            audience, everybody, topic_names, timezone.now(), letters=letters, with_attributes=uses_attributes
        )
        for work in theirs:
            if skips := rechecked.skips:
                work.settle(settlements_skipped((member, skips[member]) for member in work.chosen if member in skips))
                work.chosen = [member for member in work.chosen if member not in skips]
            work.settle(_of_stopped_domains(work, rechecked.recipients))
            work.settle(_to_chunks_of_their_own(work, rechecked.recipients))
            work.handed_out = [HandedOut(m, rechecked.recipients[m], checked_at) for m in work.chosen]


def _of_stopped_domains(work: _HoldExchange, recipients: Mapping[Member, Recipient]) -> list[Settlement]:
    """Whose domain refuses this edition: deferred without an attempt."""
    stopped = stopped_domains.stopped_domains(work.hold.claim.edition_id)
    if not stopped:
        return []
    refused = {member for member in work.chosen if stopped_domains.is_stopped(recipients[member].email, stopped)}
    work.chosen = [member for member in work.chosen if member not in refused]
    again_at = timezone.now() + stopped_domains.AGAIN_AFTER
    return [Settlement(member, Outcome.DEFERRED, Reason.DOMAIN_STOPPED, again_at) for member in sorted(refused)]


def _to_chunks_of_their_own(work: _HoldExchange, recipients: Mapping[Member, Recipient]) -> list[Settlement]:
    """Whose domain was throttled after the chunk was made: deferred for a moment, to a chunk that holds up nobody."""
    throttled = rate_limits.throttled_domains()
    if not throttled or work.hold.claim.group:
        return []
    now = timezone.now()
    apart: list[Settlement] = []
    kept: list[Member] = []
    for member in work.chosen:
        if domain := rate_limits.group_of(recipients[member].email, throttled):
            again_at = rate_limits.next_turn_at(domain, now)
            apart.append(Settlement(member, Outcome.DEFERRED, Reason.THROTTLED, again_at))
        else:
            kept.append(member)
    work.chosen = kept
    return apart


def settle_late(claim: Claim, results: Sequence[Result | Settlement]) -> None:
    """Losing the fence stops hand-outs, not results: an answer settles a member whom somebody called in doubt in the
    meantime, as long as nobody has touched them since. So does the knowledge that a mail was not begun."""
    if not results:
        return
    with transaction.atomic():
        # The edition first, so that it is not finished meanwhile: then nobody would try again who is deferred now.
        Edition.objects.select_for_update(no_key=True).filter(pk=claim.edition_id).first()
        chunk = writing.lock_chunks().filter(pk=claim.chunk_id).first()
        if chunk is None:
            return
        known = find_deliveries(chunk.edition_id, [result.key.subscriber_id for result in results])
        mine = [
            result
            for result in results
            if (delivery := known.get(result.key.subscriber_id)) is not None
            and (delivery.chunk_id, delivery.fence, delivery.outcome) == (chunk.pk, claim.fence, Outcome.IN_DOUBT)
        ]
        if not mine:
            return
        page = LedgerBatch()
        page.settle(chunk, mine, known=known)
        page.write()
        writing.save_counters(chunk)


def not_begun(member: Member) -> Settlement:
    """For `settle_late`: who was called in doubt, and was certainly not begun, is tried again now."""
    return Settlement(member, Outcome.DEFERRED, Reason.NOT_BEGUN, timezone.now())


def find_orphans(hold: Hold) -> list[Member]:
    """After a COMMIT whose answer was lost: members who were handed out by it and reached nobody, so that they were
    certainly not begun. Brings the hold up to date. None when the claim is no longer ours.

    Under the chunk's lock: the session that was cut off may be committing still, and holds it until it is done.
    """
    with transaction.atomic():
        ours = Chunk.objects.filter(pk=hold.claim.chunk_id, fence=hold.claim.fence, state=Chunk.State.CLAIMED)
        found = ours.select_for_update().first()
    if found is None:
        return []
    hold.catch_up(members.unpack(found.members), found.handed_to)
    known = hold.known_ids()
    handed = [member for member in hold.members[: hold.handed_to] if member.subscriber_id not in known]
    return find_unsettled(found, handed)
