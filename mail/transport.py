"""The words between the sending loop, its transports and its journal.

A transport gives back every mail that it took, exactly once: with what became of it, or with the reason why it was
certainly not begun. What it does meanwhile it tells a `Recorder`, in an order that a crash cannot confuse.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from lib.characters import one_line
from mail.results import Result, Verdict
from mail.send_reasons import SendReason

logger = logging.getLogger(__name__)


class Outgoing:
    """A mail to one recipient, made when its turn has come. `checked_at` is of the monotonic clock.

    `make` gives Django's message; both it and `wire` may be slow or fail. `wire` gives the same as bytes for an SMTP
    server, in pieces, with the line ends of the wire and dots stuffed; it is told whether the server takes eight bits.
    `slot` says to which of the process's claims the mail belongs, `not_before` when its turn is (monotonic; 0: now),
    and `strikes` how often a server ended a connection in answer to it. `reference` is what a mail service is to keep
    with it. Equal only to itself.
    """

    __slots__ = (
        "_prepared", "checked_at", "email", "envelope_from", "key", "make", "not_before", "reference", "slot",
        "strikes", "wire",
    )  # fmt: skip

    def __init__(
        self,
        key: Any,
        email: str,
        envelope_from: str,
        make: Callable[[], EmailMultiAlternatives],
        checked_at: float,
        *,
        wire: Callable[[bool], list[bytes]] | None = None,
        slot: int = 0,
        not_before: float = 0.0,
        strikes: int = 0,
        reference: str = "",
    ) -> None:
        self.key = key
        self.email = email
        self.envelope_from = envelope_from
        self.make = make
        self.checked_at = checked_at
        self.wire = wire
        self.slot = slot
        self.not_before = not_before
        self.strikes = strikes
        self.reference = reference
        self._prepared: tuple[bool, list[bytes]] | None = None

    @property
    def is_stale(self) -> bool:
        """The look at the recipient is too old for the mail to begin now."""
        return time.monotonic() - self.checked_at > _hand_out_seconds()

    def message(self) -> EmailMultiAlternatives:
        """Raises `Unbuildable`."""
        try:
            return self.make()
        except Exception as error:
            raise Unbuildable(f"{type(error).__name__}: {error}") from error

    def prepare(self, *, eight_bits: bool) -> bool:
        """Make what `data` will be asked for, unless that was done; False: it was. One that cannot be made says so
        when it is asked."""
        if self._prepared is not None:
            return False
        if self.wire is not None:
            try:
                self._prepared = (eight_bits, self.wire(eight_bits))
            except Exception:  # noqa: BLE001 - `data` meets it again, and says what it is
                return True
        return True

    def data(self, *, eight_bits: bool) -> list[bytes]:
        """For the wire, in pieces: what many mails share is not copied for each. Raises `Unbuildable`."""
        prepared, self._prepared = self._prepared, None
        if prepared is not None and prepared[0] is eight_bits:
            return prepared[1]
        try:
            return self.wire(eight_bits) if self.wire else [dot_stuffed(_as_bytes(self.make()))]
        except Exception as error:
            raise Unbuildable(f"{type(error).__name__}: {error}") from error


@cache  # Django's settings take longer to answer than everything else about a mail that waits
def _hand_out_seconds() -> float:
    seconds: float = settings.HAND_OUT_SECONDS
    return seconds


def _as_bytes(message: EmailMultiAlternatives) -> bytes:
    data: bytes = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
    return data


def bare_address(sender: str) -> str:
    """“IRIA <news@iria.example>” → “news@iria.example”."""
    return parseaddr(sender)[1]


def dot_stuffed(data: bytes) -> bytes:
    """RFC 5321 §4.5.2."""
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def head_of(pieces: list[bytes]) -> bytes:
    """The headers of a mail in pieces."""
    end = pieces[0].find(b"\r\n\r\n")
    return pieces[0][:end] if end >= 0 else b"".join(pieces).partition(b"\r\n\r\n")[0]


class Why(StrEnum):
    """Why a mail came back without a result: proof that no server took it."""

    STALE = "stale"  # it waited longer than a check of its recipient holds
    UNREACHABLE = "unreachable"  # nothing was said to the server, or it answered that it takes nothing from us now
    WITHDRAWN = "withdrawn"  # the loop took it back
    NO_JOURNAL = "no_journal"  # the recorder could not write down that it begins
    TOO_FAST = "too_fast"  # the server says that we send too fast: `NotTaken` has its words
    TOO_LARGE = "too_large"  # for this server, no matter who it is for: `NotTaken` has the words


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A mail that came back without a result, and the words that say why: they are about us or about the mail, and say
    nothing about its recipient."""

    why: Why
    reply: str
    limit: int = 0  # bytes, where the server announced how large a mail may be


