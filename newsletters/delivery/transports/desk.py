"""The counter between the sending loop and the threads that send: mails in, results out, and how many are wanted."""

from __future__ import annotations

import queue
import time

from newsletters.delivery.outcomes import Result
from newsletters.delivery.transports.base import Outgoing, Unreachable, Why
from newsletters.delivery.transports.circuit import Circuit

RATE_SECONDS = 5.0  # a pause longer than this says nothing about the rate
QUEUE_SECONDS = 0.4  # of work to hold, well below the second that a recipient's check is good for


class Desk:
    """What every transport has in common. `size` is how many connections or calls it may have at once."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._circuit = Circuit()
        self._todo: queue.SimpleQueue[Outgoing] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[Outgoing, Result | Why]] = queue.SimpleQueue()
        self._pending = 0
        self._rate = 0.0  # mails a second lately
        self._looked_at = time.monotonic()

    @property
    def room(self) -> int:
        if self.trouble:
            return 0
        return max(0, max(2 * self._size, int(self._rate * QUEUE_SECONDS)) - self._pending)

    @property
    def pending(self) -> int:
        return self._pending

    @property
    def trouble(self) -> Unreachable | None:
        return self._circuit.trouble

    @property
    def rate(self) -> float:
        return self._rate

    def submit(self, mail: Outgoing) -> None:
        self._pending += 1
        self._todo.put(mail)

    def collect(self, *, at_least: int, within: float) -> list[tuple[Outgoing, Result | Why]]:
        began = time.monotonic()
        back: list[tuple[Outgoing, Result | Why]] = []
        wanted = min(at_least, self._pending)  # as many as there are now: the count falls while we collect
        while True:
            left = began + within - time.monotonic()
            enough = len(back) >= wanted
            try:
                back.append(self._done.get_nowait() if enough or left <= 0 else self._done.get(timeout=left))
            except queue.Empty:
                if enough or left <= 0:
                    break
                continue
            self._pending -= 1
        self._measure(sum(isinstance(one[1], Result) for one in back))
        return back

    def withdraw(self) -> None:
        while (mail := self._next()) is not None:
            self._done.put((mail, Why.WITHDRAWN))

    def _next(self) -> Outgoing | None:
        try:
            return self._todo.get_nowait()
        except queue.Empty:
            return None

    def _measure(self, sent: int) -> None:
        """The rate since the last look, in which the database's time counts too: the threads send meanwhile."""
        now = time.monotonic()
        took, self._looked_at = now - self._looked_at, now
        if sent and took < RATE_SECONDS:
            rate = sent / max(took, 0.001)
            self._rate = 0.5 * (self._rate + rate) if self._rate else rate
