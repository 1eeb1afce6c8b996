"""A circuit breaker in front of a mail server or service.

When no mail can leave, nobody's state changes: the circuit opens for 5 seconds, then for twice as long each time up to
5 minutes, and all who ask meanwhile are told why. Then one more try is due. A service that says itself when to come
again (Retry-After) is taken at its word instead. May be used from several threads.
"""

from __future__ import annotations

import logging
import threading
import time

from mail.transport import AskedToWait, TransportError

logger = logging.getLogger(__name__)
FIRST_WAIT, LONGEST_WAIT = 5.0, 300.0
FATAL_TRIES = 3


class Circuit:
    def __init__(self) -> None:
        self._trouble: TransportError | None = None
        self._open_until = 0.0
        self._asked_until = 0.0  # until then no success closes it
        self._wait = FIRST_WAIT
        self._fatal_tries = 0
        self._lock = threading.Lock()

    @property
    def trouble(self) -> TransportError | None:
        """Why nothing is sent at present; None again when the wait is over."""
        if self._trouble is None:
            return None
        with self._lock:
            return self._trouble if time.monotonic() < self._open_until else None

    @property
    def is_on_trial(self) -> bool:
        """A wait is over, and nothing has got through since."""
        if self._trouble is None:
            return False
        with self._lock:
            return self._trouble is not None and time.monotonic() >= self._open_until

    def open(self, trouble: TransportError) -> None:
        seconds = trouble.seconds if isinstance(trouble, AskedToWait) else None
        with self._lock:
            now = time.monotonic()
            is_another = now >= self._open_until  # ten connections that fail together are one failure
            if is_another:
                # A wrong password or certificate may be a hiccup of the server once; not three times running.
                self._fatal_tries = self._fatal_tries + 1 if trouble.fatal else 0
                self._wait_for(trouble, now + (self._wait if seconds is None else seconds))
                if seconds is None:
                    self._wait = min(2 * self._wait, LONGEST_WAIT)
            elif seconds is not None and now + seconds > self._open_until:
                self._wait_for(trouble, now + seconds)
            if isinstance(trouble, AskedToWait):
                self._asked_until = self._open_until
        if is_another:
            logger.warning("%s", trouble)

    def _wait_for(self, trouble: TransportError, until: float) -> None:
        self._trouble = TransportError(str(trouble), fatal=self._fatal_tries >= FATAL_TRIES)
        self._open_until = until

    def close(self) -> None:
        """A mail got through."""
        if self._trouble is None:
            return
        with self._lock:
            if time.monotonic() < self._asked_until:
                return  # it was on its way already when we were asked to wait
            self._trouble, self._open_until, self._wait, self._fatal_tries = None, 0.0, FIRST_WAIT, 0
