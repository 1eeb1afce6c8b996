"""“There is no such address”: believed of a few, as is usual; held for a person where it is said of far too many.

A server that has lost its list of users says so of everybody (550 5.1.1), and would have a whole list suppressed within
minutes. So such an answer rejects the mail and suppresses nobody yet. What is usual is the share of the list's last
editions. As long as an edition stays near it, the addresses are suppressed a minute later, or when the edition is
through; where it does not, they are held, and a person decides of all of them at once: suppress, or keep.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import models, transaction
from django.utils import timezone

from newsletters.delivery.ledger.outcomes import DEAD_ADDRESS
from newsletters.models import Chunk, DeadAddress, Delivery, Edition, Feedback
from newsletters.models.deliveries import Outcome
from subscribers import suppression
from subscribers.models import Subscriber, Suppression
from subscribers.tokens import address_hash

logger = logging.getLogger(__name__)
State = DeadAddress.State

LAST_EDITIONS = 5  # of the list, which say what is usual
ENOUGH_ANSWERS = 100  # in them, to say so
TIMES_USUAL = 3
LEAST, UNKNOWN, MOST = 0.05, 0.2, 0.9  # bounds of the share that is too much; where nothing is known of the list
FEW, SOME = 3, 10  # so few say nothing; so many are enough for that share, and until then it must be half
HALF = 0.5
WAIT = timedelta(minutes=1)  # so that a server that goes wrong now is noticed before anybody is suppressed
AT_ONCE = 500


class Count(NamedTuple):
    """How many of so many answers said so, and which share is usual for the list (None: nobody knows)."""

    dead: int
    answers: int
    usual: float | None
    is_believed: bool = False  # a person has looked, and said that these are dead

    @property
    def is_far_above(self) -> bool:
        if self.dead < FEW or self.is_believed:
            return False
        much = UNKNOWN if self.usual is None else min(MOST, max(LEAST, TIMES_USUAL * self.usual))
        return self.dead > self.answers * (much if self.dead >= SOME else max(HALF, much))


# --- What servers say ---------------------------------------------------------------------------------------------
def record(dead: Sequence[tuple[int, int, str]]) -> None:
    """Edition, subscriber and address of mails that were just rejected, within the transaction that says so."""
    now = timezone.now()
    DeadAddress.objects.bulk_create(
        [
            DeadAddress(edition_id=edition_id, subscriber_id=subscriber_id, address_hash=address_hash(email), at=now)
            for edition_id, subscriber_id, email in sorted(dead)
        ],
        ignore_conflicts=True,  # held since an earlier try
    )


def usual_share(edition_id: int) -> float | None:
    """Of dead addresses among the answers to the list's last editions, this one left out, and those that asked quiet
    readers alone, whose addresses are dead more often. None: too few answers."""
    mailing_list = Edition.objects.filter(pk=edition_id).values("newsletter__mailing_list")
    last = list(
        Edition.objects.filter(
            newsletter__mailing_list__in=mailing_list, status=Edition.Status.SENT, reengagement__isnull=True
        )
        .exclude(pk=edition_id)
        .exclude(dead_addresses__state__in=[State.HELD, State.KEPT])  # a server went wrong there
        .order_by("-frozen_at")
        .values_list("pk", flat=True)[:LAST_EDITIONS]
    )
    answers = _answers(last)
    if answers < ENOUGH_ANSWERS:
        return None
    rejected = Delivery.objects.filter(edition__in=last, outcome=Outcome.REJECTED)
    return rejected.filter(enhanced_status__in=DEAD_ADDRESS).count() / answers


def _answers(edition_ids: Iterable[int]) -> int:
    chunks = Chunk.objects.filter(edition__in=list(edition_ids))
    answers: int = chunks.aggregate(all=models.Sum(models.F("accepted") + models.F("rejected"), default=0))["all"]
    return answers


def count(edition_id: int) -> Count:
    """Of an edition as it stands. What was held before and is still to be decided is left out on both sides, and
    nothing is too much where a person has looked and said that they are dead."""
    rows = DeadAddress.objects.filter(edition=edition_id)
    dead = rows.filter(state__in=[State.WAITING, State.SUPPRESSED]).count()
    others = rows.filter(state__in=[State.HELD, State.KEPT]).count()
    is_believed = rows.filter(state=State.SUPPRESSED).exclude(decided_by="").exists()
    return Count(dead, max(dead, _answers([edition_id]) - others), usual_share(edition_id), is_believed)


def waiting_editions(before: datetime) -> list[int]:
    """Of which somebody waits since then."""
    rows = DeadAddress.objects.filter(state=State.WAITING, at__lte=before)
    return list(rows.values_list("edition", flat=True).distinct()[:100])


def hold_waiting(edition_id: int) -> int:
    """All that wait are for a person to decide. How many."""
    return DeadAddress.objects.filter(edition=edition_id, state=State.WAITING).update(state=State.HELD)


def are_held(edition_id: int) -> bool:
    """Has a person to decide about some?"""
    return DeadAddress.objects.filter(edition=edition_id, state=State.HELD).exists()


def suppress_waiting(edition_id: int, before: datetime) -> int:
    """The share is as usual: believe it of those who wait since then. How many were suppressed."""
    return _suppress(edition_id, State.WAITING, by="", before=before)


def suppress_one(edition_id: int, subscriber_id: int) -> bool:
    """Believe it of this one alone; those of whom a server said it while we sent wait for their minute. False where it
    was decided before, or nobody has that address any more. Within a transaction of the caller's."""
    rows = DeadAddress.objects.filter(edition=edition_id, subscriber_id=subscriber_id, state=State.WAITING)
    return bool(_suppress_some(rows, edition_id, by=""))


