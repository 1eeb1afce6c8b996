"""JSON Feed 1 and 1.1 (jsonfeed.org). What has another type than it should is left out."""

from __future__ import annotations

from typing import Any

from lib.json_values import read_json
from newsletters.articles.feeds.contents import (
    MOST_READ,
    IncomingPicture,
    NotAFeed,
    WrittenFeed,
    WrittenItem,
    WrittenText,
)
from newsletters.articles.feeds.elements import joined
from newsletters.articles.feeds.xml_feeds import person_name

_MOST_TOPICS = 50
_MOST_BRACKETS = 500_000  # each becomes an object, many times as large as it is written


def is_json(text: str) -> bool:
    return text.lstrip()[:1] in {"{", "["}


def json_feed_of(text: str, address: str) -> WrittenFeed:
    """Raises `NotAFeed`."""
    if text.count("{") + text.count("[") > _MOST_BRACKETS:
        raise NotAFeed(f"This feed can't be read: it has more than {_MOST_BRACKETS:,} objects.")
    try:
        found = read_json(text)
    except ValueError as problem:
        line = getattr(problem, "lineno", 0)
        raise NotAFeed(f"This isn't a feed: its JSON is broken{f' in line {line}' if line else ''}.") from None
    except RecursionError:
        raise NotAFeed("This feed can't be read: its JSON is nested too deeply.") from None
    if not isinstance(found, dict) or not isinstance(items := found.get("items", []), list):
        raise NotAFeed("This isn't a feed: it is JSON, and has no “items”.")
    if "items" not in found and "jsonfeed.org" not in _string(found, "version"):
        raise NotAFeed("This isn't a feed: it is JSON, and has no “items”.")
    version = _string(found, "version").rstrip("/").rpartition("/")[2]
    base = _string(found, "home_page_url")
    feed = WrittenFeed(format=f"JSON Feed {version[:10]}".strip())
    feed.title = _plain(found, "title", address)
    feed.description = _plain(found, "description", address)
    feed.link = joined(address, base) if base else ""
    feed.language = _string(found, "language")
    feed.author = ", ".join(_names(found))
    own = _string(found, "feed_url")
    feed.address = joined(address, own) if own else ""
    hubs = found.get("hubs")
    for hub in hubs if isinstance(hubs, list) else []:
        if isinstance(hub, dict) and _string(hub, "type").lower() == "websub":
            feed.hub = _string(hub, "url")
    feed.item_count = len(items)
    feed.items = [_item(each, address or base) for each in items[:MOST_READ] if isinstance(each, dict)]
    return feed


def _item(found: dict[str, Any], address: str) -> WrittenItem:
    item = WrittenItem()
    link = _string(found, "url") or _string(found, "external_url")
    item.link = joined(address, link) if link else ""
    base = item.link or address
    identity = found.get("id")
    item.id = str(identity) if isinstance(identity, str | int | float) and not isinstance(identity, bool) else ""
    item.title = _plain(found, "title", base)
    html, text = _string(found, "content_html"), _string(found, "content_text")
    item.text = WrittenText(html, base=base) if html else WrittenText(text, is_html=False) if text else None
    item.summary = _plain(found, "summary", base)
    item.published = _string(found, "date_published")
    item.updated = _string(found, "date_modified")
    item.authors = _names(found)
    tags = found.get("tags")
    names = [" ".join(each.split())[:100] for each in tags if isinstance(each, str)] if isinstance(tags, list) else []
    item.topics = list(dict.fromkeys(filter(None, names)))[:_MOST_TOPICS]
    urls = [_string(found, "image"), _string(found, "banner_image")]
    item.pictures = [IncomingPicture(joined(base, url)) for url in urls if url]
    return item


def _string(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    return value.strip() if isinstance(value, str) else ""


def _plain(found: dict[str, Any], name: str, base: str) -> WrittenText | None:
    value = _string(found, name)
    return WrittenText(value, is_html=False, base=base) if value else None


def _names(found: dict[str, Any]) -> list[str]:
    authors = found.get("authors")
    every = [*(authors if isinstance(authors, list) else []), found.get("author")]
    names = [person_name(_string(each, "name")) for each in every[:100] if isinstance(each, dict)]
    return list(dict.fromkeys(filter(None, names)))[:20]
