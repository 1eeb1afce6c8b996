"""A feed whose server the tests are, and one look at it."""

from __future__ import annotations

from typing import Any

import pytest

from newsletters.articles.feeds import polling
from newsletters.articles.feeds.due_feeds import poll_now
from newsletters.articles.feeds.fetching import FeedTrouble, FetchedFeed
from newsletters.articles.feeds.reading import read_feed
from newsletters.models import FeedSource

ADDRESS = "https://news.example/feed"


def item(number: int, title: str = "", **more: str) -> str:
    inside = {"title": title or f"Item {number}", "link": f"https://news.example/{number}",
              "description": f"&lt;p&gt;Text {number}.&lt;/p&gt;", "guid": f"g{number}", **more}  # fmt: skip
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in inside.items()) + "</item>"


class Feed:
    """The server of one feed: what it answers next, and what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answer: str | FeedTrouble | FetchedFeed | Exception = ""
        self.asked: list[dict[str, Any]] = []
        monkeypatch.setattr(polling, "fetch_feed", self._fetch)

    def _fetch(self, address: str, **conditions: Any) -> FetchedFeed:
        self.asked.append({"address": address, **conditions})
        if isinstance(self.answer, Exception):
            raise self.answer
        if isinstance(self.answer, FetchedFeed):
            return self.answer
        return FetchedFeed(address, "", self.contents(), etag='"1"')

    def contents(self) -> Any:
        return read_feed(f"<rss><channel><title>News</title>{self.answer}</channel></rss>".encode(), address=ADDRESS)

    def has(self, *items: str) -> None:
        self.answer = "".join(items)


def look(source: FeedSource) -> list[str]:
    """One look, and what the log says of it, oldest first."""
    source.log.all().delete()
    poll_now(source)
    assert polling.poll(source.pk)
    source.refresh_from_db()
    return [entry.sentence for entry in source.log.order_by("pk")]
