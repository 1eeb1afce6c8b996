"""Sending in this process, one slice at a time: with one sender, transport and journal, which outlive the slice."""

from __future__ import annotations

import gc
import logging
import os
import threading
import time

from django.conf import settings

from mail.routing import open_transport
from newsletters.delivery.engine import halting, trouble
from newsletters.delivery.engine.journal import JournalUnusable, open_journal
from newsletters.delivery.engine.sender import Sender

logger = logging.getLogger(__name__)

# Objects made and not yet freed before the garbage collector looks at them. Thousands of mails are in hand at a time,
# none of which refers to itself; with Python's 700 a tenth of a sender's time went into looking at them.
COLLECT_AFTER = 20_000
END_SECONDS = 6.0  # within which a loop that was told to stop is over
_one_at_a_time = threading.Lock()
_sender: tuple[int, Sender] | None = None


def send_slice(seconds: float | None = None) -> int:
    """Send for that long (settings.SLICE_SECONDS). Returns how many mails were settled; 0 when another loop of this
    process is at work, the mail server cannot be reached, nothing can be written down, or nothing waits."""
    if not _one_at_a_time.acquire(blocking=False):
        return 0
    try:
        until = time.monotonic() + (settings.SLICE_SECONDS if seconds is None else seconds)
        return _this_process().work(until)
    except halting.Halted:
        return 0
    except JournalUnusable as problem:
        logger.error("%s", problem)  # noqa: TRY400 - a sentence for the operator; the traceback tells no more
        trouble.report_trouble_everywhere(str(problem))
        return 0
    finally:
        _one_at_a_time.release()


def wait_for_the_end(seconds: float = END_SECONDS) -> bool:
    """For the code that ends this process after a stop: a loop of any of its threads puts back what was not begun, and
    hears the last answers. False when it took longer."""
    ended = _one_at_a_time.acquire(timeout=seconds)
    if ended:
        _one_at_a_time.release()
    return ended


def holds_anything() -> bool:
    """Is there a mail of which this process still waits for the answer?"""
    return _sender is not None and _sender[0] == os.getpid() and _sender[1].holds_anything


def _this_process() -> Sender:
    """Its sender, made on first use and after a fork. Raises `Halted` and `JournalUnusable`."""
    global _sender  # noqa: PLW0603 - one a process is the point
    installation = str(halting.check_may_send().installation)
    journal = open_journal(settings.IRIA_JOURNAL_DIR, installation=installation, host=settings.HOST_NAME)
    transport = open_transport(journal)
    if _sender is None or _sender[0] != os.getpid() or not _sender[1].uses(transport, journal):
        gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])
        _sender = (os.getpid(), Sender(transport, journal, installation))
    return _sender[1]
