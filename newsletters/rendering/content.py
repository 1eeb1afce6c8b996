"""What an edition says, as plain values: the one thing that is approved, hashed, rendered and shown in the archive.

Made from the database once, by newsletters.editions.snapshot; from then on nothing reads the article, the newsletter or
the design again, so that what is sent is what was approved whatever is edited meanwhile. Addresses within the site are
paths: where the site stands (SITE_URL) belongs to the installation, not to the content.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any


@dataclass(frozen=True, slots=True)
class PictureContent:
    path: str  # of the rendition to show at `width`; the file itself has up to twice as many pixels
    width: int
    height: int
    alt: str
    caption: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class ArticleContent:
    id: int
    path: str
    headline: str
    summary: str
    topic_ids: tuple[int, ...]
    topics: tuple[str, ...]
    authors: tuple[str, ...]
    reading_minutes: int
    published_on: str  # ISO date in the newsletter's zone
    picture: PictureContent | None = None


@dataclass(frozen=True, slots=True)
class EditionContent:
    edition_id: int
    path: str
    number: int
    date: str  # ISO date of the edition in the newsletter's zone
    subject: str
    preheader: str
    introduction: str  # sanitised HTML, with merge fields
    newsletter_id: int
    newsletter: str
    from_name: str
    from_email: str
    reply_to: str
    list_id: int
    list_slug: str
    list_name: str
    colour: str
    footer: str
    postal_address: str
    lifetime_hours: int
    articles: tuple[ArticleContent, ...]
    logo: PictureContent | None = None
    language: str = "en"
    cadence: str = "none"  # weekly, monthly or none, as Newsletter.Cadence
    weekdays: tuple[int, ...] = ()  # of a weekly one: ISO, Monday 1 to Sunday 7

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> EditionContent:
        articles = tuple(
            ArticleContent(
                **article
                | {
                    "topic_ids": tuple(article["topic_ids"]),
                    "topics": tuple(article["topics"]),
                    "authors": tuple(article["authors"]),
                    "picture": _picture(article["picture"]),
                }
            )
            for article in data["articles"]
        )
        return cls(
            **data | {"articles": articles, "logo": _picture(data["logo"]), "weekdays": tuple(data.get("weekdays", ()))}
        )


def _picture(data: dict[str, Any] | None) -> PictureContent | None:
    return PictureContent(**data) if data else None


def digest(content: EditionContent) -> str:
    """SHA-256 of the content in one canonical spelling."""
    canonical = json.dumps(content.to_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()
