"""Some channels, a thread each: for e-mail services, whose calls block."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from newsletters.delivery.outcomes import Result
from newsletters.delivery.transports.base import Channel, Outgoing, Unbuildable, Unreachable, Why
from newsletters.delivery.transports.desk import Desk
from newsletters.models.deliveries import Outcome

logger = logging.getLogger(__name__)
IDLE_SECONDS = 0.5  # how soon a thread without work notices that the pool was closed


class Pool(Desk):
    def __init__(self, make_channel: Callable[[], Channel], size: int) -> None:
        super().__init__(size)
        self._make_channel = make_channel
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._channels: list[Channel] = []

    def submit(self, mail: Outgoing) -> None:
        super().submit(mail)
        if len(self._threads) < min(self._size, self._pending):
            thread = threading.Thread(target=self._run, name=f"sender-{len(self._threads) + 1}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def abort(self) -> None:
        self.withdraw()
        with self._lock:
            channels = list(self._channels)
        for channel in channels:
            channel.abort()

    def close(self) -> None:
        self.withdraw()
        self._closing.set()
        for thread in self._threads:
            thread.join(timeout=2)

    # --- in each thread ---------------------------------------------------------------------------------------
    def _run(self) -> None:
        channel = self._make_channel()
        with self._lock:
            self._channels.append(channel)
        try:
            while not self._closing.is_set():
                try:
                    mail = self._todo.get(timeout=IDLE_SECONDS)
                except queue.Empty:
                    continue
                self._done.put((mail, self._one(channel, mail)))
        finally:
            with self._lock:
                self._channels.remove(channel)
            channel.close()

    def _one(self, channel: Channel, mail: Outgoing) -> Result | Why:
        if mail.is_stale:
            return Why.STALE
        if self.trouble:
            return Why.UNREACHABLE
        try:
            result = channel.send(mail)
        except Unreachable as trouble:
            self._circuit.open(trouble)
            return Why.UNREACHABLE
        except Unbuildable as error:
            return error.result(mail)
        except Exception:
            # Not foreseen, so nothing can be said about this mail: the queue moves on, and the mail is in doubt.
            logger.exception("Sending to subscriber %s failed", mail.member.subscriber_id)
            channel.close()
            return Result(*mail.member, Outcome.IN_DOUBT, reason="unexpected_error")
        self._circuit.close()
        return result
