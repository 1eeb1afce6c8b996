"""A WordPress site asked by its API over HTTP: pages, what is embedded, comments, and servers that fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from newsletters.articles.archives.archived import (
    ArchivedArticle,
    ArchivedPicture,
    ArchivedThing,
    ArchiveNote,
    ArchiveOptions,
    LeftOut,
    UnreadableArchive,
)
from newsletters.articles.archives.systems.wordpress import rest
from newsletters.articles.archives.systems.wordpress.rest import posts_of_site

pytestmark = pytest.mark.either_database


def post(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "slug": f"post-{number}", "status": "publish", "link": f"https://old.example/post-{number}/",
        "date_gmt": "2024-10-14T09:00:00", "modified_gmt": "2024-10-15T09:00:00",
        "title": {"rendered": f"No. {number}"},
        "content": {"rendered": "<p>4 minute read</p><p>Text.</p>", "protected": False},
        "excerpt": {"rendered": "<p>Text and so on [&hellip;]</p>"}, "comment_status": "open",
        "_embedded": {
            "author": [{"name": "Mira Osei"}],
            "wp:term": [[{"taxonomy": "category", "slug": "asia", "name": "Asia &amp; Pacific"}]],
            "wp:featuredmedia": [{
                "source_url": "https://old.example/a.jpg", "alt_text": "A ship",
                "caption": {"rendered": "<p>A ship. (Photo: AP)</p>"},
            }],
        },
        **more,
    }  # fmt: skip


class OldSite:
    """A site with these posts; what it was asked, and what it answers to some requests instead."""

    def __init__(self) -> None:
        self.posts = [post(number) for number in range(1, 4)]
        self.comments = [
            {"id": 5, "post": 2, "parent": 0, "author_name": "Ravi", "type": "comment",
             "date_gmt": "2024-10-16T08:00:00",
             "content": {"rendered": "<p>Well <b>said</b>.</p>"}}
        ]  # fmt: skip
        self.asked: list[str] = []
        self.failing: set[int] = set()  # posts that the server can't show
        self.refusals: list[tuple[int, dict[str, str]]] = []  # before anything else of the API is answered
        self.head = '<link rel="https://api.w.org/" href="/api/" />'

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(path)
        parts = urlsplit(path)
        if parts.path == "/":
            return 200, {}, f"<html><head>{self.head}</head></html>".encode()
        if self.refusals:
            status, headers = self.refusals.pop(0)
            return status, headers, b""
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        rows = {"/api/wp/v2/posts": self.posts, "/api/wp/v2/comments": self.comments}.get(parts.path)
        if rows is None:
            return 404, {}, b"{}"
        shown = rows[int(query["offset"]) :][: int(query["per_page"])]
        if self.failing & {each["id"] for each in shown} and "posts" in parts.path:
            return 500, {}, b"Fatal error"
        return 200, {}, json.dumps(shown).encode()


@pytest.fixture
def site() -> OldSite:
    return OldSite()


@pytest.fixture
def address(site: OldSite) -> Iterator[str]:
    class SiteHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = site.answer(self.path)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), SiteHandler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


WAITED: list[float] = []


def asked(address: str, **options: Any) -> list[ArchivedThing]:
    private = frozenset({urlsplit(address).netloc})
    WAITED.clear()
    return list(posts_of_site(address, ArchiveOptions(**options), private=private, sleep=WAITED.append))


def headlines(things: list[ArchivedThing]) -> list[str]:
    return [each.headline if isinstance(each, ArchivedArticle) else type(each).__name__ for each in things]


def test_a_post_comes_with_all_that_is_embedded(site: OldSite, address: str) -> None:
    found = asked(address)
    assert headlines(found) == ["No. 1", "No. 2", "No. 3"]
    article = found[1]
    assert isinstance(article, ArchivedArticle)
    assert (article.key, article.html, article.lead, article.topics) == ("2", "<p>Text.</p>", "", ("Asia & Pacific",))
    assert article.picture == ArchivedPicture("https://old.example/a.jpg", "A ship", "A ship.", "AP")
    assert [author.name for author in article.authors] == ["Mira Osei"]
    assert [(each.author, each.text) for each in article.comments] == [("Ravi", "Well said.")]
    assert (article.site, article.former_addresses) == (address.rstrip("/"), (f"{address}?p=2",))
    assert not asked(address, with_comments=False)[1].comments  # type: ignore[union-attr]


def test_pages_are_asked_for_one_after_another(site: OldSite, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "A_PAGE", 2)
    assert headlines(asked(address, with_comments=False)) == ["No. 1", "No. 2", "No. 3"]
    assert len(site.asked) == 3 and WAITED == [rest.PAUSE] * 2


def test_a_post_that_the_site_cannot_show_is_left_out(site: OldSite, address: str) -> None:
    site.failing = {2}
    found = asked(address, with_comments=False)
    assert headlines(found) == ["No. 1", "LeftOut", "No. 3"]
    assert found[1] == LeftOut("Number 2", "The site can't show it: it answers with an error.")


def test_a_site_with_more_comments_than_are_asked_for_gives_its_posts_all_the_same(
    site: OldSite, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "A_PAGE", 1)
    monkeypatch.setattr(rest, "MOST_REQUESTS", 4)
    site.comments = [{**site.comments[0], "id": number} for number in range(1, 9)]
    found = asked(address)
    assert headlines(found) == ["ArchiveNote", "No. 1", "No. 2", "No. 3"]
    assert isinstance(found[0], ArchiveNote)
    assert found[0].sentence.startswith("Only the oldest comments come in. The site has more comments than we ask for")
    assert [len(each.comments) for each in found if isinstance(each, ArchivedArticle)] == [0, 4, 0]


def test_a_busy_site_gets_the_time_that_it_asks_for(site: OldSite, address: str) -> None:
    site.refusals = [(429, {"Retry-After": "30"})]
    assert len(asked(address, with_comments=False)) == 3
    assert 30.0 in WAITED


def test_sites_that_say_no_or_something_else(site: OldSite, address: str) -> None:
    site.refusals = [(401, {})]
    with pytest.raises(UnreadableArchive, match=r"doesn't let anybody read its posts by its API \(401\)"):
        asked(address, with_comments=False)
    site.head = '<link rel="https://api.w.org/" href="http://other.example/api/" />'
    with pytest.raises(UnreadableArchive, match="names another site"):
        asked(address)
    with pytest.raises(UnreadableArchive, match="not on the public internet"):
        list(posts_of_site(address, ArchiveOptions()))
