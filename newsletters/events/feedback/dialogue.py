"""What servers said to us while we sent. The sender writes it down with its other results
(`newsletters.delivery.ledger.dialogue_bounces`); here it takes effect, by the same rules as all that comes back.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from mail.models import Message
from mail.results import Result
from newsletters.delivery.ledger import dialogue_bounces
from newsletters.delivery.ledger.dialogue_bounces import RefusedAddress
from newsletters.delivery.ledger.outcomes import is_dead_address
from newsletters.events.feedback.effects import act_on, take_turns
from newsletters.events.feedback.mail_events import MailTarget
from newsletters.events.feedback.matching import Matched, match
from newsletters.models import Feedback

AT_ONCE = 500


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


def anything_waits() -> bool:
    return Feedback.objects.filter(effect=Feedback.Effect.WAITING).exists()


def act_on_waiting(most: int = AT_ONCE) -> int:
    """How many took effect. Each is a transaction, and those that another process has are left to it."""
    numbers = list(
        Feedback.objects.filter(effect=Feedback.Effect.WAITING).order_by("pk").values_list("pk", flat=True)[:most]
    )
    return sum(map(_act_on_one, numbers))


@transaction.atomic
def _act_on_one(number: int) -> bool:
    take_turns()
    row = Feedback.objects.select_for_update().filter(pk=number, effect=Feedback.Effect.WAITING).first()
    if row is None:
        return False
    target = MailTarget(edition=row.edition_id, subscriber=row.subscriber_id, message=row.message_id)
    act_on(row, match(target, row.address) or Matched(row.edition_id, row.subscriber_id, row.message_id))
    return True
