"""What servers said to us while we sent. The sender writes it down with its other results
(`newsletters.delivery.ledger.dialogue_bounces`); here it takes effect, by the same rules as all that comes back.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from lib.errors_in_words import described
from lib.lost_connections import is_lost
from mail.models import Message
from mail.results import Result
from newsletters.delivery.ledger import dialogue_bounces
from newsletters.delivery.ledger.dialogue_bounces import RefusedAddress
from newsletters.delivery.ledger.outcomes import is_dead_address
from newsletters.events.feedback.effects import act_on, take_turns
from newsletters.events.feedback.mail_events import MailTarget
from newsletters.events.feedback.matching import Matched, match
from newsletters.models import Feedback

logger = logging.getLogger(__name__)
AT_ONCE = 500
MOST_ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=1)  # and twice as long each time


def note_rejected_message(message: Message, answer: Result) -> None:
    """A confirmation or another message of the outbox that a server refused, in the transaction that ends it."""
    is_dead = is_dead_address(answer)
    kind = Feedback.Kind.HARD if is_dead else dialogue_bounces.kind_of(answer.enhanced_status, gave_up=False)
    if kind is not None:
        words = answer.reply
        refusal = RefusedAddress(
            message.pk, message.subscriber_id, message.address, answer.enhanced_status, words, is_message=True
        )
        dialogue_bounces.record([(refusal, kind)], timezone.now())


def _waiting() -> QuerySet[Feedback]:
    is_due = Q(due_at=None) | Q(due_at__lte=timezone.now())
    return Feedback.objects.filter(is_due, effect=Feedback.Effect.WAITING)


def anything_waits() -> bool:
    return _waiting().exists()


def act_on_waiting(most: int = AT_ONCE) -> int:
    """How many took effect. Each is a transaction, and those that another process has are left to it. One that can't
    take effect is tried again ever later, after `MOST_ATTEMPTS` left to staff, and holds up nothing else. Raises
    DatabaseError."""
    acted = last = 0
    waiting = _waiting().order_by("pk")
    while acted < most and (page := list(waiting.filter(pk__gt=last).values_list("pk", flat=True)[:most])):
        for number in page:
            try:
                acted += _act_on_one(number)
            except Exception as error:
                if is_lost(error):
                    raise
                logger.exception("Feedback %s could not take effect", number)
                _try_later(number, error)
        last = page[-1]
    return acted


@transaction.atomic
def _act_on_one(number: int) -> bool:
    take_turns()
    row = _locked(number)
    if row is None:
        return False
    target = MailTarget(edition=row.edition_id, subscriber=row.subscriber_id, message=row.message_id)
    act_on(row, match(target, row.address) or Matched(row.edition_id, row.subscriber_id, row.message_id))
    return True


def _locked(number: int) -> Feedback | None:
    """None if it took effect, or another process has it."""
    rows = Feedback.objects.select_for_update(skip_locked=True)
    return rows.filter(pk=number, effect=Feedback.Effect.WAITING).first()


@transaction.atomic
def _try_later(number: int, error: Exception) -> None:
    if (row := _locked(number)) is None:
        return
    row.attempts += 1
    row.error = described(error)
    row.due_at = timezone.now() + RETRY_AFTER * 2 ** (row.attempts - 1)
    if row.attempts >= MOST_ATTEMPTS:
        row.effect = Feedback.Effect.FAILED
    row.save(update_fields=["attempts", "error", "due_at", "effect"])


def try_again(rows: QuerySet[Feedback]) -> int:
    """Those of these that were given up, at the next look; how many."""
    failed = rows.filter(effect=Feedback.Effect.FAILED)
    return failed.update(effect=Feedback.Effect.WAITING, attempts=0, due_at=None)
