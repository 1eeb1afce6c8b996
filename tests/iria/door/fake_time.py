"""An event loop whose clock moves only while everybody sleeps: a test of seconds takes none, on a busy machine too."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable


class FakeTimeLoop(asyncio.SelectorEventLoop):
    """Work takes no time; where a real loop would wait for the next timer, this one's clock goes there at once."""

    def __init__(self) -> None:
        self._now = 1_000.0
        super().__init__(_NeverWaiting(self))

    def time(self) -> float:
        return self._now

    def forward(self, seconds: float) -> None:
        self._now += seconds


class _NeverWaiting(selectors.SelectSelector):
    def __init__(self, loop: FakeTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("Nothing would ever happen: all wait, and none for a time")
        self._loop.forward(max(timeout, 0.0))
        return super().select(0)


def run(test: Callable[[], Awaitable[None]]) -> None:
    """Threads must not take part: their work takes time that this clock doesn't know of."""
    with asyncio.Runner(loop_factory=FakeTimeLoop) as runner:
        runner.run(test())  # type: ignore[arg-type]
