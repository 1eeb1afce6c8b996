"""A sending process whose transport moves only when the model says so: see test_rule.py."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mail.results import Result, Verdict
from mail.transport import Outgoing, Returned, TransportError, Why
from newsletters.delivery.engine import (
    halting,
)
from newsletters.delivery.engine.journal import Journal
from newsletters.delivery.engine.sender import Sender
from tests.newsletters.delivery.engine.dying import die

ROOM = 3  # mails that its connections take, unless the model says otherwise


@dataclass
class SubmittedMail:
    """A mail on the wire, and how far it is."""

    mail: Outgoing
    fate: str = ""


class Died(BaseException):
    """The process, at this point."""


class Wire:
    """A transport whose mails move only when the machine says so. What was taken stands with the judge."""

    def __init__(self, journal: Journal, judge: Counter[int]) -> None:
        self.journal, self.judge = journal, judge
        self.queue: list[SubmittedMail] = []  # handed out: T1
        self.begun: list[SubmittedMail] = []  # written down: J1
        self.written: list[SubmittedMail] = []  # on the wire: S2
        self.back: list[tuple[Outgoing, Returned]] = []
        self.answered: list[tuple[Outgoing, Returned]] = []  # and not written down yet
        self.rate = 10.0
        self.room = ROOM
        self.is_silent = False  # nothing is heard of it, and nothing taken back, in this turn
        self.trouble: TransportError | None = None

    @property
    def pending(self) -> int:
        return len(self.queue) + len(self.begun) + len(self.written) + len(self.answered) + len(self.back)

    def submit(self, mail: Outgoing) -> None:
        self.queue.append(SubmittedMail(mail))

    def collect(self, *, at_least: int, within: float) -> list[tuple[Outgoing, Returned]]:
        self.journal.write_down()
        if self.is_silent:
            return []
        back, self.back, self.answered = [*self.answered, *self.back], [], []
        return back

    def withdraw(self) -> None:
        if self.is_silent:
            return
        self.back += [(submitted.mail, Why.WITHDRAWN) for submitted in self.queue]
        self.queue = []

    def abort(self) -> None:
        self.withdraw()

    def close(self) -> None: ...

    # --- what the machine does ---
    @contextlib.contextmanager
    def silent(self, yes: bool) -> Iterator[None]:
        self.is_silent = yes
        try:
            yield
        finally:
            self.is_silent = False

    def begin(self) -> None:
        submitted = self.queue.pop(0)
        self.journal.intend(submitted.mail.slot, submitted.mail.key)
        self.begun.append(submitted)

    def write(self, fate: str) -> None:
        submitted = self.begun.pop(0)
        submitted.fate = fate
        self.journal.write_down()
        if fate in {"accepted", "dropped"}:
            self.judge[submitted.mail.key.subscriber_id] += 1
        self.written.append(submitted)

    def revoke(self) -> None:
        submitted = self.begun.pop(0)
        self.journal.revoke(submitted.mail.slot, submitted.mail.key)
        self.back.append((submitted.mail, Why.WITHDRAWN))

    def answer(self, at: int) -> None:
        submitted = self.written.pop(at % len(self.written))
        outcome, code = {
            "accepted": (Verdict.ACCEPTED, 250),
            "deferred": (Verdict.DEFERRED, 451),
            "rejected": (Verdict.REJECTED, 554),
            "dropped": (Verdict.IN_DOUBT, None),
        }[submitted.fate]
        result = Result(submitted.mail.key, outcome, smtp_code=code)
        self.journal.outcome(submitted.mail.slot, result)
        self.answered.append((submitted.mail, result))

    def outdate(self) -> None:
        self.back.append((self.queue.pop(0).mail, Why.STALE))


class Process:
    """A sending process."""

    def __init__(self, folder: Path, judge: Counter[int]) -> None:
        installation = str(halting.guard().installation)
        self.journal = Journal(folder, installation=installation, host="model")
        self.wire = Wire(self.journal, judge)
        self.sender = Sender(self.wire, self.journal, installation)

    def die(self) -> None:
        die(self.journal)
