"""How a delivery may change, what we say of a mail ourselves, and when a mail is tried again.

What an answer of a server means for a mail is said in `mail.results`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from mail.results import Result, Verdict
from newsletters.delivery.ledger.members import Member
from newsletters.delivery.ledger.reasons import Reason, Skip
from newsletters.models.deliveries import Outcome

# The address itself is wrong (RFC 3463 §3.2): nothing sent to it will ever arrive. Not 5.1.7 and 5.1.8, which are about
# the sender, and not 5.2.x, a full or disabled mailbox.
DEAD_ADDRESS = {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}

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


@dataclass(slots=True)
class Settlement:
    """What we say of a mail ourselves, without an answer to it: skipped, postponed until `again_at`, in doubt."""

    key: Member
    outcome: Outcome
    reason: Skip | Reason
    again_at: datetime | None = None  # postponed by us, not by a server: no attempt was made
    smtp_code: int | None = None
    enhanced_status: str = ""
    reply: str = ""
    provider_id: str = ""


def is_dead_address(result: Result) -> bool:
    """The server rejected the mail because there is no such address."""
    return result.enhanced_status in DEAD_ADDRESS and result.outcome == Verdict.REJECTED


def settlements_skipped(skipped: Iterable[tuple[Member, Skip]]) -> list[Settlement]:
    """Members who get no mail, each with the reason."""
    return [Settlement(member, Outcome.SKIPPED, why) for member, why in skipped]


def settlements_in_doubt(lost: Iterable[Member], *, reason: Reason) -> list[Settlement]:
    """Said, not hidden: these mails may have been taken, and nobody recorded the answer."""
    return [Settlement(member, Outcome.IN_DOUBT, reason) for member in lost]


def retry_at(attempts: int, now: datetime) -> datetime:
    """When to try again after that many attempts: 5, 15, 30, 60 minutes, then every 4,000 seconds."""
    minutes: list[float] = settings.DEFERRAL_MINUTES
    return now + (timedelta(minutes=minutes[attempts - 1]) if attempts <= len(minutes) else timedelta(seconds=4000))
