"""The one transaction that a sender makes, again and again: settle what finished, hand out as many more.

No barrier: results come in any order, so a server that dawdles on one connection holds up nobody. No transaction stays
open while a mail is on its way.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from newsletters.delivery import audience, ledger, members
from newsletters.delivery.claiming import Claim
from newsletters.delivery.frozen import FrozenEdition
from newsletters.delivery.members import Member
from newsletters.delivery.outcomes import Result, Skip
from newsletters.models import Chunk, Edition
from newsletters.rendering.recipients import Recipient
from newsletters.rendering.variants import NOTHING
from subscribers import suppression
from subscribers.models import Suppression

PASSED_AT_ONCE = 500  # without a mail; more rows would keep pages waiting on SQLite


class FenceLost(Exception):
    """Somebody else took the chunk: hand out nothing more. Results are still welcome, by `settle_late`."""


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A recipient to send to now. `checked_at` is of the monotonic clock: a mail begins within a second of it."""

    member: Member
    recipient: Recipient
    checked_at: float


@dataclass(frozen=True, slots=True)
class Step:
    """What came of an exchange. `halted` says that the edition is no longer being sent."""

    handed_out: list[HandedOut] = field(default_factory=list)
    halted: bool = False
    settled: bool = False  # everybody of the chunk has a result


def exchange(
    claim: Claim,
    frozen: FrozenEdition,
    results: Sequence[Result],
    *,
    want: int,
    stale: Sequence[Member] = (),
    unsent: Sequence[Member] = (),
) -> Step:
    """Settle `results`; look again at `stale`, whose check is too old; put `unsent`, which were not begun, back among
    those who wait; and hand out up to `want` more. Raises `FenceLost`, and then has changed nothing.
    """
    with transaction.atomic():
        chunk = (
            Chunk.objects.select_for_update(of=("self",))
            .select_related("edition__newsletter")
            .filter(pk=claim.chunk_id, fence=claim.fence, state=Chunk.State.CLAIMED)
            .first()
        )
        if chunk is None:
            raise FenceLost
        ledger.settle(chunk, results, chunk.edition)
        _suppress_dead(results)
        # Who has a result by now (of a COMMIT whose answer was lost) is neither put back nor sent to.
        _put_back(chunk, ledger.unsettled(chunk, unsent))
        halted = chunk.edition.status != Edition.Status.SENDING
        again = ledger.unsettled(chunk, stale)
        if halted:
            _put_back(chunk, again)
            again = []
        fresh: list[Member] = []
        if not halted and want > 0:
            fresh = _next(chunk, want)
            chunk.handed_to += len(fresh)
        handed_out = _check(chunk, again + fresh, frozen)
        chunk.beat += 1
        chunk.save()
        return Step(
            handed_out=handed_out,
            halted=halted,
            settled=chunk.settled == chunk.n,
        )


def _next(chunk: Chunk, want: int) -> list[Member]:
    """The next `want` members who have a mail, with those between them who have none: else an edition that is about
    few readers' topics would take a transaction for every handful of the others."""
    waiting = members.unpack(chunk.members, chunk.handed_to, min(chunk.n, chunk.handed_to + max(want, PASSED_AT_ONCE)))
    with_mail = [place for place, member in enumerate(waiting, 1) if member.variant != NOTHING]
    return waiting[: with_mail[want - 1]] if len(with_mail) >= want else waiting


def _check(chunk: Chunk, handed: Sequence[Member], frozen: FrozenEdition) -> list[HandedOut]:
    """Look at each as they are now; whoever must not get it is settled at once, with the reason."""
    if not handed:
        return []
    skips = [(member, Skip.NO_TOPIC) for member in handed if member.variant == NOTHING]
    wanted = [member for member in handed if member.variant != NOTHING]
    checked_at = time.monotonic()
    checked = audience.check(
        (member.subscriber_id for member in wanted), frozen.content.list_id, frozen.topic_names, timezone.now()
    )
    skips += [
        (member, checked.skips[member.subscriber_id]) for member in wanted if member.subscriber_id in checked.skips
    ]
    ledger.skip(chunk, skips, chunk.edition)
    return [
        HandedOut(member, checked.recipients[member.subscriber_id], checked_at)
        for member in wanted
        if member.subscriber_id in checked.recipients
    ]


def _put_back(chunk: Chunk, unsent: Iterable[Member]) -> None:
    """These were handed out, and their mail was not begun: the one who held them says so. They wait again, behind the
    members who are settled or on their way."""
    back = set(unsent)
    if not back:
        return
    handed = members.unpack(chunk.members, 0, chunk.handed_to)
    rest = members.unpack(chunk.members, chunk.handed_to)
    kept = [member for member in handed if member not in back]
    returned = [member for member in handed if member in back]
    chunk.members = members.pack([*kept, *returned, *rest])
    chunk.handed_to = len(kept)


def settle_late(claim: Claim, results: Sequence[Result]) -> None:
    """Losing the fence stops hand-outs, not results: an answer settles a member whom the next owner called in doubt,
    as long as nobody has touched them since."""
    if not results:
        return
    with transaction.atomic():
        chunk = (
            Chunk.objects.select_for_update(of=("self",))
            .select_related("edition__newsletter")
            .filter(pk=claim.chunk_id)
            .first()
        )
        if chunk is None:
            return
        mine = set(
            chunk.deliveries.filter(
                fence=claim.fence, outcome="in_doubt", subscriber_id__in=[result.subscriber_id for result in results]
            ).values_list("subscriber_id", flat=True)
        )
        ledger.settle(chunk, [result for result in results if result.subscriber_id in mine], chunk.edition)
        chunk.save()


def _suppress_dead(results: Iterable[Result]) -> None:
    """A refusal that is about the address itself: nothing will ever arrive there."""
    for result in results:
        if result.dead_address:
            suppression.suppress(result.email, reason=Suppression.Reason.BOUNCE, note=result.reply[:500], by="")


def orphans(claim: Claim, held: Iterable[Member]) -> list[Member]:
    """After a COMMIT whose answer was lost: members who were handed out by it and reached nobody. `held` are those
    that the caller knows of; all others without a result were certainly not begun."""
    chunk = Chunk.objects.filter(pk=claim.chunk_id, fence=claim.fence, state=Chunk.State.CLAIMED).first()
    if chunk is None:
        raise FenceLost
    mine = set(held)
    handed = [member for member in members.unpack(chunk.members, 0, chunk.handed_to) if member not in mine]
    return ledger.unsettled(chunk, handed)
