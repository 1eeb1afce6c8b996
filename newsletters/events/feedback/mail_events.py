"""What an event says, whichever source it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsletters.models.feedback import Feedback


class EventKind(StrEnum):
    """The values below `DELIVERED` are those of `Feedback.Kind`, which says what they mean."""

    DELIVERED = "delivered"  # the reader's server took it, a service says
    SOFT = Feedback.Kind.SOFT.value
    FULL = Feedback.Kind.FULL.value
    POLICY = Feedback.Kind.POLICY.value
    HARD = Feedback.Kind.HARD.value
    UNSUBSCRIBE = Feedback.Kind.UNSUBSCRIBE.value
    COMPLAINT = Feedback.Kind.COMPLAINT.value


@dataclass(frozen=True, slots=True)
class MailTarget:
    """Whose mail an event is about: a return path or metadata of ours says the numbers, or a service its own ID. Never
    an address alone, which anybody can write."""

    edition: int | None = None
    subscriber: int | None = None
    message: int | None = None
    mailing_list: int | None = None  # that a reader wants to leave; else it is the edition's
    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class MailEvent:
    """One thing that was said of one mail. `key` is the same whenever this is told again, and other for anything else
    of the same source; longer ones are hashed. `address` is who the source says that it is about."""

    kind: EventKind
    key: str
    target: MailTarget
    at: datetime
    address: str = ""
    status: str = ""  # RFC 3463
    rule: str = ""
    words: str = ""  # the server's own
