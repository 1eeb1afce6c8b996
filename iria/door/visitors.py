"""How many requests of one visitor are under way at once, so that nobody takes everybody's place."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from iria.door.refusals import RefusedRequest


@dataclass
class Visitor:
    requests: int
    threads: asyncio.Semaphore  # how many of Django's threads one visitor may keep busy
    held: int = 0  # bytes of bodies that are being read or worked on


class Visitors:
    """Those who have a request under way."""

    def __init__(self, *, most: int, threads: int) -> None:
        self.most = most
        self.threads = threads
        self._here: dict[str, Visitor] = {}

    @contextmanager
    def enter(self, name: str) -> Iterator[Visitor]:
        """For as long as the request takes. Raises RefusedRequest for one too many."""
        visitor = self._here.get(name)
        if visitor is None:
            visitor = self._here[name] = Visitor(0, asyncio.Semaphore(self.threads))
        elif visitor.requests >= self.most:
            raise RefusedRequest(429)
        visitor.requests += 1
        try:
            yield visitor
        finally:
            visitor.requests -= 1
            if not visitor.requests:
                del self._here[name]

    def __len__(self) -> int:
        return len(self._here)
