"""The outbox's own loop in every worker that serves messages, which needs no broker: without Redis nobody nudges.

A nudge only makes the same work begin sooner: a message that was posted leaves within a second or two all the same,
and so does one that a sign-up still has to become.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable

from django.db import connection

from mail.outbox import posting, sending

logger = logging.getLogger(__name__)
SECONDS = 1.0  # between two looks, of two queries


class OutboxRounds:
    """`wait` sleeps for so many seconds, and says when the process is told to stop."""

    def __init__(self, wait: Callable[[float], bool]) -> None:
        self._wait = wait

    def start(self) -> None:
        threading.Thread(target=self._run, name="outbox", daemon=True).start()

    def _run(self) -> None:
        # Not all at the same moment: workers are started together.
        while not self._wait(SECONDS * random.uniform(0.7, 1.0)):  # noqa: S311 - no secret
            try:
                sending.give_back_not_begun()
                if posting.is_anything_due():
                    sending.send_due()
            except Exception:
                # Whatever it was, the next round tries again: without a broker, messages rely on this loop alone.
                logger.exception("A round of the outbox failed")
            finally:
                connection.close()
