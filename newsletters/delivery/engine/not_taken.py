"""Mails that a server did not take for a reason that is not their recipient's: nobody is rejected for it.

“Too fast” puts the mail back, to come in its turn, and counts no attempt. Where the same mail is told so again and
again while others are taken, it is postponed, so that an edition ends. A mail that is too large is one of many, or
every mail of the edition is: then the edition is paused before its first reader, with the server's words.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from mail.results import Result, Verdict
from mail.send_reasons import SendReason
from mail.transport import NotTaken, Outgoing, Why
from newsletters.delivery.engine import trouble
from newsletters.delivery.engine.hold import Hold
from newsletters.delivery.ledger.outcomes import Settlement
from newsletters.delivery.ledger.reasons import Reason
from newsletters.models import Chunk
from newsletters.models.deliveries import Outcome
from newsletters.rendering.recipients import Recipient

TOO_OFTEN = 20  # a rate that is being found tells a mail a handful of times that it is too fast
POSTPONED = timedelta(minutes=5)


def judge(hold: Hold, mail: Outgoing, words: NotTaken, accepted: int) -> None:
    """Put the mail back, or settle it. `accepted` counts the mails of this process that were, ever. When the database
    fails, nothing was done."""
    if words.why is Why.TOO_LARGE:
        _too_large(hold, mail, words)
    elif hold.count_too_fast(mail.key, accepted) >= TOO_OFTEN:
        again_at = timezone.now() + POSTPONED
        hold.record_result(Settlement(mail.key, Outcome.DEFERRED, Reason.TOO_FAST, again_at, reply=words.reply))
    else:
        hold.put_back(mail.key)


def _too_large(hold: Hold, mail: Outgoing, words: NotTaken) -> None:
    if _is_for_some(hold, mail, words.limit):
        hold.record_result(Result(mail.key, Verdict.REJECTED, reason=SendReason.TOO_LARGE, reply=words.reply))
        return
    trouble.pause_edition(hold.claim.edition_id, f"It is too large for the mail server: {words.reply}")
    hold.put_back(mail.key)


def _is_for_some(hold: Hold, mail: Outgoing, limit: int) -> bool:
    """Others have the edition, or there is a variant that the server would take."""
    if Chunk.objects.filter(edition=hold.claim.edition_id, accepted__gt=0).exists():
        return True
    if not limit:
        return False  # the server said so of this mail alone, and nobody knows where it draws the line
    now = timezone.now()
    somebody = Recipient(0, "a@b.example", "", now.date())
    others = (variant for number, variant in hold.frozen.compiled.items() if number != mail.key.variant)
    return any(len(variant.wire(somebody, now, True)) <= limit for variant in others)
