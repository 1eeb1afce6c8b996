"""One line in a terminal that changes while a command works; nothing where no terminal is."""

from __future__ import annotations

import sys
import time
from typing import Any

_EVERY_SECONDS = 0.2
_WIDTH = 78


class Progress:
    def __init__(self, to: Any, what: str, *, quiet: bool) -> None:
        self._to, self._what, self._shown = to, what, not quiet and sys.stderr.isatty()
        self._said = 0.0

    def __call__(self, done: int, total: int) -> None:
        """So many of so many; `total` is 0 while it isn't known."""
        if not self._shown or time.monotonic() - self._said < _EVERY_SECONDS:
            return
        self._said = time.monotonic()
        line = f"{done:,} {self._what}"
        if total:
            full = min(30 * done // total, 30)
            line = f"[{'#' * full}{'.' * (30 - full)}] {done:,} of {total:,} {self._what}"
        self._to.write(f"\r{line:<{_WIDTH}}", ending="")
        self._to.flush()

    def end(self) -> None:
        if self._said:
            self._to.write(f"\r{'':<{_WIDTH}}\r", ending="")
