"""What the web process and the worker have in common: they end when told to, and when their supervisor is gone."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

DEADLINE_SECONDS = 4.0  # the supervisor kills at 4.5


def end_with_the_supervisor(stop: Callable[[], None]) -> None:
    """Call `stop` in the main thread on SIGTERM, or when stdin closes; end without ceremony when that takes too long.

    Ctrl-C is the supervisor's: it passes on SIGTERM.
    """
    told = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if told.is_set():
            return
        told.set()
        threading.Thread(target=_deadline, name="deadline", daemon=True).start()
        stop()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    threading.Thread(target=_watch_stdin, name="stdin", daemon=True).start()


def _watch_stdin() -> None:
    """Nobody ever writes there: the end of the file means that the supervisor is gone."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _deadline() -> None:
    time.sleep(DEADLINE_SECONDS)
    leave(0)


def leave(status: int) -> None:
    """End now, whatever threads still do: the database knows what was and what was not done."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
