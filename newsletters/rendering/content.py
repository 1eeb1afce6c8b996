"""What an edition says, as plain values: the one thing that is approved, hashed, rendered and shown in the archive.

Made from the database once, by newsletters.editions.snapshot; from then on nothing reads the article, the newsletter or
the design again, so that what is sent is what was approved whatever is edited meanwhile. Addresses within the site are
paths: where the site stands (SITE_URL) belongs to the installation, not to the content.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from newsletters.models.editions import BlockKind


@dataclass(frozen=True, slots=True)
class PictureContent:
    path: str  # of the rendition to show at `width`; the file itself has up to twice as many pixels
    width: int
    height: int
    alt: str
    caption: str = ""
    credit: str = ""
    small_path: str = ""  # of a narrow rendition, for where it stands beside words; empty where there is none


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
class BlockContent:
    """One block of the edition. What a kind does not have stays empty."""

    kind: BlockKind
    article: ArticleContent | None = None
    words: str = ""  # of a heading or a button, or a sponsor's headline; plain text with merge fields
    html: str = ""  # of a text or a sponsor note: sanitised, with merge fields
    url: str = ""  # an address of our own is a path
    label: str = ""  # what a sponsor note says it is, for example “Sponsored”
    picture: PictureContent | None = None

    @property
    def is_complete(self) -> bool:
        """Is there anything to show? A mail leaves out what is only half done; preflight names it before."""
        needs = {
            BlockKind.ARTICLE: self.article is not None,
            BlockKind.HEADING: self.words,
            BlockKind.TEXT: self.html,
            BlockKind.PICTURE: self.picture is not None,
            BlockKind.BUTTON: self.words and self.url,
            BlockKind.DIVIDER: True,
            BlockKind.SPONSOR: self.label and (self.html or self.words),
        }
        return bool(needs[self.kind])


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
    blocks: tuple[BlockContent, ...]
    logo: PictureContent | None = None
    language: str = "en"
    cadence: str = "none"  # weekly, monthly or none, as Newsletter.Cadence
    weekdays: tuple[int, ...] = ()  # of a weekly one: ISO, Monday 1 to Sunday 7
    # How it looks. What was approved before these could be chosen looks as it did.
    design: str = "brief"
    font: str = ""  # as the design has it
    background: str = "#eef0f2"  # around the column
    own_mjml: str = ""  # the template, where the design is the newsletter's own

    @property
    def articles(self) -> tuple[ArticleContent, ...]:
        """The articles among the blocks, in order."""
        return tuple(block.article for block in self.blocks if block.article)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> EditionContent:
        rest = dict(data)
        if "articles" in rest:  # approved before there were other blocks than articles
            rest["blocks"] = [{"kind": BlockKind.ARTICLE, "article": article} for article in rest.pop("articles")]
        values = {
            "blocks": tuple(map(_block, rest["blocks"])),
            "logo": _picture(rest["logo"]),
            "weekdays": tuple(rest.get("weekdays", ())),
        }
        return cls(**rest | values)


def _block(data: dict[str, Any]) -> BlockContent:
    return BlockContent(
        **data
        | {
            "kind": BlockKind(data["kind"]),
            "article": _article(data.get("article")),
            "picture": _picture(data.get("picture")),
        }
    )


def _article(data: dict[str, Any] | None) -> ArticleContent | None:
    if not data:
        return None
    return ArticleContent(
        **data
        | {
            "topic_ids": tuple(data["topic_ids"]),
            "topics": tuple(data["topics"]),
            "authors": tuple(data["authors"]),
            "picture": _picture(data["picture"]),
        }
    )


def _picture(data: dict[str, Any] | None) -> PictureContent | None:
    return PictureContent(**data) if data else None


def digest(content: EditionContent) -> str:
    """SHA-256 of the content in one canonical spelling."""
    return digest_of_json(content.to_json())


def digest_of_json(snapshot: Mapping[str, Any]) -> str:
    """The same of a content as it was stored, by whatever version of Iria."""
    canonical = json.dumps(snapshot, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()
