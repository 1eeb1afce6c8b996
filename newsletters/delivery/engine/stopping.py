"""The stop flag of this worker: sending loops look at it before every mail, end cleanly when it is set, and leave the
rest to the process that starts next.

It is one byte of memory shared with the processes that Celery forks, so that a worker's main process, which alone is
told to stop, tells all of them at once. No lock stands around it: a process that is killed while it looks can hold up
nobody. It is never cleared in production; a process that was told to stop ends.
"""

from __future__ import annotations

import mmap
import time


class StopFlag:
    """Like threading.Event, across fork()."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1)

    def is_set(self) -> bool:
        return self._shared[0] != 0

    def set(self) -> None:
        self._shared[0] = 1

    def clear(self) -> None:
        """For tests: they outlive a stop."""
        self._shared[0] = 0

    def wait(self, seconds: float) -> bool:
        """Sleep that long, but end within 20 ms of being told to stop. True when told."""
        until = time.monotonic() + seconds
        while not self.is_set():
            left = until - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(0.02, left))
        return True


stopping = StopFlag()
