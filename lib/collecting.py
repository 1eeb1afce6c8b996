"""When Python looks for garbage in cycles, which costs more the more objects a process has."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS = 100_000


@contextmanager
def rare_collections() -> Iterator[None]:
    """For work that makes many objects at once, none of them in a cycle, and drops them again: with the usual threshold
    of 700, each batch of rows would have the whole program looked through several times."""
    before = gc.get_threshold()
    gc.set_threshold(max(_OBJECTS, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
