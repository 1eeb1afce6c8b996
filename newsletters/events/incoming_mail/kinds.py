"""What a mail that came back can be, and what is read of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# Goes up with every change that reads a mail differently, so that a stored reading says which rules it is by.
RULES_VERSION = 1


class MailKind(StrEnum):
    """The values are what `read_bounces` prints."""

    HARD = "hard"  # the address doesn't exist, or takes no mail any more
    SOFT = "soft"  # this mail didn't arrive; the next one may
    FULL = "full"  # the mailbox is full
    POLICY = "policy"  # refused because of who we are or what we wrote: says nothing about the person
    AUTO_REPLY = "auto_reply"  # vacation notes, receipts, challenges
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    OTHER = "other"


# The first of these that a report has for any of its recipients is what the whole report is called.
_WORST_FIRST = (
    MailKind.COMPLAINT, MailKind.UNSUBSCRIBE, MailKind.AUTO_REPLY, MailKind.HARD, MailKind.FULL, MailKind.POLICY,
    MailKind.SOFT, MailKind.OTHER,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failure:
    """What a mail says of one recipient. `rule` names what decided; `status` is RFC 3463's, or empty."""

    kind: MailKind
    address: str = ""
    status: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mail is. `failures` holds each recipient that it speaks of; the fields before it are those of the worst.

    `came_to`: the addresses that the mail was sent to, of which one may be a return path of ours.
    """

    kind: MailKind
    address: str = ""
    status: str = ""
    rule: str = ""
    failures: tuple[Failure, ...] = ()
    came_to: tuple[str, ...] = ()


def reading_of(failures: list[Failure], came_to: tuple[str, ...] = ()) -> Reading:
    """The reading of a mail that speaks of these recipients, at least one."""
    worst = min(failures, key=lambda failure: _WORST_FIRST.index(failure.kind))
    return Reading(worst.kind, worst.address, worst.status, worst.rule, tuple(failures), came_to)
