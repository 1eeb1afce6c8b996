"""What this process knows of the site's version, and since when.

A version is read in a thread, by one request for all that wait, and again every 0.4 seconds while anybody asks.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

READ_EVERY = 0.4  # seconds
TRUSTED_FOR = 0.8  # seconds after it was last known to hold: with the time to send a page, below one second
AWAY_SECONDS = 300.0  # a database that can't be asked can't be changed through us: pages hold for so long
_REMEMBERED = 8


class Versions:
    """`read` returns the version of now; it may raise whatever a database's driver does."""

    def __init__(self, read: Callable[[], Awaitable[str]], clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self.newest = ""
        self.held_at: dict[str, float] = {}  # version -> when it was last known to be the newest
        self._reading: asyncio.Task[None] | None = None
        self._away_since: float | None = None
        self._doubted_at = float("-inf")

    def is_fresh(self, version: str) -> bool:
        """Whether a page of this version may be served as it is. Starts to read the version again when that is due."""
        held_at = self.held_at.get(version)
        if held_at is None:
            return False
        age = self._clock() - held_at
        if age > READ_EVERY and version == self.newest:
            self._begin_reading()
        return age <= TRUSTED_FOR

    @property
    def is_away(self) -> bool:
        """Whether the version can't be read at present."""
        return self._away_since is not None

    async def current(self) -> str:
        """The version, known to have held within READ_EVERY seconds; empty when it can't be known."""
        if not self.newest or self._clock() - self.held_at[self.newest] > READ_EVERY:
            await asyncio.shield(self._begin_reading())
        if not self.newest and not self.is_away:  # it was doubted while it was read
            await asyncio.shield(self._begin_reading())
        return self.newest

    def doubt(self) -> None:
        """Something may just have been changed through this process: look before the next page is served."""
        self._doubted_at = self._clock()
        self.held_at.clear()
        self.newest = ""

    def _begin_reading(self) -> asyncio.Task[None]:
        if self._reading is None or self._reading.done():
            self._reading = asyncio.get_running_loop().create_task(self._read_once())
        return self._reading

    async def _read_once(self) -> None:
        began = self._clock()
        try:
            version = await self._read()
        except Exception as error:  # noqa: BLE001 - whatever a database's driver raises
            self._stay_with_what_is_known(error)
            return
        self.learn(version, began)

    def learn(self, version: str, at: float) -> None:
        """That the version held at this moment of the clock."""
        if self._away_since is not None:
            logger.warning("The database can be asked for the version of the pages again")
            self._away_since = None
        if at < self._doubted_at or (self.newest and at < self.held_at[self.newest]):
            return  # it was read before something changed, or somebody knew it later than we did
        self.newest = version
        self.held_at[version] = at
        while len(self.held_at) > _REMEMBERED:
            del self.held_at[min(self.held_at, key=self.held_at.__getitem__)]

    def _stay_with_what_is_known(self, error: Exception) -> None:
        now = self._clock()
        if self._away_since is None:
            logger.warning("Can't read the version of the pages (%s): serving those we have", error)
            self._away_since = now
        if self.newest and now - self._away_since < AWAY_SECONDS:
            self.held_at[self.newest] = now
        else:
            self.doubt()
