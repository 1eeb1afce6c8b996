"""The page cache in itself: what it serves, how old that is, and how often a page is made."""

from __future__ import annotations

import asyncio
import gzip
import random
from collections.abc import Awaitable, Callable
from typing import Any

import brotli
import pytest

from iria.door.pages.kept import KeptPages, Made
from iria.door.pages.page import KeptPage, best_encoding
from iria.door.pages.versions import READ_EVERY, TRUSTED_FOR, Versions
from iria.door.rsgi import HeaderList
from tests.iria.door.fake_time import run
from tests.iria.door.requests_by_hand import Asked, Sent


class Site:
    """A site with one number on its pages, which is also its version."""

    def __init__(self, *, seconds: float = 0.0, behind_proxy: bool = False) -> None:
        self.now = asyncio.get_running_loop().time
        self.number = 0
        self.changed_at = {0: self.now()}
        self.made = 0
        self.read = 0
        self.broken = False
        self.seconds = seconds
        self.headers: HeaderList = [("Content-Type", "text/html"), ("ETag", '"abc"'), ("Iria-Kept", "page")]
        self.pages = KeptPages(Versions(self.read_version, self.now), behind_proxy=behind_proxy, clock=self.now)

    def change(self) -> None:
        self.number += 1
        self.changed_at[self.number] = self.now()

    async def read_version(self) -> str:
        self.read += 1
        await asyncio.sleep(0)
        if self.broken:
            raise ConnectionError("meant")
        return str(self.number)

    def maker(self, text: str = "") -> Callable[[], Awaitable[Made]]:
        async def make() -> Made:
            read_at, version = self.now(), str(self.number)
            self.made += 1
            await asyncio.sleep(self.seconds)
            if not self.headers:
                return Made(version, read_at)
            headers = [*self.headers[:1], ("ETag", f'"{self.number}"'), *self.headers[2:]]
            page = KeptPage(version, self.now(), headers, (text or f"number {self.number}").encode() * 10)
            return Made(version, read_at, page, page.reads)

        return make

    async def ask(self, asked: Asked | None = None, **more: Any) -> Sent:
        asked, sent = asked or Asked(**more), Sent()
        if not self.pages.answer(asked, sent):  # type: ignore[arg-type]
            await self.pages.find_or_make(asked, sent, self.maker())  # type: ignore[arg-type]
        return sent


def test_a_storm_on_a_page_that_changes_twenty_times() -> None:
    """10,000 requests: never older than a second, made at most 21 times."""

    async def storm() -> None:
        site = Site(seconds=0.005)
        ages: list[float] = []
        rng = random.Random(11)
        until = site.now() + 60

        async def visitor() -> None:
            while len(ages) < 10_000 and site.now() < until:
                sent = await site.ask()
                now = site.now()
                shown = int(sent.body.split()[1].decode().removesuffix("number"))
                outdated_at = site.changed_at.get(shown + 1, now)
                ages.append(now - outdated_at)
                await asyncio.sleep(rng.uniform(0, 0.06))

        async def editor() -> None:
            for _ in range(20):
                await asyncio.sleep(rng.uniform(0.05, 0.4))
                site.change()

        editing = asyncio.create_task(editor())
        await asyncio.gather(*(visitor() for _ in range(60)))
        await editing
        assert len(ages) >= 10_000
        assert max(ages) < 1.0
        assert 2 <= site.made <= 21

    run(storm)


def test_a_cold_page_is_made_once_however_many_ask() -> None:
    async def cold() -> None:
        site = Site(seconds=0.05)
        answers = await asyncio.gather(*(site.ask() for _ in range(500)))
        assert {each.body for each in answers} == {b"number 0" * 10}
        assert site.made == 1
        assert site.read <= 2

    run(cold)


def test_while_a_page_is_made_anew_the_others_get_the_one_before_and_not_for_long() -> None:
    async def anew() -> None:
        site = Site()
        await site.ask()
        site.seconds = TRUSTED_FOR + 0.5
        site.change()
        site.pages.versions.learn("1", site.now())
        making = asyncio.create_task(site.ask())
        await asyncio.sleep(0.01)
        assert (await site.ask()).body == b"number 0" * 10
        await asyncio.sleep(TRUSTED_FOR)
        late = asyncio.create_task(site.ask())
        assert (await late).body == (await making).body == b"number 1" * 10
        assert site.made == 2

    run(anew)


def test_a_version_that_nobody_confirmed_is_not_believed() -> None:
    async def idle() -> None:
        site = Site()
        await site.ask()
        site.change()
        await asyncio.sleep(TRUSTED_FOR + 0.05)
        assert (await site.ask()).body == b"number 1" * 10

    run(idle)


def test_who_saves_something_sees_it_at_once() -> None:
    async def saves() -> None:
        site = Site()
        await site.ask()
        site.change()
        site.pages.versions.doubt()
        assert (await site.ask()).body == b"number 1" * 10

    run(saves)


def test_who_saves_something_while_the_version_is_read_sees_it_at_once() -> None:
    async def saves() -> None:
        site = Site()
        versions = site.pages.versions
        await site.ask()
        read_at, version = site.now(), await site.read_version()
        await asyncio.sleep(0.01)
        site.change()
        versions.doubt()
        versions.learn(version, read_at)  # by a reading that began before
        assert (await site.ask()).body == b"number 1" * 10

    run(saves)


