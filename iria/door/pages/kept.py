"""The pages that this process keeps, found by address; and the rule by which a missing one is made once."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from iria.door.pages.page import KeptPage
from iria.door.pages.versions import Versions
from iria.door.rsgi import Http, Scope
from lib.public_pages import select_parameters

V = TypeVar("V")

MOST_BYTES = 48_000_000
MOST_ADDRESSES = 20_000  # of which something is remembered,
LONGEST_ADDRESS = 500  # characters of host, path and query: of a longer one nothing is, since anybody can make them up
LONGEST_KEPT = 60.0  # seconds, whatever the version says: a guard against what nobody thought of

# Where a page is, and everything that it depends on: protocol and host, path, and of the query what the page reads.
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Made:
    """What came of making: the version that was read before, and the page, if it is one for everybody."""

    version: str
    read_at: float  # of the clock of `Versions`
    page: KeptPage | None = None
    reads: tuple[str, ...] = ()


Make = Callable[[], Awaitable[Made]]


class KeptPages:
    """Those not asked for longest go first when there are too many."""

    def __init__(self, versions: Versions, *, behind_proxy: bool, clock: Callable[[], float] = time.time) -> None:
        self.versions = versions
        self._behind_proxy = behind_proxy
        self._clock = clock
        self._pages: OrderedDict[Key, KeptPage] = OrderedDict()
        self._bytes = 0
        self._reads: OrderedDict[str, tuple[str, ...]] = OrderedDict()  # path -> parameters of the query
        self._not_for_all: OrderedDict[Key, str] = OrderedDict()  # -> the version of which that is known
        self._making: dict[Key, asyncio.Future[KeptPage | None]] = {}

    def key_of(self, scope: Scope) -> Key:
        headers, path, query = scope.headers, scope.path, scope.query_string
        site = headers.get("host") or ""
        if self._behind_proxy:
            # All lines of it, as Django gets them.
            site = f"{','.join(headers.get_all('x-forwarded-proto'))} {site}"
        if query and (reads := self._reads.get(path)) is not None:
            query = select_parameters(query, reads)
        return site, path, query

    def answer(self, scope: Scope, http: Http) -> bool:
        """Answer at once from what is kept, if it is fresh; the first to find a page outdated makes it anew."""
        if scope.method not in {"GET", "HEAD"}:
            return False
        key = self.key_of(scope)
        page = self._pages.get(key)
        if page is None or not self.versions.is_fresh(page.version):
            return False
        if (page.version != self.versions.newest or self._is_old(page)) and key not in self._making:
            return False
        self._pages.move_to_end(key)
        _send(page, scope, http)
        return True

    async def answer_when_known(self, scope: Scope, http: Http) -> bool:
        """As `answer`, after the version was read again if that is due."""
        if scope.method != "GET":
            return False
        await self.versions.current()
        return self.answer(scope, http)

    async def find_or_make(self, scope: Scope, http: Http, make: Make) -> bool:
        """Answer with a page that is kept, or made by one request for all that wait; False for what isn't a page."""
        if scope.method != "GET":
            return False
        version = await self.versions.current()
        key = self.key_of(scope)
        if not version or self._not_for_all.get(key) == version:
            return False
        page = self._pages.get(key)
        if page is None or page.version != version or self._is_old(page):
            page = await self._make_once(key, page, make)
        if page is None:
            return False
        _send(page, scope, http)
        return True

    async def _make_once(self, key: Key, before: KeptPage | None, make: Make) -> KeptPage | None:
        """One request makes it; the others get the page before while that is fresh, or wait."""
        if (making := self._making.get(key)) is not None:
            if before is not None and self.versions.is_fresh(before.version):
                return before
            return await asyncio.shield(making)
        making = self._making[key] = asyncio.get_running_loop().create_future()
        page = None
        try:
            made = await make()
            if made.version:
                self.versions.learn(made.version, made.read_at)
                if sum(map(len, key)) <= LONGEST_ADDRESS:
                    self._remember(key, made)
            page = made.page
        finally:
            del self._making[key]
            making.set_result(page)
        return page

    def _remember(self, key: Key, made: Made) -> None:
        if made.page is None:
            self._put(self._not_for_all, key, made.version)
            return
        site, path, query = key
        self._put(self._reads, path, made.reads)
        key = (site, path, select_parameters(query, made.reads))
        if old := self._pages.pop(key, None):
            self._bytes -= old.size
        self._pages[key] = made.page
        self._bytes += made.page.size
        while self._bytes > MOST_BYTES:
            _key, gone = self._pages.popitem(last=False)
            self._bytes -= gone.size

    def _put(self, rows: OrderedDict[Key, V] | OrderedDict[str, V], key: Key | str, value: V) -> None:
        rows[key] = value  # type: ignore[index]
        if len(rows) > MOST_ADDRESSES:
            rows.popitem(last=False)

    def _is_old(self, page: KeptPage) -> bool:
        return self._clock() - page.made_at > LONGEST_KEPT and not self.versions.is_away


def _send(page: KeptPage, scope: Scope, http: Http) -> None:
    headers = scope.headers
    page.send(
        http,
        head=scope.method == "HEAD",
        accepted=headers.get("accept-encoding") or "",
        if_none_match=headers.get("if-none-match") or "",
        if_modified_since=headers.get("if-modified-since") or "",
    )
