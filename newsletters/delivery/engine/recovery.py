"""Take over from a sending process that is dead, by what its journal tells.

Of every recipient whom it had been handed out and who has no result: an answer in the journal is the result; an intent
without an answer is in doubt; no intent, on the same boot of the same machine, proves that the mail was not begun, and
then they wait again. Any process that sees the journal may do this, at any time, and be killed while it does.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from mail.results import Result, Verdict
from mail.send_reasons import answer_reason
from newsletters.delivery.engine import claiming, halting, handing_out
from newsletters.delivery.engine.claiming import Claim
from newsletters.delivery.engine.journal import reading
from newsletters.delivery.engine.journal.reading import DeadJournal, Told
from newsletters.delivery.engine.journal.records import SUFFIX
from newsletters.delivery.ledger import members, writing
from newsletters.delivery.ledger.entries import find_in_doubt, find_unsettled
from newsletters.delivery.ledger.members import Member
from newsletters.delivery.ledger.outcomes import Settlement, settlements_in_doubt
from newsletters.delivery.ledger.reasons import Reason
from newsletters.models import Chunk
from subscribers.models import Subscriber

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovered:
    """Of how many recipients the journals told what."""

    answered: int = 0
    waiting: int = 0
    in_doubt: int = 0

    def __add__(self, other: Recovered) -> Recovered:
        return Recovered(self.answered + other.answered, self.waiting + other.waiting, self.in_doubt + other.in_doubt)


def take_over() -> Recovered:
    """Every journal of this installation in the folder whose owner is dead. Raises `halting.Halted`."""
    found = Recovered()
    for path in reading.all_in(settings.IRIA_JOURNAL_DIR):
        with reading.take(path) as (free, journal):
            if free and (journal is None or path.suffix != SUFFIX):
                path.unlink(missing_ok=True)
            elif journal is not None and journal.header.installation == str(halting.guard().installation):
                found += _replay(journal, path)
    return found


def _replay(journal: DeadJournal, path: Path) -> Recovered:
    halting.check_may_send(fence_seen=journal.highest_fence)
    found = Recovered()
    owned = Chunk.objects.filter(owner=journal.header.owner, state=Chunk.State.CLAIMED)
    for chunk_id in list(owned.order_by("pk").values_list("pk", flat=True)):
        found += _replay_chunk(journal, chunk_id)
    for (chunk_id, fence), told in journal.claims.items():
        _settle_late(journal, chunk_id, fence, told)
    path.unlink(missing_ok=True)  # ours: we have its lock
    if found != Recovered():
        logger.warning(
            "%s is dead. Its journal has %s answered, %s to send again, %s in doubt",
            journal.header.owner, found.answered, found.waiting, found.in_doubt,
        )  # fmt: skip
    return found


def _replay_chunk(journal: DeadJournal, chunk_id: int) -> Recovered:
    """A chunk that the dead process still held."""
    with transaction.atomic():
        chunk = writing.lock_chunks().filter(pk=chunk_id, owner=journal.header.owner).first()
        if chunk is None or chunk.state != Chunk.State.CLAIMED:
            return Recovered()
        told = journal.told(chunk.pk, chunk.fence)
        everybody = members.unpack(members.read_members(chunk.pk))
        handed = everybody[: chunk.handed_to]
        open_ = find_unsettled(chunk, handed)
        answers = _answers(open_, told)
        begun = [m for m in open_ if m.subscriber_id not in told.answers and m.subscriber_id in told.begun]
        rest = [m for m in open_ if m.subscriber_id not in told.answers and m.subscriber_id not in told.begun]
        lost = settlements_in_doubt(begun, reason=Reason.WORKER_LOST)
        also = ["state", "owner", "rate", "handed_to"]
        if journal.proves_what_was_not_begun:
            back = set(rest)
            kept = [member for member in handed if member not in back]
            chunk.members = members.pack([*kept, *rest, *everybody[chunk.handed_to :]])
            chunk.handed_to = len(kept)
            also.append("members")
        else:
            lost += settlements_in_doubt(rest, reason=Reason.POWER_LOST)
            rest = []
        writing.settle(chunk, [*answers, *lost])
        claiming.end(chunk)
        writing.save_counters(chunk, *also)
    return Recovered(len(answers), len(rest), len(lost))


def _settle_late(journal: DeadJournal, chunk_id: int, fence: int, told: Told) -> None:
    """A claim that somebody ended before us, without the journal: what it called in doubt may be known here."""
    chunk = Chunk.objects.filter(pk=chunk_id).values("edition_id", "edition__content_hash").first()
    if chunk is None:
        return
    doubtful = find_in_doubt(chunk_id, fence)
    results: list[Result | Settlement] = [*_answers(doubtful, told)]
    if journal.proves_what_was_not_begun:
        results += [
            handing_out.not_begun(member)
            for member in doubtful
            if member.subscriber_id not in told.answers and member.subscriber_id not in told.begun
        ]
    handing_out.settle_late(Claim(chunk_id, fence, chunk["edition_id"], chunk["edition__content_hash"]), results)


def _answers(open_: Sequence[Member], told: Told) -> list[Result]:
    known = [(member, told.answers[member.subscriber_id]) for member in open_ if member.subscriber_id in told.answers]
    refused = [member.subscriber_id for member, answer in known if answer.outcome == Verdict.REJECTED]
    emails = dict(Subscriber.objects.filter(pk__in=refused).values_list("pk", "email"))
    return [
        Result(
            member,
            answer.outcome,
            reason="" if answer.outcome == Verdict.ACCEPTED else answer_reason("replayed", answer.smtp_code or None),
            smtp_code=answer.smtp_code,
            enhanced_status=answer.enhanced_status,
            email=emails.get(member.subscriber_id, ""),
        )
        for member, answer in known
    ]
