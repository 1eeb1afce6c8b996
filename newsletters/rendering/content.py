"""What an edition says, as plain values: the one thing that is approved, hashed, rendered and shown in the archive.

Made from the database once, by newsletters.editions.snapshot; from then on nothing reads the article, the newsletter or
the design again, so that what is sent is what was approved whatever is edited meanwhile. Addresses within the site are
paths: where the site stands (SITE_URL) belongs to the installation, not to the content.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from newsletters.blocks.content import ArticleContent, BlockContent, PictureContent, content_from
from subscribers.attributes.values import Value
from subscribers.segments.rules import Group, parse_rule


@dataclass(frozen=True, slots=True)
class LinkContent:
    """A page of the site that the end of the mail links."""

    title: str
    path: str  # in the language of the mail


@dataclass(frozen=True, slots=True)
class SegmentContent:
    """A segment that narrows the audience, or a condition of a block, with its rule as it was: what is approved is
    sent, whatever becomes of the segment. None where it isn't there any more: then nothing can be sent."""

    id: int
    name: str
    rule: Group | None

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "rule": self.rule.to_json() if self.rule else None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SegmentContent:
        return cls(data["id"], data["name"], parse_rule(data["rule"]) if data["rule"] else None)


@dataclass(frozen=True, slots=True)
class AttributeContent:
    """An attribute of readers that a text of the edition names, as it was defined when the edition was approved."""

    key: str
    name: str
    kind: str
    default: Value | None = None  # for readers who have no value, where the text has no fallback


_SEGMENTS = ("include", "exclude", "block_segments")


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
    tracking: str = "off"  # whether clicks are counted, as Newsletter.Tracking
    utm: str = ""  # the template of what is added to its links, see `rendering.utm`
    digest: str = ""  # of a digest: daily, weekly or monthly, as `Frequency`
    pages: tuple[LinkContent, ...] = ()  # the institute's imprint and privacy notice
    # Of the list's readers: those in any of the first, unless they are in one of the second.
    include: tuple[SegmentContent, ...] = ()
    exclude: tuple[SegmentContent, ...] = ()
    attributes: tuple[AttributeContent, ...] = ()  # those that its texts name
    block_segments: tuple[SegmentContent, ...] = ()  # those that some blocks are for, see `block_readers`

    @property
    def articles(self) -> tuple[ArticleContent, ...]:
        """The articles among the blocks, in order."""
        return tuple(block.article for block in self.blocks if block.article)

    @property
    def asks_segments(self) -> bool:
        """Does it take rules to say who gets it, or what of it?"""
        return bool(self.include or self.exclude or self.block_segments)

    def articles_for(self, topics: Collection[int] | None) -> tuple[ArticleContent, ...]:
        """Those that readers of these topics get; None is everything."""
        if topics is None:
            return self.articles
        wanted = frozenset(topics)
        return tuple(article for article in self.articles if wanted.intersection(article.topic_ids))

    def to_json(self) -> dict[str, Any]:
        data = asdict(self)
        for block in data["blocks"]:
            # Unsaid where there is none: approvals are bound to what was hashed before these were.
            if not block["summary"]:
                del block["summary"]
            for unsaid in ("only", "others"):
                if not block[unsaid]:
                    del block[unsaid]
            if block["article"] and not block["article"]["language"]:
                del block["article"]["language"]
            _leave_unsaid(block["picture"])
            _leave_unsaid((block["article"] or {}).get("picture"))
        _leave_unsaid(data["logo"])
        for unsaid in ("pages", "digest", "attributes", "utm"):
            if not data[unsaid]:
                del data[unsaid]
        if data["tracking"] == "off":
            del data["tracking"]
        for name in _SEGMENTS:
            if segments := getattr(self, name):
                data[name] = [segment.to_json() for segment in segments]
            else:
                del data[name]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> EditionContent:
        """Raises `NewerContent`."""
        return cls._from_json(data)

    @classmethod
    def head_from_json(cls, data: Mapping[str, Any]) -> EditionContent:
        """Without blocks, pictures and segments, and without what this version doesn't know of the rest: enough to
        name an edition that a newer version of Iria prepared, and nothing to send or show of it."""
        parts = ("blocks", "logo", "pages", "attributes", *_SEGMENTS)
        head = {name: data[name] for name in cls.__dataclass_fields__ if name in data and name not in parts}
        named = [
            {name: each[name] for name in AttributeContent.__dataclass_fields__ if name in each}
            for each in data.get("attributes", ())
        ]
        return cls._from_json({**head, "blocks": (), "logo": None, "attributes": named})

    @classmethod
    def _from_json(cls, data: Mapping[str, Any]) -> EditionContent:
        values = {
            "blocks": tuple(map(BlockContent.from_json, data["blocks"])),
            "logo": PictureContent.from_json(data["logo"]),
            "weekdays": tuple(data.get("weekdays", ())),
            "pages": tuple(content_from(LinkContent, each) for each in data.get("pages", ())),
            "attributes": tuple(content_from(AttributeContent, each) for each in data.get("attributes", ())),
            **{name: tuple(map(SegmentContent.from_json, data.get(name, ()))) for name in _SEGMENTS},
        }
        return content_from(cls, {**data, **values})


def _leave_unsaid(picture: dict[str, Any] | None) -> None:
    if picture and not picture["decorative"]:
        del picture["decorative"]


def digest(content: EditionContent) -> str:
    """SHA-256 of the content in one canonical spelling."""
    return digest_of_json(content.to_json())


def digest_of_json(snapshot: Mapping[str, Any]) -> str:
    """The same of a content as it was stored, by whatever version of Iria."""
    canonical = json.dumps(snapshot, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()
