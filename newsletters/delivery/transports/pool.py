"""Some channels, a thread each, and a circuit breaker in front of them.

When no connection can be had, nobody's state changes: mails come back as not begun, and the pool waits 5 seconds, then
twice as long each time up to 5 minutes, before it tries again. A connection that fails while others are served is one
more than the server takes: its thread rests, and the others go on.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

from newsletters.delivery.outcomes import Result
from newsletters.delivery.transports.base import Channel, NotBegun, Outgoing, Stale, Unbuildable, Unreachable, Why
from newsletters.models.deliveries import Outcome

logger = logging.getLogger(__name__)
FIRST_WAIT, LONGEST_WAIT = 5.0, 300.0
FATAL_TRIES = 3
RATE_SECONDS = 5.0  # a pause longer than this says nothing about the rate
QUEUE_SECONDS = 0.4  # of work to hold, well below the second that a recipient's check is good for


class Pool:
    def __init__(self, make_channel: Callable[[], Channel], size: int) -> None:
        self._make_channel = make_channel
        self._size = size
        self._todo: queue.SimpleQueue[Outgoing | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Result | NotBegun] = queue.SimpleQueue()
        self._pending = 0
        self._rate = 0.0  # mails a second lately
        self._looked_at = time.monotonic()
        self._trouble: Unreachable | None = None
        self._closed_until = 0.0
        self._wait = FIRST_WAIT
        self._fatal_tries = 0
        self._served_at = float("-inf")  # when a server last answered a mail
        self._resting = 0
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._channels: list[Channel] = []

    # --- for the sending loop ---------------------------------------------------------------------------------
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
        """None again when the wait is over: then one more try is due."""
        with self._lock:
            return self._trouble if time.monotonic() < self._closed_until else None

    def submit(self, mail: Outgoing) -> None:
        self._pending += 1
        if len(self._threads) < min(self._size, self._pending):
            thread = threading.Thread(target=self._run, name=f"sender-{len(self._threads) + 1}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._todo.put(mail)

    def collect(self, *, at_least: int, within: float) -> list[Result | NotBegun]:
        began = time.monotonic()
        back: list[Result | NotBegun] = []
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
        self._measure(sum(isinstance(one, Result) for one in back))
        return back

    def _measure(self, sent: int) -> None:
        """The rate since the last look, in which the database's time counts too: the threads send meanwhile."""
        now = time.monotonic()
        took, self._looked_at = now - self._looked_at, now
        if sent and took < RATE_SECONDS:
            rate = sent / max(took, 0.001)
            self._rate = 0.5 * (self._rate + rate) if self._rate else rate

    def withdraw(self) -> None:
        while True:
            try:
                mail = self._todo.get_nowait()
            except queue.Empty:
                return
            if mail is not None:
                self._done.put(NotBegun(mail.member, Why.WITHDRAWN))

    def abort(self) -> None:
        self.withdraw()
        with self._lock:
            channels = list(self._channels)
        for channel in channels:
            channel.abort()

    def close(self) -> None:
        self._closing.set()
        self.withdraw()
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join(timeout=2)

    # --- in each thread ---------------------------------------------------------------------------------------
    def _run(self) -> None:
        channel = self._make_channel()
        with self._lock:
            self._channels.append(channel)
        try:
            while (mail := self._todo.get()) is not None:
                back = NotBegun(mail.member, Why.STALE) if mail.is_stale else self._one(channel, mail)
                if back is not None:
                    self._done.put(back)
                    continue
                self._todo.put(mail)  # for another thread
                self._closing.wait(FIRST_WAIT)
                with self._lock:
                    self._resting -= 1
        finally:
            with self._lock:
                self._channels.remove(channel)
            channel.close()

    def _one(self, channel: Channel, mail: Outgoing) -> Result | NotBegun | None:
        """What became of the mail. None: nothing, this thread should rest."""
        if self.trouble:
            return NotBegun(mail.member, Why.UNREACHABLE)
        try:
            result = channel.send(mail)
        except Stale:
            return NotBegun(mail.member, Why.STALE)
        except Unreachable as trouble:
            return None if self._is_one_too_many(trouble) else self._unreachable(mail, trouble)
        except Unbuildable as error:
            logger.exception("The mail to subscriber %s could not be made", mail.member.subscriber_id)
            return Result(*mail.member, Outcome.REJECTED, reason="unbuildable", reply=str(error)[:500])
        except Exception:
            # Not foreseen, so nothing can be said about this mail: the queue moves on, and the mail is in doubt.
            logger.exception("Sending to subscriber %s failed", mail.member.subscriber_id)
            channel.close()
            return Result(*mail.member, Outcome.IN_DOUBT, reason="unexpected_error")
        self._served_at = time.monotonic()
        if self._trouble is not None:
            self._close_circuit()
        return result

    def _is_one_too_many(self, trouble: Unreachable) -> bool:
        """Whether others were served a moment ago, and at least one of them goes on; then this thread rests."""
        with self._lock:
            served = time.monotonic() - self._served_at < FIRST_WAIT
            if trouble.fatal or not served or self._resting + 1 >= len(self._threads):
                return False
            self._resting += 1
        logger.info("One connection fewer for a while: %s", trouble)
        return True

    def _unreachable(self, mail: Outgoing, trouble: Unreachable) -> NotBegun:
        self._open_circuit(trouble)
        return NotBegun(mail.member, Why.UNREACHABLE)

    def _open_circuit(self, trouble: Unreachable) -> None:
        with self._lock:
            if time.monotonic() < self._closed_until:
                return  # another thread did; ten connections that fail together are one failure
            # A wrong password or certificate may be a hiccup of the server once; not three times running.
            self._fatal_tries = self._fatal_tries + 1 if trouble.fatal else 0
            self._trouble = Unreachable(str(trouble), fatal=self._fatal_tries >= FATAL_TRIES)
            self._closed_until = time.monotonic() + self._wait
            self._wait = min(2 * self._wait, LONGEST_WAIT)
        logger.warning("%s", trouble)

    def _close_circuit(self) -> None:
        with self._lock:
            self._trouble, self._closed_until, self._wait, self._fatal_tries = None, 0.0, FIRST_WAIT, 0
