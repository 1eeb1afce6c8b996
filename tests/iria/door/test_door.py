"""The door with kept pages, called without a server: who waits for whom, and what leaves it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from iria.door.arriving import DoorLimits
from iria.door.door import Door
from iria.door.pages.making import Maker
from iria.door.sockets import Sockets
from tests.iria.door.requests_by_hand import Asked, Sent
from tests.iria.door.served import LIMITS, Made

SECONDS = 20.0  # for what takes no time: it fails for what never happens
SLOW, OTHER = "192.0.2.1:50000", "198.51.100.2:50000"


class Behind:
    """An application whose `/slow/…` answer when told to; its other addresses are pages for everybody."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.headers = [("Content-Type", "text/html"), ("ETag", '"1"'), ("Iria-Kept", "page")]

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/slow/"):
            self.begun.release()
            assert self.go.wait(SECONDS * 3)
            start("200 OK", [])
            return Made([b"slow"])
        start("200 OK", list(self.headers))
        return Made([b"page"])


async def ask(door: Door, path: str, *, client: str = OTHER, method: str = "GET") -> Sent:
    sent = Sent()
    await door.__rsgi__(Asked(path, method=method, client=client), sent)  # type: ignore[arg-type]
    return sent


def open_door(behind: Behind, *, kept: bool = True) -> Door:
    door = Door(
        behind,
        limits=DoorLimits(**LIMITS),  # type: ignore[arg-type]
        threads=4,
        per_visitor=50,
        proxies=0,
        sockets=Sockets(0, per_visitor=None, together=1000),
        opened=lambda: None,
        maker=Maker(lambda: "1", None) if kept else None,
    )
    door.__rsgi_init__(asyncio.get_running_loop())
    return door


async def keep_threads_busy(door: Door, behind: Behind) -> list[asyncio.Task[Sent]]:
    """All that one visitor may have."""
    slow = [asyncio.create_task(ask(door, f"/slow/{number}/", client=SLOW)) for number in range(2)]
    for _ in slow:
        assert await asyncio.to_thread(behind.begun.acquire, timeout=SECONDS)
    return slow


def test_nobody_waits_in_the_queue_of_a_visitor_who_asks_for_the_same_page() -> None:
    async def visits() -> None:
        behind = Behind()
        door = open_door(behind)
        try:
            slow = await keep_threads_busy(door, behind)
            queued = asyncio.create_task(ask(door, "/", client=SLOW))
            await asyncio.sleep(0.2)
            assert not queued.done()
            assert (await asyncio.wait_for(ask(door, "/"), SECONDS)).body == b"page"
            behind.go.set()
            assert [each.body for each in await asyncio.gather(*slow, queued)] == [b"slow", b"slow", b"page"]
        finally:
            behind.go.set()
            door.__rsgi_del__(asyncio.get_running_loop())

    asyncio.run(visits())


def test_a_page_that_is_kept_needs_none_of_its_visitors_threads() -> None:
    async def visits() -> None:
        behind = Behind()
        door = open_door(behind)
        assert door.pages is not None
        try:
            await ask(door, "/")
            await keep_threads_busy(door, behind)
            assert (await asyncio.wait_for(ask(door, "/", client=SLOW), SECONDS)).body == b"page"
            door.pages.versions.doubt()  # as after a while in which nobody asked
            assert (await asyncio.wait_for(ask(door, "/", client=SLOW), SECONDS)).body == b"page"
        finally:
            behind.go.set()
            door.__rsgi_del__(asyncio.get_running_loop())

    asyncio.run(visits())


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("more", [[], [("Set-Cookie", "a=b")]], ids=["for everybody", "for one"])
@pytest.mark.parametrize("method", ["HEAD", "GET", "POST"])
def test_what_django_says_to_the_door_stays_there(method: str, more: list[tuple[str, str]], kept: bool) -> None:
    async def visits() -> None:
        behind = Behind()
        behind.headers += more
        door = open_door(behind, kept=kept)
        try:
            for _ in range(2):
                sent = await ask(door, "/", method=method)
                assert (sent.status, sent.headers["content-type"]) == (200, "text/html")
                assert "iria-kept" not in sent.headers
        finally:
            door.__rsgi_del__(asyncio.get_running_loop())

    asyncio.run(visits())