def are_few(edition_id: int) -> bool:
    """So few of an edition are believed without a look at the share."""
    dead = DeadAddress.objects.filter(edition=edition_id, state__in=[State.WAITING, State.SUPPRESSED])
    return dead[: SOME + 1].count() <= SOME


def count_by_state(edition_id: int) -> dict[str, int]:
    """Only those states that occur."""
    rows = DeadAddress.objects.filter(edition=edition_id).order_by("state").values_list("state")
    return dict(rows.annotate(count=models.Count("pk")))


# --- What a person decides ----------------------------------------------------------------------------------------
def forget(edition_id: int, subscriber_ids: Iterable[int]) -> None:
    """They are sent it once more: the answer to that counts, within the transaction that decides it."""
    DeadAddress.objects.filter(edition=edition_id, subscriber_id__in=list(subscriber_ids)).delete()


def suppress_held(edition_id: int, *, by: str) -> int:
    """The server was right: suppress all that are held. How many were."""
    return _suppress(edition_id, State.HELD, by=by, before=timezone.now())


def keep_all(edition_id: int, *, by: str) -> int:
    """The server was wrong: nobody is suppressed because of this edition, and those who were are released. How many
    rows that were undecided or suppressed are kept now."""
    undecided = DeadAddress.objects.filter(edition=edition_id).exclude(state=State.KEPT)
    kept = 0
    while page := _keep_some(undecided, edition_id, by):
        kept += page
    return kept


def _keep_some(rows: models.QuerySet[DeadAddress], edition_id: int, by: str) -> int:
    with transaction.atomic():
        page = _locked(rows)
        for row, person in _with_people(page):
            if person is None or row.state != State.SUPPRESSED:
                continue
            # Since then they may have another address, which was suppressed for a reason of its own.
            if address_hash(person.email) == row.address_hash and _is_suppressed_by_a_bounce(row):
                suppression.release(person.email, note=f"Kept: edition {edition_id}", by=by)
        return _decide(page, State.KEPT, by)


def _suppress(edition_id: int, state: State, *, by: str, before: datetime) -> int:
    suppressed = 0
    rows = DeadAddress.objects.filter(edition=edition_id, state=state, at__lte=before)
    while (done := _suppress_some(rows, edition_id, by)) is not None:
        suppressed += done
    if suppressed:
        logger.info("Edition %s: %s addresses suppressed", edition_id, suppressed)
    return suppressed


def _suppress_some(rows: models.QuerySet[DeadAddress], edition_id: int, by: str) -> int | None:
    """How many were suppressed; None when there are no more rows."""
    with transaction.atomic():
        if not (page := _locked(rows)):
            return None
        replies = _replies(edition_id, page)
        suppressed = 0
        for row, person in _with_people(page):
            if person is not None and address_hash(person.email) == row.address_hash:
                words = replies.get(row.subscriber_id, "")
                reason = Suppression.Reason.BOUNCE
                suppressed += suppression.suppress(person.email, reason=reason, note=words, by=by)
        _decide(page, State.SUPPRESSED, by)
        return suppressed


def _locked(rows: models.QuerySet[DeadAddress]) -> list[DeadAddress]:
    """Some of them, as they are now: a person may decide while a sender does, and the first of them counts."""
    return list(rows.select_for_update().order_by("pk")[:AT_ONCE])


def _decide(page: Sequence[DeadAddress], state: State, by: str) -> int:
    _tell_feedback(page, state, by)
    return DeadAddress.objects.filter(pk__in=[row.pk for row in page]).update(state=state, decided_by=by[:150])


def _tell_feedback(page: Sequence[DeadAddress], state: State, by: str) -> None:
    """What came back about these mails shows what became of it."""
    for edition_id in {row.edition_id for row in page}:
        ids = [row.subscriber_id for row in page if row.edition_id == edition_id]
        told = Feedback.objects.filter(edition=edition_id, subscriber_id__in=ids, kind=Feedback.Kind.HARD)
        if state == State.SUPPRESSED:
            told.filter(effect=Feedback.Effect.HELD).update(effect=Feedback.Effect.SUPPRESSED)
        elif state == State.KEPT:
            told.filter(undone_at=None).update(
                undone_at=timezone.now(), undone_by=by[:150], undone_note="the mail server was wrong"
            )


def _replies(edition_id: int, page: Sequence[DeadAddress]) -> dict[int, str]:
    ids = [row.subscriber_id for row in page]
    return dict(
        Delivery.objects.filter(edition=edition_id, subscriber_id__in=ids).values_list("subscriber_id", "reply")
    )


def _with_people(page: Sequence[DeadAddress]) -> list[tuple[DeadAddress, Subscriber | None]]:
    """By address, since two processes may meet the same ones; without a person where they were erased."""
    people = Subscriber.objects.in_bulk([row.subscriber_id for row in page])
    return sorted(
        ((row, people.get(row.subscriber_id)) for row in page), key=lambda pair: pair[1].email if pair[1] else ""
    )


def _is_suppressed_by_a_bounce(row: DeadAddress) -> bool:
    """Not by a person or by a complaint, since or before."""
    return Suppression.objects.filter(address_hash=row.address_hash, reason=Suppression.Reason.BOUNCE).exists()
