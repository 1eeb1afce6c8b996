"""The words between the sending loop and its transports."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from newsletters.delivery.members import Member
from newsletters.delivery.outcomes import Result
from newsletters.models.deliveries import Outcome
from newsletters.rendering.recipients import one_line

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail to one recipient, made when its turn has come. `checked_at` is of the monotonic clock.

    `make` gives Django's message, `wire` the same as bytes for an SMTP server; both may be slow or fail.
    """

    member: Member
    email: str
    envelope_from: str
    make: Callable[[], EmailMultiAlternatives]
    checked_at: float
    wire: Callable[[bool], bytes] | None = None
    slot: int = 0

    @property
    def is_stale(self) -> bool:
        """The look at the recipient is too old for the mail to begin now."""
        return time.monotonic() - self.checked_at > settings.HAND_OUT_SECONDS

    def message(self) -> EmailMultiAlternatives:
        """Raises `Unbuildable`."""
        try:
            return self.make()
        except Exception as error:
            raise Unbuildable(f"{type(error).__name__}: {error}") from error

    def data(self) -> bytes:
        """With the line ends of the wire, and no line beginning with a bare dot. Raises `Unbuildable`."""
        try:
            return self.wire(False) if self.wire else dot_stuffed(_as_bytes(self.make()))
        except Exception as error:
            raise Unbuildable(f"{type(error).__name__}: {error}") from error


def _as_bytes(message: EmailMultiAlternatives) -> bytes:
    data: bytes = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
    return data


def dot_stuffed(data: bytes) -> bytes:
    """RFC 5321 §4.5.2."""
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


class Why(StrEnum):
    STALE = "stale"  # it waited longer than a check of its recipient holds
    UNREACHABLE = "unreachable"  # no connection, so nothing was said to the server
    WITHDRAWN = "withdrawn"  # the loop took it back
    NO_JOURNAL = "no_journal"


class Recorder(Protocol):
    def intend(self, slot: int, subscriber_id: int) -> None: ...
    def revoke(self, slot: int, subscriber_id: int) -> None: ...
    def outcome(self, slot: int, result: Result) -> None: ...


class _NoRecord:
    def intend(self, slot: int, subscriber_id: int) -> None: ...
    def revoke(self, slot: int, subscriber_id: int) -> None: ...
    def outcome(self, slot: int, result: Result) -> None: ...


NO_RECORD = _NoRecord()


class Unreachable(Exception):
    """No mail can leave: the message is a sentence for the people who watch the edition.

    `fatal` says that trying again will not help by itself (wrong password, no TLS, a sender the server refuses).
    """

    def __init__(self, message: str, *, fatal: bool = False) -> None:
        super().__init__(one_line(message))  # it may repeat a server's words, and is stored
        self.fatal = fatal


class Unbuildable(Exception):
    """The message could not even be made: certainly not sent, and trying again would not help."""

    def result(self, mail: Outgoing) -> Result:
        logger.error("The mail to subscriber %s could not be made", mail.member.subscriber_id, exc_info=self)
        return Result(*mail.member, Outcome.REJECTED, reason="unbuildable", reply=str(self))


class Channel(Protocol):
    """One connection's worth of sending; used by one thread."""

    def send(self, mail: Outgoing) -> Result:
        """Send it and classify the answer. Raises `Unreachable` or `Unbuildable` only if it was certainly not taken."""

    def close(self) -> None: ...

    def abort(self) -> None:
        """From another thread: break off what goes on."""


class Transport(Protocol):
    @property
    def room(self) -> int:
        """How many more mails it would begin within a second."""

    @property
    def pending(self) -> int:
        """How many it holds."""

    @property
    def trouble(self) -> Unreachable | None:
        """Why it does not send at present."""

    @property
    def rate(self) -> float: ...

    def submit(self, mail: Outgoing) -> None: ...

    def collect(self, *, at_least: int, within: float) -> list[tuple[Outgoing, Result | Why]]:
        """What came back; waits for so many, or so many seconds."""

    def withdraw(self) -> None:
        """Take back what was not begun: it comes out of `collect`."""

    def abort(self) -> None:
        """Break off what is on its way; its results come out of `collect` all the same."""

    def close(self) -> None: ...
