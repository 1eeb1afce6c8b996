"""Pages shared in Redis: made by one process, and by each for itself when Redis is away."""

from __future__ import annotations

import threading
import time

import pytest

from iria.door.pages.page import KeptPage
from iria.door.pages.shared import SharedPages
from tests.servers import Redis, free_port

HEADERS = [("content-type", "text/html"), ("ETag", '"tag"'), ("Iria-Kept", "page"), ("Vary", "Accept-Language")]


def page(version: str) -> KeptPage:
    return KeptPage(version, time.time(), HEADERS, b"<p>Words</p>" * 50)


@pytest.fixture
def url(redis_server: Redis) -> str:
    return redis_server.url


def test_many_processes_make_a_page_once_a_version(url: str) -> None:
    made: list[str] = []
    found: list[KeptPage | None] = []

    def process(version: str) -> None:
        def make() -> KeptPage:
            made.append(version)
            time.sleep(0.1)
            return page(version)

        found.append(SharedPages(url, "release").find_or_make("/", version, make))

    for version in ("1", "2"):
        threads = [threading.Thread(target=process, args=(version,)) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert made == ["1", "2"]
    assert len(found) == 16
    first = page("1")
    assert all(each and (each.body, each.tag, each.reads) == (first.body, '"tag"', ("page",)) for each in found)
    assert all(each and each.answers["br"] == first.answers["br"] for each in found)


def test_another_release_has_pages_of_its_own(url: str) -> None:
    SharedPages(url, "old").find_or_make("/", "1", lambda: page("1"))
    made: list[int] = []
    SharedPages(url, "new").find_or_make("/", "1", lambda: made.append(1) or page("1"))  # type: ignore[func-returns-value]
    assert made == [1]


def test_what_is_no_page_for_everybody_is_not_waited_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iria.door.pages.shared.MAKING_SECONDS", 30)
    shared = SharedPages(url, "release")
    began = time.monotonic()
    assert [shared.find_or_make("/private/", "1", lambda: None) for _ in range(3)] == [None] * 3
    assert time.monotonic() - began < 20  # waiting for the first would take 60


def test_without_redis_each_process_makes_its_own() -> None:
    shared = SharedPages(f"redis://127.0.0.1:{free_port()}/0", "release")
    for _ in range(3):
        found = shared.find_or_make("/", "1", lambda: page("1"))
        assert found is not None and found.version == "1"