Returned = Result | Why | NotTaken


class TransportError(Exception):
    """No mail can leave: the message is a sentence for the people who watch the edition.

    `fatal` says that trying again will not help by itself (wrong password, no TLS, a sender the server refuses).
    """

    def __init__(self, message: str, *, fatal: bool = False) -> None:
        super().__init__(one_line(message))  # it may repeat a server's words, and is stored
        self.fatal = fatal


class AskedToWait(TransportError):
    """A service is there, did not take the mail, and says not to come again so soon: for `seconds`, if it says so.

    Nobody's fault: never fatal, and no attempt of the recipient's.
    """

    def __init__(self, message: str, *, seconds: float | None = None) -> None:
        super().__init__(message)
        self.seconds = seconds


class NoAnswer(Exception):
    """A call began, and nobody knows how it ended: its mail is in doubt, and so would be the next ones.

    The message is a sentence for the people who watch the edition; `reply` is whatever the service did say.
    """

    def __init__(self, message: str, *, code: int | None = None, reply: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.reply = reply

    def result(self, mail: Outgoing) -> Result:
        return Result(
            mail.key, Verdict.IN_DOUBT, reason=SendReason.SERVICE_NO_ANSWER, smtp_code=self.code, reply=self.reply
        )


class Unbuildable(Exception):
    """The message could not even be made: certainly not sent, and trying again would not help."""

    def result(self, mail: Outgoing) -> Result:
        logger.error("Mail %s could not be made", mail.key, exc_info=self)
        return Result(mail.key, Verdict.REJECTED, reason=SendReason.UNBUILDABLE, reply=str(self))


class Recorder(Protocol):
    """What a process writes down of its mails, so that somebody else can tell what became of them if it dies.

    Called from a transport's threads. What is told is noted, and written down in that order by `write_down`: before
    the first byte of an intended mail's body is given out, and before the loop gets a result (which it gets also when
    that could not be written: it is known). On one connection the outcome of a mail comes before the next one's intent.
    """

    def intend(self, slot: int, key: Any) -> None:
        """From here on the mail may be taken."""

    def revoke(self, slot: int, key: Any) -> None:
        """It was certainly not taken, though intended: its final dot never left this machine, or a service said so."""

    def outcome(self, slot: int, result: Result) -> None:
        """What became of it."""

    def write_down(self) -> None:
        """Raises OSError when it cannot be written: then what was intended since the last time must not begin."""


class _NoRecord:
    def intend(self, slot: int, key: Any) -> None: ...

    def revoke(self, slot: int, key: Any) -> None: ...

    def outcome(self, slot: int, result: Result) -> None: ...

    def write_down(self) -> None: ...


NO_RECORD = _NoRecord()
"""For mails of which nobody needs to know after a crash: tests."""


class Channel(Protocol):
    """One connection's worth of sending; used by one thread."""

    def send(self, mail: Outgoing) -> Result:
        """Send it and classify the answer. Raises `TransportError` or `Unbuildable` only if it was certainly not taken,
        and `NoAnswer` if it may have been."""

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
    def rate(self) -> float:
        """Mails a second lately."""

    @property
    def trouble(self) -> TransportError | None:
        """Why it does not send at present."""

    def submit(self, mail: Outgoing) -> None: ...

    def collect(self, *, at_least: int, within: float) -> list[tuple[Outgoing, Returned]]:
        """What came back; waits for so many, or so many seconds."""

    def withdraw(self) -> None:
        """Take back what was not begun: it comes out of `collect`."""

    def abort(self) -> None:
        """Break off what is on its way; its results come out of `collect` all the same."""

    def close(self) -> None: ...
