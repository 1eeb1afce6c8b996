"""Feeds by HTTP, from a real server: what servers say of time, size and place, and what they do wrong."""

from __future__ import annotations

import gzip
import threading
import zlib
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import brotli
import pytest
from django.utils import timezone

from lib import downloading
from newsletters.articles.feeds import fetching, polling
from newsletters.articles.feeds.fetching import FeedTrouble, fetch_feed
from newsletters.models import Article, FeedSource
from tests.newsletters.articles.feeds.corpus import rss

pytestmark = pytest.mark.either_database
FEED = rss("<guid>1</guid><title>Hi</title><link>/1</link>").encode()
PAGE = (
    b'<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/comments" title="Comments">'
    b'<link rel=alternate type="application/rss+xml" href="/feed"><title>x</title></head></html>'
)
ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/feed": (200, {"Content-Type": "application/rss+xml", "ETag": '"v1"', "Last-Modified": "yesterday"}, FEED),
    "/comments": (200, {"Content-Type": "application/rss+xml"}, rss("<title>No</title>").encode()),
    "/gzip": (200, {"Content-Encoding": "gzip"}, gzip.compress(FEED)),
    "/br": (200, {"Content-Encoding": "br"}, brotli.compress(FEED)),
    "/deflate": (200, {"Content-Encoding": "deflate"}, zlib.compress(FEED)[2:-4]),
    "/gzip-bomb": (200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * 25_000_000, 9)),
    "/br-bomb": (200, {"Content-Encoding": "br"}, brotli.compress(b" " * 25_000_000, quality=1)),
    "/thrice": (200, {"Content-Encoding": "gzip, gzip, gzip"}, FEED),
    "/odd": (200, {"Content-Encoding": "zstd"}, FEED),
    "/moved": (301, {"Location": "/feed"}, b""),
    "/for-now": (302, {"Location": "/feed"}, b""),
    "/round": (302, {"Location": "/round"}, b""),
    "/inside": (302, {"Location": "http://inside.example/"}, b""),
    "/gone": (410, {}, b""),
    "/missing": (404, {}, b""),
    "/busy": (503, {"Retry-After": "120"}, b""),
    "/later": (429, {"Retry-After": "Fri, 31 Dec 2100 00:00:00 GMT"}, b""),
    "/page": (200, {"Content-Type": "text/html"}, PAGE),
    "/page-inside": (200, {}, PAGE.replace(b'"/comments"', b'"http://inside.example/feed"').replace(b"Comments", b"")),
    "/no-feed": (200, {"Content-Type": "text/html"}, b"<!doctype html><html></html>"),
    "/as-html": (200, {"Content-Type": "text/html"}, FEED),
    "/latin": (200, {"Content-Type": "text/xml; charset=iso-8859-1"}, rss("<title>\xe9</title>").encode("latin-1")),
}


class FeedServer(BaseHTTPRequestHandler):
    asked: list[dict[str, str]]

    def do_GET(self) -> None:
        self.server.asked.append(dict(self.headers))  # type: ignore[attr-defined]
        if self.path == "/drip":
            return self._drip()
        if self.path == "/large":
            return self._send(200, {"Content-Length": "50000000"}, b"")
        if self.path == "/endless":
            return self._endless()
        status, headers, body = ANSWERS[self.path]
        if self.headers.get("If-None-Match") == headers.get("ETag", "-"):
            return self._send(304, {}, b"")
        return self._send(status, headers, body)

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n<rss>")
        try:
            while not self.server.stop.wait(0.02):  # type: ignore[attr-defined]
                self.wfile.write(b" ")
        except OSError:
            self.server.hung_up.set()  # type: ignore[attr-defined]

    def _endless(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n<rss>")
        try:
            while not self.server.stop.is_set():  # type: ignore[attr-defined]
                self.wfile.write(b" " * 65_536)
        except OSError:
            self.server.hung_up.set()  # type: ignore[attr-defined]

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), FeedServer)
    server.asked = []  # type: ignore[attr-defined]
    server.stop, server.hung_up = threading.Event(), threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.stop.set()  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def at(server: ThreadingHTTPServer, settings: Any) -> str:
    """Where the server is, which may be asked though it is on this machine."""
    settings.FEEDS_FROM_PRIVATE_HOSTS = [f"127.0.0.1:{server.server_port}", "inside.example"]
    server.asked.clear()  # type: ignore[attr-defined]
    server.hung_up.clear()  # type: ignore[attr-defined]
    return f"http://127.0.0.1:{server.server_port}"


def trouble(address: str) -> FeedTrouble:
    with pytest.raises(FeedTrouble) as raised:
        fetch_feed(address)
    return raised.value


@pytest.mark.parametrize("path", ["/feed", "/gzip", "/br", "/deflate", "/as-html", "/moved", "/for-now", "/page"])
def test_a_feed_is_fetched(at: str, path: str) -> None:
    contents = fetch_feed(at + path).contents
    assert contents is not None
    assert [(item.title, item.link) for item in contents.items] == [("Hi", f"{at}/1")]


def test_the_charset_of_http_counts(at: str) -> None:
    contents = fetch_feed(f"{at}/latin").contents
    assert contents is not None
    assert contents.items[0].title == "é"


