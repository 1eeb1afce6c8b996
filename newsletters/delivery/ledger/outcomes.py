"""What an answer of a server means, in one place; and how a delivery may change afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from mail.reasons import answer_reason
from newsletters.delivery.ledger.members import Member
from newsletters.delivery.ledger.reasons import AnyReason, Reason, Skip
from newsletters.models.deliveries import Outcome
from newsletters.rendering.recipients import one_line

_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")  # RFC 3463
# The address itself is wrong (RFC 3463 §3.2): nothing sent to it will ever arrive. Not 5.1.7 and 5.1.8, which are about
# the sender, and not 5.2.x, a full or disabled mailbox.
_DEAD_ADDRESS = {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}

# Looked up once: an enum's members take Python 3.11 longer to find than the rest of an answer to read.
_ACCEPTED, _DEFERRED, _REJECTED = Outcome.ACCEPTED, Outcome.DEFERRED, Outcome.REJECTED

ALLOWED: dict[str, frozenset[str]] = {
    Outcome.DEFERRED: frozenset({Outcome.RETRYING, Outcome.CANCELLED, Outcome.REJECTED}),
    Outcome.RETRYING: frozenset(
        {
            Outcome.ACCEPTED,
            Outcome.DEFERRED,
            Outcome.REJECTED,
            Outcome.SKIPPED,
            Outcome.IN_DOUBT,
            Outcome.CANCELLED,
        }
    ),
    # A late answer of the process that sent it; or a person, who knows that it was sent, or wants it sent again.
    # Nothing else: Iria by itself never tries again what may have been taken.
    Outcome.IN_DOUBT: frozenset({Outcome.ACCEPTED, Outcome.DEFERRED, Outcome.REJECTED, Outcome.RETRYING}),
    # Only a person, when what the server objected to is mended: a refusal is final for Iria itself.
    Outcome.REJECTED: frozenset({Outcome.RETRYING}),
}
"""From which outcome to which others a delivery may go. What is not listed is final."""


@dataclass(slots=True)  # not frozen, which would cost more to make than all else that is done with an answer
class Result:
    """What became of one mail."""

    subscriber_id: int
    variant: int
    outcome: Outcome
    reason: AnyReason = ""
    smtp_code: int | None = None
    enhanced_status: str = ""
    reply: str = ""
    email: str = ""  # only where the outcome concerns the address itself
    again_at: datetime | None = None  # put off by us, not by a server: no attempt was made

    def __post_init__(self) -> None:
        # A server's words may hold anything; PostgreSQL refuses NUL, and with it the whole batch of results.
        if not self.reply.isprintable():
            self.reply = one_line(self.reply)
        self.reply = self.reply[:500]

    @property
    def dead_address(self) -> bool:
        return self.outcome == Outcome.REJECTED and self.enhanced_status in _DEAD_ADDRESS


def from_reply(subscriber_id: int, variant: int, code: int, reply: str, *, stage: str, email: str) -> Result:
    """The result for a final answer: 2xx accepted, 4xx deferred, everything else rejected (RFC 5321 §4.2.1)."""
    match = _ENHANCED.match(reply)
    kind = code // 100
    outcome = _ACCEPTED if kind == 2 else _DEFERRED if kind == 4 else _REJECTED
    return Result(
        subscriber_id,
        variant,
        outcome,
        "" if kind == 2 else answer_reason(stage, code),
        code,
        match[1] if match else "",
        f"{code} {reply}",
        email,
    )


def results_skipped(skipped: Iterable[tuple[Member, Skip]]) -> list[Result]:
    """The results of members who get no mail, each with the reason."""
    return [Result(member.subscriber_id, member.variant, Outcome.SKIPPED, reason=why) for member, why in skipped]


def results_in_doubt(lost: Iterable[Member], *, reason: Reason) -> list[Result]:
    """Said, not hidden: these mails may have been taken, and nobody recorded the answer."""
    return [Result(member.subscriber_id, member.variant, Outcome.IN_DOUBT, reason=reason) for member in lost]


def retry_at(attempts: int, now: datetime) -> datetime:
    """When to try again after that many attempts: 5, 15, 30, 60 minutes, then every 4,000 seconds."""
    minutes: list[float] = settings.DEFERRAL_MINUTES
    return now + (timedelta(minutes=minutes[attempts - 1]) if attempts <= len(minutes) else timedelta(seconds=4000))
