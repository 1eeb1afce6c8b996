"""Connections that are being made: each in a thread of its own, since connecting blocks."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from mail.smtp.connecting import OpenConnection, Route, dial, server_name
from mail.transport import TransportError

logger = logging.getLogger(__name__)


class Dialling:
    """Asked and answered by one thread; `wake` is called from others, whenever there is an answer."""

    def __init__(self, route: Route, wake: Callable[[], None]) -> None:
        self._route = route
        self._wake = wake
        self._answers: queue.SimpleQueue[OpenConnection | TransportError] = queue.SimpleQueue()
        self.count = 0  # of those that were asked for, and not answered yet

    def ask(self) -> None:
        self.count += 1
        threading.Thread(target=self._dial, name="smtp-dial", daemon=True).start()

    def answers(self) -> list[OpenConnection | TransportError]:
        """What came of those that are done."""
        found = []
        while not self._answers.empty():
            found.append(self._answers.get())
            self.count -= 1
        return found

    def close(self) -> None:
        """Wait for the rest, and hang up."""
        while self.count:
            line = self._answers.get()
            self.count -= 1
            if isinstance(line, OpenConnection):
                line.socket.close()

    def _dial(self) -> None:
        try:
            self._answers.put(dial(self._route))
        except TransportError as trouble:
            self._answers.put(trouble)
        except Exception as error:
            logger.exception("Connecting failed")
            self._answers.put(TransportError(f"{server_name(self._route)} cannot be reached: {error}"))
        self._wake()
