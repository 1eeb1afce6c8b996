"""Find the feeds that a web page names, so that people can give the address of a site (RSS autodiscovery)."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import NamedTuple

from lib.characters import one_line
from newsletters.articles.feeds.cleaning import web_address

_KINDS = {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
_MOST = 20  # feeds of a page
_LOOKED_AT = 500_000  # characters
_OF_COMMENTS = ("comment", "kommentar", "commentaire")


class NamedFeed(NamedTuple):
    address: str
    title: str


class _LinkCollector(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base, self.found = address, dict[str, NamedFeed]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        written = {name: value or "" for name, value in attrs}
        if tag == "base" and (base := web_address(written.get("href", ""), self.base)):
            self.base = base
        is_named = "alternate" in written.get("rel", "").lower().split() or tag == "a"
        kind = written.get("type", "").lower().partition(";")[0].strip()
        if tag in {"link", "a"} and is_named and kind in _KINDS and len(self.found) < _MOST:
            address = web_address(written.get("href", ""), self.base)
            if address:
                self.found.setdefault(address, NamedFeed(address, one_line(written.get("title", ""))[:200]))


def feeds_named_by(html: str, address: str) -> list[NamedFeed]:
    """The feeds of a page at that address, those of comments last."""
    collector = _LinkCollector(address)
    start = 0
    # In parts: a tag that never ends costs the length of a part, not that of the page, for each "<" in it.
    while start < min(len(html), _LOOKED_AT) and len(collector.found) < _MOST:
        at = html.find("<", start)
        if at < 0:
            break
        end = html.find(">", at, at + 2000)
        if end > 0 and html[at + 1 : at + 5].lower().startswith(("link", "base", "a ", "a\n")):
            collector.feed(html[at : end + 1])
            collector.reset()
        start = at + 1
    return sorted(collector.found.values(), key=_is_of_comments)


def _is_of_comments(feed: NamedFeed) -> bool:
    said = f"{feed.title} {feed.address}".lower()
    return any(word in said for word in _OF_COMMENTS)