def test_what_has_not_changed_is_not_sent_again(at: str, server: Any) -> None:
    first = fetch_feed(f"{at}/feed")
    again = fetch_feed(f"{at}/feed", etag=first.etag, last_modified=first.last_modified)
    assert (again.contents, again.etag) == (None, '"v1"')
    assert server.asked[1]["If-Modified-Since"] == "yesterday"
    assert server.asked[0]["User-Agent"].startswith("Iria feed reader (+http")


def test_a_move_for_good_is_told_from_one_for_now(at: str) -> None:
    assert fetch_feed(f"{at}/moved").moved_to == f"{at}/feed"
    assert fetch_feed(f"{at}/for-now").moved_to == ""


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/gone", "The server says that this feed is gone for good (410)."),
        ("/missing", "There is no feed at this address (404)."),
        ("/busy", "The server answered 503 instead of sending the feed."),
        ("/round", "The feed can't be fetched: it redirects more than 3 times."),
        ("/large", "The feed can't be fetched: it is larger than 5 MB."),
        ("/gzip-bomb", "The feed can't be fetched: it is larger than 20 MB when it is unpacked."),
        ("/br-bomb", "The feed can't be fetched: it is larger than 20 MB when it is unpacked."),
        ("/thrice", "The feed can't be fetched: it is compressed more than twice."),
        ("/odd", "The feed can't be fetched: it is compressed in a way that we can't read."),
        ("/no-feed", "This is a web page, and it names no feed. Give the address of the feed itself."),
    ],
)
def test_what_goes_wrong_is_said(at: str, path: str, sentence: str) -> None:
    assert str(trouble(at + path)) == sentence


def test_a_redirect_to_a_private_host_is_not_followed(at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def names(host: str, port: int) -> list[str]:
        return ["10.0.0.7" if host == "inside.example" else host]

    monkeypatch.setattr(fetching, "download", partial(downloading.download, resolve=names))
    for path in ("/inside", "/page-inside"):
        said = str(trouble(at + path))
        assert said == "The feed can't be fetched: inside.example is not on the public internet."


def test_a_private_host_is_for_its_own_feed(settings: Any) -> None:
    settings.FEEDS_FROM_PRIVATE_HOSTS = ["wiki.example", "wiki.example:8080", "[::1]:81", "[fd00::1]"]
    own = {"wiki.example:80", "wiki.example:443", "wiki.example:8080"}
    assert fetching.private_hosts_for("https://WIKI.example/feed") == own
    assert fetching.private_hosts_for("http://wiki.example:8080/feed") == own
    assert fetching.private_hosts_for("http://[::1]:81/") == {"::1:81"}
    assert "fd00::1:443" in fetching.private_hosts_for("http://[FD00::1]/")
    for address in (
        "http://wiki.example:22/",
        "https://other.example/",
        "file:///wiki.example",
        "http://wiki.example:x/",
    ):
        assert fetching.private_hosts_for(address) == frozenset()


@pytest.mark.parametrize("allowed", [[], ["127.0.0.1"], ["127.0.0.1:1"]])
def test_this_machine_is_asked_only_where_the_operator_allows_it(
    server: Any, settings: Any, allowed: list[str]
) -> None:
    settings.FEEDS_FROM_PRIVATE_HOSTS = allowed
    said = str(trouble(f"http://127.0.0.1:{server.server_port}/feed"))
    assert said == "The feed can't be fetched: 127.0.0.1 is not on the public internet."


def test_a_server_says_how_long_it_wants_to_be_left_alone(at: str) -> None:
    assert trouble(f"{at}/busy").wait == timedelta(seconds=120)
    assert trouble(f"{at}/later").wait == fetching.MOST_WAIT
    assert trouble(f"{at}/gone").gone
    assert not trouble(f"{at}/missing").gone


def test_a_server_that_drips_is_not_waited_for(at: str, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "download", partial(downloading.download, seconds=0.3))
    said = str(trouble(f"{at}/drip"))
    assert said == "The feed can't be fetched: 127.0.0.1 did not answer within 0.3 seconds."
    assert server.hung_up.wait(5)


@pytest.mark.django_db
def test_looks_at_a_real_server(at: str, server: Any) -> None:
    """The first look, a server that says that nothing has changed, a move for good, and the end."""
    source = FeedSource.objects.create(address=f"{at}/moved", bring_first=1)

    def look() -> str:
        FeedSource.objects.filter(pk=source.pk).update(poll_at=timezone.now())
        assert polling.poll(source.pk)
        source.refresh_from_db()
        return source.log.first().sentence  # type: ignore[union-attr]

    assert look() == f"The feed has moved for good. Its address is {at}/feed now."
    assert [article.title for article in Article.objects.all()] == ["Hi"]
    asked = len(server.asked)
    look()
    assert server.asked[asked]["If-None-Match"] == '"v1"'
    FeedSource.objects.filter(pk=source.pk).update(address=f"{at}/gone")
    assert look().startswith("The server says that this feed is gone for good (410).")
    assert source.state == "stopped"


def test_a_server_that_never_ends_is_left(at: str, server: Any) -> None:
    assert str(trouble(f"{at}/endless")) == "The feed can't be fetched: it is larger than 5 MB."
    assert server.hung_up.wait(5)
