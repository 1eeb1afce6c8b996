"""Were some people mailed an edition, and no hand-outs to them until the end of a transaction: for an import that is
undone, which deletes people.

The ledger knows of a mail once it is settled. Until then the chunk alone says that it was handed out, and it says so
before the mail begins. Under `hold_hand_outs` either the hand-out has happened, and `were_reached` sees it, or it comes
after the transaction and finds that the people are gone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from django.db.models import F, QuerySet

from newsletters.delivery.engine import halting
from newsletters.delivery.ledger import members, writing
from newsletters.delivery.ledger.entries import find_unsettled, sent_to_any_between
from newsletters.delivery.ledger.members import Member
from newsletters.models import Chunk, Edition

# Of an edition that was sent everything is settled; of one that was cancelled, mails may still be on their way.
_UNSETTLED = (Edition.Status.SENDING, Edition.Status.PAUSED, Edition.Status.CANCELLED)
Ranges = Sequence[Sequence[int]]  # pairs of the first and the last id of subscribers


def were_reached(people: Ranges) -> bool:
    """Was an edition sent, perhaps sent, or handed out to any of them?"""
    if any(sent_to_any_between(first, last) for first, last in people):
        return True
    among = _Among(people)
    handed_out = _claimed().filter(handed_to__gt=F("settled"))
    for chunk in handed_out.only("edition", "members", "handed_to").iterator(chunk_size=50):
        theirs = among.find(members.unpack(chunk.members, 0, chunk.handed_to))
        if find_unsettled(chunk, theirs):
            return True
    return False


def hold_hand_outs(people: Ranges) -> None:
    """Within a transaction, before it locks any of them: the engine locks a chunk before people, too.

    No chunk is claimed meanwhile, and a claimed one that has any of these people waits with its next exchange. Mails
    that were handed out before go on, and so do the other chunks.
    """
    halting.hold_fences()
    among = _Among(people)
    claimed = _claimed().values_list("pk", "members").iterator(chunk_size=50)
    theirs = [pk for pk, packed in claimed if among.find(members.unpack(packed))]
    list(writing.lock_chunks().filter(pk__in=theirs))


def _claimed() -> QuerySet[Chunk]:
    """Nobody is handed out of any other chunk."""
    editions = Edition.objects.filter(status__in=_UNSETTLED).order_by().values_list("pk", flat=True)
    return Chunk.objects.filter(edition__in=list(editions), state=Chunk.State.CLAIMED)


class _Among:
    """Finds those of some members who are in one of the ranges, which may come in any order and don't overlap."""

    def __init__(self, people: Ranges) -> None:
        ranges = sorted((first, last) for first, last in people)
        self._firsts = [first for first, _last in ranges]
        self._lasts = [last for _first, last in ranges]

    def find(self, some: Sequence[Member]) -> list[Member]:
        return [member for member in some if self._has(member.subscriber_id)]

    def _has(self, subscriber_id: int) -> bool:
        at = bisect_right(self._firsts, subscriber_id) - 1
        return at >= 0 and subscriber_id <= self._lasts[at]
