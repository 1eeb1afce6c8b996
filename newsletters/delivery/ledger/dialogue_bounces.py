"""Refusals in the SMTP dialogue that say something of the address: a full mailbox, or no delivery until we gave up.

They are written down in the transaction that settles the mail, and counted a moment later with all that comes back as
mail (`newsletters.events.feedback`). “There is no such address” has a brake of its own: `dead_addresses`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from lib.characters import one_line
from newsletters.delivery.limits.rate_limits import domain_of
from newsletters.models import Feedback
from subscribers.tokens import address_hash

SOURCE = "smtp"
FULL_MAILBOX = {"4.2.2", "5.2.2"}  # RFC 3463 §3.3
_OF_THE_MAILBOX = ("2.", "4.")  # X.2.X the mailbox itself, X.4.X the network to it
_OF_THE_ADDRESS = ("1.", *_OF_THE_MAILBOX)
_OF_OUR_SENDER = ("1.7", "1.8")


class RefusedAddress(NamedTuple):
    """An answer that ended a mail to one address. `number` is the edition's, or with `is_message` the message's."""

    number: int
    subscriber_id: int | None
    email: str
    status: str
    reply: str
    is_message: bool = False


def kind_of(status: str, *, gave_up: bool) -> Feedback.Kind | None:
    """None for an answer that says nothing of the address: about us, our content or the server itself, or for no reason
    that it names. A server that is out of order for a day must not count against everybody whose mail waited for it."""
    if status in FULL_MAILBOX:
        return Feedback.Kind.FULL
    subject = status[2:]
    about = _OF_THE_ADDRESS if gave_up and subject not in _OF_OUR_SENDER else _OF_THE_MAILBOX
    if subject.startswith(about):
        return Feedback.Kind.SOFT
    return None


def record(refusals: Iterable[tuple[RefusedAddress, Feedback.Kind]], now: datetime) -> None:
    """Within the transaction that settles these mails. The same mail is written down once."""
    Feedback.objects.bulk_create(
        [
            Feedback(
                source=SOURCE,
                key=f"m{refusal.number}" if refusal.is_message else f"{refusal.number}-{refusal.subscriber_id}",
                kind=kind,
                edition_id=None if refusal.is_message else refusal.number,
                message_id=refusal.number if refusal.is_message else None,
                subscriber_id=refusal.subscriber_id,
                address=refusal.email[:254],
                address_hash=address_hash(refusal.email),
                domain=domain_of(refusal.email)[:253],
                status=refusal.status[:12],
                rule="refused while sending",
                words=one_line(refusal.reply)[:500],
                at=now,
                effect=Feedback.Effect.WAITING,
            )
            for refusal, kind in refusals
        ],
        ignore_conflicts=True,
        batch_size=200,
    )
