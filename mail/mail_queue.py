"""The counter between the sending loop and the threads that send: mails in, results out, and how many are wanted.

One thread submits and collects; any number of others take mails and bring them back. Whatever is brought back with a
result was written down first. Where that fails nothing is lost: the loop still gets the result, and after a crash the
mail would be in doubt.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque

from mail.circuit_breaker import Circuit
from mail.results import Result
from mail.transport import Outgoing, Recorder, Returned, TransportError, Why

logger = logging.getLogger(__name__)
RATE_SECONDS = 5.0  # a pause longer than this says nothing about the rate
PREPARED_AT_ONCE = 32  # mails: more would be memory for nothing
QUEUE_SECONDS = 0.4  # of work to hold, well below the second that a recipient's check is good for


class MailQueue:
    """What every transport has in common. `size` is how many connections or calls it may have at once."""

    def __init__(self, size: int, recorder: Recorder) -> None:
        self._size = size
        self._recorder = recorder
        self._circuit = Circuit()
        self._todo: deque[Outgoing] = deque()
        self._done: deque[tuple[Outgoing, Returned]] = deque()
        self._back = threading.Condition()
        self._awaited = 0  # how many the loop sleeps for; 0: it does not
        self._pending = 0
        self._sleeping = False  # and a mail that comes should wake it
        self._rate = 0.0
        self._looked_at = time.monotonic()

    # --- for the sending loop -----------------------------------------------------------------------------------
    @property
    def room(self) -> int:
        if self.trouble:
            return 0
        return max(0, max(2 * self._size, int(self._rate * QUEUE_SECONDS)) - self._pending)

    @property
    def pending(self) -> int:
        return self._pending

    @property
    def rate(self) -> float:
        return self._rate

    @property
    def trouble(self) -> TransportError | None:
        return self._circuit.trouble

    def submit(self, mail: Outgoing) -> None:
        self._pending += 1
        self._todo.append(mail)
        if self._sleeping:
            self._wake_up()

    def _wake_up(self) -> None:
        """For transports that sleep."""

    def collect(self, *, at_least: int, within: float) -> list[tuple[Outgoing, Returned]]:
        wanted = min(at_least, self._pending)
        if len(self._done) < wanted:
            with self._back:
                self._awaited = wanted  # before the look: who brings one after it sees that we wait
                self._back.wait_for(lambda: len(self._done) >= wanted, within)
                self._awaited = 0
        back = [self._done.popleft() for _ in range(len(self._done))]
        self._pending -= len(back)
        self._measure(sum([isinstance(what, Result) for _, what in back]))
        return back

    def withdraw(self) -> None:
        while (mail := self._next()) is not None:
            self._return(mail, Why.WITHDRAWN)

    # --- for the threads that send ------------------------------------------------------------------------------
    @property
    def _is_due(self) -> bool:
        """Is there a mail whose turn has come?"""
        try:
            turn = self._todo[0].not_before
        except IndexError:
            return False
        return not turn or turn <= time.monotonic()

    def _until_next_turn(self) -> float:
        """Seconds; without end when no mail waits."""
        try:
            turn = self._todo[0].not_before
        except IndexError:
            return float("inf")
        return max(0.0, turn - time.monotonic()) if turn else 0.0

    def _next(self) -> Outgoing | None:
        try:
            return self._todo.popleft()
        except IndexError:
            return None

    def _prepare(self, mail: Outgoing, *, eight_bits: bool) -> None:
        """Make the bytes of this mail and of the next ones, unless they are made. One right behind the other, since the
        processor then has at hand what makes them; between two turns of a conversation it takes twice as long."""
        if mail.prepare(eight_bits=eight_bits):
            with contextlib.suppress(IndexError):  # fewer wait, or were taken back meanwhile
                for place in range(PREPARED_AT_ONCE):
                    self._todo[place].prepare(eight_bits=eight_bits)

    def _note(self, mail: Outgoing, result: Result) -> None:
        try:
            self._recorder.outcome(mail.slot, result)
        except Exception:
            logger.exception("What became of mail %s could not be recorded", result.key)

    def _write_down(self) -> bool:
        """Whether what was noted is in the journal: else nothing that was intended since the last time may begin."""
        try:
            self._recorder.write_down()
        except OSError:
            logger.exception("The outcomes of emails can't be written")
            return False
        return True

    def _return(self, mail: Outgoing, what: Returned) -> None:
        self._done.append((mail, what))
        if 0 < self._awaited <= len(self._done):
            with self._back:
                self._awaited = 0
                self._back.notify()

    def _measure(self, sent: int) -> None:
        """The rate since the last look, in which the database's time counts too: the threads send meanwhile."""
        now = time.monotonic()
        took, self._looked_at = now - self._looked_at, now
        if sent and took < RATE_SECONDS:
            rate = sent / max(took, 0.001)
            self._rate = 0.5 * (self._rate + rate) if self._rate else rate