def test_nothing_is_remembered_of_an_address_longer_than_ours() -> None:
    """Else somebody could fill the memory with addresses of 8,000 characters that lead nowhere."""

    async def long() -> None:
        site = Site()
        site.headers = []
        for length in (10, 10, 8_000, 8_000):
            await site.ask(path=f"/{'x' * length}/")
        assert site.made == 3
        assert len(site.pages._not_for_all) == 1

    run(long)


def test_the_version_is_read_a_few_times_a_second_and_only_while_anybody_asks() -> None:
    async def busy() -> None:
        site = Site()
        until = site.now() + READ_EVERY * 3
        while site.now() < until:
            await site.ask()
            await asyncio.sleep(0.001)
        assert 2 <= site.read <= 5
        await asyncio.sleep(READ_EVERY * 2)
        assert site.read <= 5

    run(busy)


def test_without_the_database_the_pages_that_are_kept_go_on() -> None:
    async def broken() -> None:
        site = Site()
        await site.ask()
        site.broken = True
        await asyncio.sleep(TRUSTED_FOR + 0.05)
        for _ in range(3):
            assert (await site.ask()).status == 200
        assert site.made == 1

    run(broken)


def test_what_is_no_page_for_everybody_is_asked_for_each_time() -> None:
    async def private() -> None:
        site = Site()
        site.headers = []
        assert [(await site.ask()).status for _ in range(3)] == [0, 0, 0]
        assert site.made == 1  # then it is known, until something changes
        site.headers = [("Content-Type", "text/html"), ("ETag", '"1"'), ("Iria-Kept", "")]
        site.change()
        site.pages.versions.doubt()
        assert (await site.ask()).status == 200

    run(private)


def test_an_address_is_host_protocol_path_and_the_parameters_that_are_read() -> None:
    async def addresses() -> None:
        site = Site(behind_proxy=True)
        await site.ask(query_string="page=2&utm_source=mail")
        assert site.made == 1
        for same in ("page=2", "page=2&fbclid=1", "utm_source=x&page=2"):
            await site.ask(query_string=same)
        assert site.made == 1
        others = [
            Asked(query_string="page=3"), Asked(), Asked(path="/ar/"), Asked(given={"host": "other.example"}),
            Asked(given={"x-forwarded-proto": "https"}),
            Asked(lines=[("x-forwarded-proto", "https"), ("x-forwarded-proto", "http")]),
            Asked(lines=[("x-forwarded-proto", "http"), ("x-forwarded-proto", "https")]),
        ]  # fmt: skip
        for number, other in enumerate(others, start=2):
            await site.ask(other)
            assert site.made == number
        assert not site.pages.answer(Asked(method="POST"), Sent())  # type: ignore[arg-type]

    run(addresses)


def test_a_browser_that_has_the_page_is_told_so_without_it() -> None:
    async def conditional() -> None:
        site = Site()
        site.headers = [*site.headers, ("Last-Modified", "Tue, 24 Nov 2026 10:00:00 GMT"), ("Content-Length", "80")]
        first = await site.ask()
        assert (first.status, first.headers["etag"], first.headers["content-length"]) == (200, '"0"', "80")
        assert "iria-kept" not in first.headers
        for has in ('"0"', 'W/"0"', '"x", W/"0"', "*"):
            again = await site.ask(given={"if-none-match": has})
            assert (again.status, again.body, again.headers["etag"]) == (304, b"", '"0"')
        assert (await site.ask(given={"if-none-match": '"x"'})).status == 200
        date = {"if-modified-since": "Tue, 24 Nov 2026 10:00:00 GMT"}
        assert (await site.ask(given=date)).status == 304
        assert (await site.ask(given=date | {"if-none-match": '"x"'})).status == 200
        assert (await site.ask(given={"if-modified-since": "Wed, 25 Nov 2026 10:00:00 GMT"})).status == 200
        head = await site.ask(method="HEAD")
        assert (head.status, head.body, head.headers["content-length"]) == (200, b"", "80")

    run(conditional)


def test_a_page_is_compressed_once_for_those_who_take_it() -> None:
    async def compressed() -> None:
        site = Site()
        plain = (await site.ask()).body
        br = await site.ask(given={"accept-encoding": "gzip, deflate, br, zstd"})
        gz = await site.ask(given={"accept-encoding": "gzip"})
        assert brotli.decompress(br.body) == gzip.decompress(gz.body) == plain
        assert (br.headers["content-encoding"], gz.headers["content-encoding"]) == ("br", "gzip")
        assert (br.headers["etag"], br.headers["vary"]) == ('W/"0"', "Accept-Encoding")
        assert int(br.headers["content-length"]) == len(br.body)

    run(compressed)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", ""), ("identity", ""), ("gzip", "gzip"), ("GZIP, BR", "br"), ("br;q=0, gzip;q=0.5", "gzip"),
        ("br; q=0.0", ""), ("zstd", ""), ("*", ""), ("gzip;q=1.0", "gzip"), (",,;;", ""),
    ],
)  # fmt: skip
def test_only_what_the_browser_names_is_sent(accepted: str, encoding: str) -> None:
    assert best_encoding(accepted) == encoding


def test_pages_asked_for_longest_ago_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iria.door.pages.kept.MOST_BYTES", 20_000)

    async def room() -> None:
        site = Site()
        for number in range(50):
            await site.ask(path=f"/{number}/")
            await site.ask(path="/")
        assert site.made == 51
        await site.ask(path="/0/")
        assert site.made == 52

    run(room)
