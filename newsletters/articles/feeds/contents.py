"""What a feed says, whatever its format: as it is written there, and as it would come in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

MOST_READ = 10_000  # items of a feed that are looked at, before the newest of them are chosen


class NotAFeed(ValueError):
    """Nothing of it can come in; the message is one sentence for the person who gave its address."""


@dataclass(frozen=True, slots=True)
class WrittenText:
    """A text as it stands in a feed: HTML, or plain text; and the address that its links are relative to."""

    value: str
    is_html: bool = True
    base: str = ""


@dataclass(frozen=True, slots=True)
class IncomingPicture:
    """A picture of an article, where it is now. Alternative text, caption and credit are plain text."""

    url: str
    alt: str = ""
    caption: str = ""
    credit: str = ""
    width: int = 0  # pixels; 0: the feed doesn't say

    def to_json(self) -> dict[str, str]:
        return {"url": self.url, "alt": self.alt, "caption": self.caption, "credit": self.credit}


@dataclass(slots=True)
class WrittenItem:
    """An item as its feed writes it; nothing is checked or cleaned."""

    id: str = ""
    title: WrittenText | None = None
    link: str = ""
    published: str = ""
    updated: str = ""
    authors: list[str] = field(default_factory=list)
    text: WrittenText | None = None
    summary: WrittenText | None = None
    topics: list[str] = field(default_factory=list)
    pictures: list[IncomingPicture] = field(default_factory=list)

    def raw_fingerprint(self) -> str:
        """Of what an article is made of."""
        texts = [text.value if text else "" for text in (self.title, self.text, self.summary)]
        said = json.dumps([*texts, self.link, [each.to_json() for each in self.pictures]])
        return sha256(said.encode()).hexdigest()


@dataclass(slots=True)
class WrittenFeed:
    """A feed as it is written."""

    format: str
    title: WrittenText | None = None
    description: WrittenText | None = None
    link: str = ""
    language: str = ""
    author: str = ""
    hub: str = ""
    address: str = ""  # its own, as it says
    items: list[WrittenItem] = field(default_factory=list)
    item_count: int = 0  # those that weren't read, too


@dataclass(frozen=True, slots=True)
class IncomingItem:
    """An item as it would come in. `published` is None where the feed gives no date that can be used: then the time at
    which it was found counts."""

    id: str
    title: str
    link: str
    published: datetime | None
    updated: datetime | None
    author: str
    summary: str
    html: str  # cleaned as any article, but for its pictures, which are still where they were
    topics: tuple[str, ...]
    picture: IncomingPicture | None
    raw_fingerprint: str  # of what is written in the feed, before any rule of ours

    def to_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "title": self.title,
            "link": self.link or None,
            "published": self.published.isoformat() if self.published else None,
            "updated": self.updated.isoformat() if self.updated else None,
            "author": self.author or None,
            "summary": self.summary,
            "html": self.html,
            "topics": list(self.topics),
            "picture": self.picture.to_json() if self.picture else None,
        }


@dataclass(frozen=True, slots=True)
class FeedContents:
    """A feed that was read: items newest first, and a sentence for each thing that isn't as it should be."""

    format: str
    title: str
    link: str
    description: str
    language: str
    author: str
    hub: str
    address: str
    items: tuple[IncomingItem, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        about = {
            "format": self.format, "title": self.title, "link": self.link or None, "description": self.description,
            "language": self.language or None, "author": self.author or None, "hub": self.hub or None,
            "address": self.address or None,
        }  # fmt: skip
        return {
            "feed": about,
            "items": [item.to_json() for item in self.items],
            "warnings": list(self.warnings),
        }
