"""Every worker's own loop, which needs no broker: look for what is due or was lost, start it, and send.

Beat and nudges only make the same work begin sooner. Without Redis, and whatever becomes of Celery's tasks, editions
are made, started, sent and finished by these loops alone. A worker that serves no edition (its queues do not hold
`bulk`) looks and starts, and leaves the sending to others.
"""

from __future__ import annotations

import logging
import random
import threading

from django.conf import settings
from django.db import connection
from django.utils import timezone

from newsletters.delivery.engine import claiming, digest_runs, freezing, halting, reconciling, sending
from newsletters.delivery.engine.reconciling import DueWork
from newsletters.delivery.engine.stopping import stopping
from newsletters.editions.schedule import making

logger = logging.getLogger(__name__)


def find_work() -> DueWork:
    """What is due, what was lost, what is done; and what is left to do. Nothing when sending is halted, which the log
    and the admin say, where a person ends it."""
    now = timezone.now()
    try:
        halting.check_may_send()
        making.tick(now)
        digest_runs.make_due_sometimes(now)
        return reconciling.reconcile(now)
    except halting.Halted:
        return DueWork()


def start_due_editions() -> int:
    """Look, and start what is to be started. How many chunks wait to be sent."""
    work = find_work()
    for edition_id in work.editions_to_start:
        try:
            freezing.start(edition_id)
        except Exception:
            # Its page says so, and must keep no other edition waiting.
            logger.exception("Edition %s could not be started", edition_id)
    return claiming.claimable(timezone.now()) if work.editions_to_start else work.chunks_to_send


class Rounds:
    """The loop of one process: a thread that looks, and one that sends while there is something to send."""

    def __init__(self, *, sends: bool) -> None:
        self._sends = sends
        self._wake = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._look, name="rounds", daemon=True).start()
        if self._sends:
            threading.Thread(target=self._send, name="rounds-send", daemon=True).start()

    def _look(self) -> None:
        # Not all at the same moment: workers are started together.
        while not stopping.wait(settings.RECONCILE_SECONDS * random.uniform(0.7, 1.0)):  # noqa: S311 - no secret
            try:
                if start_due_editions() or sending.holds_anything():
                    self._wake.set()
            except Exception:
                # Whatever it was, the next round tries again: this loop is what everything else relies on.
                logger.exception("A round failed")
            finally:
                connection.close()

    def _send(self) -> None:
        while not stopping.is_set():
            if not self._wake.wait(0.5):
                continue
            self._wake.clear()
            try:
                while sending.send_slice() and not stopping.is_set():
                    pass
            except Exception:
                logger.exception("Sending failed")
            finally:
                connection.close()
