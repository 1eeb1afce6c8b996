"""The door itself: an RSGI application. One a process, made before the process is forked, opened in it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from iria.door.arriving import STAFF_PATH, Bodies, DoorLimits, check_head
from iria.door.clicks import COUNTED, Clicks
from iria.door.django_threads import DjangoAnswer, DjangoThreads, Wsgi, environ
from iria.door.pages.kept import KeptPages, Made
from iria.door.pages.making import Maker
from iria.door.pages.versions import Versions
from iria.door.refusals import RefusedRequest, refusal
from iria.door.rsgi import Http, Scope
from iria.door.sockets import Sockets
from iria.door.staff import ask_whether_staff
from iria.door.visitors import Visitor, Visitors
from lib.fragments import VERSION
from lib.visitor_addresses import one_visitor, visitor_address

logger = logging.getLogger(__name__)

TEND_SECONDS = 0.5


class Door:
    """Lets requests in; `opened` is called when it does. Without a `maker` no pages are kept."""

    def __init__(
        self,
        application: Wsgi,
        *,
        limits: DoorLimits,
        threads: int,
        per_visitor: int,
        proxies: int,
        sockets: Sockets,
        opened: Callable[[], None],
        maker: Maker | None = None,
    ) -> None:
        self.application = application
        self.limits = limits
        self.threads = threads
        self.per_visitor = per_visitor
        self.proxies = proxies
        self.sockets = sockets
        self.opened = opened
        self.maker = maker
        self.pages: KeptPages | None = None
        self.busy: set[str] = set()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """In the process that serves, before its first request."""
        self.django = DjangoThreads(self.application, threads=self.threads)
        # One visitor never has all the threads: the others always find some.
        self.visitors = Visitors(most=self.per_visitor, threads=max(1, self.threads // 2))
        self.bodies = Bodies(self.limits, self._is_staff)
        self.clicks = Clicks(proxies=self.proxies)
        if (maker := self.maker) is not None:
            # A thread of its own: the pages that are kept don't wait for those that are made slowly.
            reading = ThreadPoolExecutor(1, thread_name_prefix="version")
            versions = Versions(lambda: loop.run_in_executor(reading, maker.read_version))
            self.pages = KeptPages(versions, behind_proxy=bool(self.proxies))
        self._tending = loop.create_task(self._tend())
        loop.call_soon(self.opened)

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        self._tending.cancel()
        self.clicks.close()
        self.django.stop()

    async def __rsgi__(self, scope: Scope, http: Http) -> None:
        try:
            if scope.path.startswith(COUNTED):
                answered = self.clicks.answer_at_once(scope, http)
                if answered or (answered is None and await self.clicks.answer(scope, http)):
                    return
            elif self.pages is not None and self.pages.answer(scope, http):
                return
            await self._let_in(scope, http)
        except RefusedRequest as refused:
            self._refuse(refused, scope, http)
        except Exception:
            logger.exception("The door failed on %s %s", scope.method, scope.path)
            self._refuse(RefusedRequest(500), scope, http)

    async def _let_in(self, scope: Scope, http: Http) -> None:
        headers = check_head(scope, self.limits)
        # All lines of it: some proxies add one below the visitor's own.
        forwarded = headers.get("x-forwarded-for", "")
        visitor = one_visitor(visitor_address(scope.client, forwarded, proxies=self.proxies))
        self.busy.add(scope.client)
        try:
            with self.visitors.enter(visitor) as here:
                body = await self.bodies.read(scope, http, headers, here)
                try:
                    answer = await self._ask(scope, http, environ(scope, headers, body), here)
                finally:
                    self.bodies.release(body, here)
                if answer is not None:
                    await self.django.send(answer, http, head=scope.method == "HEAD")
        finally:
            self.busy.discard(scope.client)

    async def _ask(self, scope: Scope, http: Http, environment: dict[str, Any], here: Visitor) -> DjangoAnswer | None:
        """What Django answers; None when a page that is kept was sent."""
        if self.pages is None or self.maker is None:
            return await self._ask_django(environment, here)
        pages, maker = self.pages, self.maker
        found: DjangoAnswer | None = None

        async def make() -> Made:
            nonlocal found
            # By now it may be known which parameters the page reads.
            tried = await self.django.run(maker.make, pages.key_of(scope), environment, self.django.call)
            found = tried.answer
            return tried.made

        # A page that is kept needs none of the visitor's threads, even when all of them are busy.
        if await pages.answer_when_known(scope, http):
            return None
        of_staff = scope.path.startswith(STAFF_PATH)
        # Held before this request becomes the one that makes the page, or everybody would wait in this visitor's queue.
        async with here.threads:
            if await pages.find_or_make(scope, http, make):
                return None
            if found is None and scope.method == "POST" and not of_staff:
                # A form is checked by what its page showed, and answered with the same parts of a page.
                environment[VERSION] = await pages.versions.current()
            answer = found or await self.django.run(self.django.call, environment)
        if scope.method == "POST" and of_staff:
            pages.versions.doubt()  # who saved something and looks at it sees it
        return answer

    async def _ask_django(self, environment: dict[str, Any], here: Visitor) -> DjangoAnswer:
        async with here.threads:
            return await self.django.run(self.django.call, environment)

    def _refuse(self, refused: RefusedRequest, scope: Scope, http: Http) -> None:
        status, headers, page = refusal(refused, scope.path)
        if scope.method == "HEAD":
            http.response_empty(status, headers)
        else:
            http.response_str(status, headers, page)

    async def _is_staff(self, cookies: str) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self.django.pages, ask_whether_staff, cookies)

    async def _tend(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(TEND_SECONDS)
                self.clicks.tend()
                if closed := self.sockets.tend(self.busy):
                    logger.warning("Closed %d connections: too many from one address, or too many in all", closed)
