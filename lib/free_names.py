"""The next name or address that is free: the wished one, else the same with a number behind it."""

from __future__ import annotations

from collections.abc import Container
from itertools import count


def free_name(wished: str, taken: Container[str | None]) -> str:
    """“brief”, “brief-2”, “brief-3” …: the first that isn't among `taken`, which holds at least all that begin so."""
    if wished not in taken:
        return wished
    return next(name for number in count(2) if (name := f"{wished}-{number}") not in taken)
