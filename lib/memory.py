"""How much memory a process keeps from the operating system beyond what it uses."""

from __future__ import annotations

import contextlib
import ctypes

_ARENA_MAX = -8  # mallopt(3), M_ARENA_MAX
_ARENAS = 2


def share_arenas() -> None:
    """Let the threads of this process, and of those forked from it, allocate from two arenas of glibc's together. Else
    each thread gets one of its own, and what one gave back stays there, of no use to the others. Call it before they
    start. Another C library has no such call, and no such arenas."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)
