"""Clicks on the links of editions and loads of their picture, answered by the door: token, spool, redirect or picture,
and Django hears nothing of it.

What an edition's links lead to is read by a thread, once; then it is in memory, and what was mended since is seen some
seconds later. A link that isn't ours is left to Django, which has a page for it.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from django.db import DatabaseError
from django.utils.encoding import iri_to_uri

from iria.door.rsgi import HeaderList, Http, Scope
from lib.visitor_addresses import believed_entry, one_visitor, visitor_address
from newsletters.events.clicks.answering import HEADERS, PICTURE, PICTURE_HEADERS, is_counted, rule_of_network
from newsletters.events.clicks.links import LinkTables, read_number, read_token
from newsletters.events.clicks.spool import METHODS, OPEN, ClickOf, Spool, line_now
from newsletters.rendering.tracked_links import PATH, PICTURE_PATH, PICTURE_SUFFIX

logger = logging.getLogger(__name__)
COUNTED = (PATH, PICTURE_PATH)  # how the paths begin
_LONGEST_PATH = 120  # characters


@lru_cache(maxsize=4096)
def _visitor(peer: str, behind: str) -> tuple[str, str]:
    """Who counts as one, and the rule by which their network is a machine's. `behind` is a single entry: the whole
    header is the visitor's, and may be kilobytes that nobody should keep."""
    address = visitor_address(peer, behind, proxies=bool(behind))
    return one_visitor(address), rule_of_network(address)


@lru_cache(maxsize=4096)
def _read_link(path: str) -> tuple[int, int, int] | None:
    """Edition, reader (0: nobody is told) and number of the link that a path means; None for what isn't ours."""
    token, _, rest = path.removeprefix(PATH).partition("/")
    number = read_number(rest.removesuffix("/"))
    named = read_token(token) if number else None
    return None if named is None else (*named, number)


@lru_cache(maxsize=2048)
def _redirect(url: str) -> HeaderList:
    return [("Location", iri_to_uri(url)), *HEADERS.items()]


_PICTURE_HEADERS = list(PICTURE_HEADERS.items())


class Clicks:
    """Of one process; made in it, after it was forked."""

    def __init__(self, *, proxies: int, tables: LinkTables | None = None, spool: Spool | None = None) -> None:
        self._proxies = proxies
        self._tables = tables or LinkTables()
        self._spool = spool or Spool()
        self._reading: dict[int, asyncio.Future[bool]] = {}
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="links")

    def answer_at_once(self, scope: Scope, http: Http) -> bool | None:
        """False for what isn't a click on a link of ours, or a load of its picture. None: where the links of its
        edition lead has to be read first (`answer`)."""
        path = scope.path
        if len(path) > _LONGEST_PATH or (method := scope.method) not in METHODS:
            return False
        if path.startswith(PICTURE_PATH):
            return self._show_picture(scope, http, path, method)
        found = _read_link(path) if path.startswith(PATH) else None
        if found is None:
            return False
        edition, subscriber, number = found
        table, is_fresh = self._tables.look(edition)
        if table is None:
            return None
        if not is_fresh:
            self._read(edition)  # for those who come after
        if (url := table.get(number)) is None:
            return False
        self._note(scope, ClickOf(edition, number, subscriber), method)
        http.response_empty(302, _redirect(url))
        return True

    async def answer(self, scope: Scope, http: Http) -> bool:
        """As `answer_at_once`, when it is known where the links lead."""
        answered = self.answer_at_once(scope, http)
        if answered is None:
            found = _read_link(scope.path)
            answered = (
                found is not None and await asyncio.shield(self._read(found[0])) and self.answer_at_once(scope, http)
            )
        return bool(answered)

    def _show_picture(self, scope: Scope, http: Http, path: str, method: str) -> bool:
        """It needs no database: the picture is the same for everybody, and its token says all that is counted."""
        named = read_token(path[len(PICTURE_PATH) : -len(PICTURE_SUFFIX)]) if path.endswith(PICTURE_SUFFIX) else None
        if named is None:
            return False
        self._note(scope, ClickOf(named[0], OPEN, named[1]), method)
        if method == "HEAD":
            http.response_empty(200, _PICTURE_HEADERS)
        else:
            http.response_bytes(200, _PICTURE_HEADERS, PICTURE)
        return True

    def _note(self, scope: Scope, of: ClickOf, method: str) -> None:
        headers = scope.headers
        if not is_counted(headers.get("dnt") or "", headers.get("sec-gpc") or ""):
            return
        behind = ""
        if self._proxies:
            behind = believed_entry(",".join(headers.get_all("x-forwarded-for")), proxies=self._proxies)
        # Of one visitor, each connection has another port.
        visitor, seen = _visitor(scope.client.rpartition(":")[0], behind)
        self._spool.add_line(
            line_now(of, method=method, visitor=visitor, agent=headers.get("user-agent") or "", seen=seen)
        )

    def _read(self, edition: int) -> asyncio.Future[bool]:
        """By one thread, once for all who wait. Whether it could be read."""
        if (reading := self._reading.get(edition)) is None:
            reading = asyncio.ensure_future(self._read_once(edition))
            self._reading[edition] = reading
        return reading

    async def _read_once(self, edition: int) -> bool:
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._tables.read, edition)
        except DatabaseError as error:
            logger.warning("Can't read where the links of edition %s lead: %s", edition, error)
            return False
        finally:
            del self._reading[edition]
        return True

    def tend(self) -> None:
        self._spool.end_old()

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._spool.close()
