"""An error in one line, for staff and the log."""

from __future__ import annotations

from lib.characters import one_line

_MOST = 500  # characters


def described(error: Exception) -> str:
    """Its kind and its words, cut: an error may repeat all of what came in."""
    return one_line(f"{type(error).__name__}: {str(error)[: 2 * _MOST]}")[:_MOST]
