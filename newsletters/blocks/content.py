"""What a block says, as plain values: part of the content that is approved, hashed, rendered and archived.

An address within the site is a path. What a kind has no field for stays empty.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

Content = TypeVar("Content")


class NewerContent(ValueError):
    """Content that was stored by a later version of Iria and says something that this one doesn't know. Without it the
    mail would be another, so nothing is made of it; the message is a sentence for who runs the installation."""

    def __init__(self, unknown: str) -> None:
        super().__init__(
            f"It was prepared by a newer version of Iria than runs here (“{unknown}” is unknown). "
            "Update and restart all web processes and workers together."
        )


def content_from(cls: type[Content], values: Mapping[str, Any]) -> Content:
    """One of these dataclasses from its stored fields. Raises `NewerContent`; `TypeError` where a field is missing."""
    if unknown := values.keys() - cls.__dataclass_fields__.keys():  # type: ignore[attr-defined] # of a dataclass
        raise NewerContent(min(unknown))
    return cls(**values)


@dataclass(frozen=True, slots=True)
class PictureContent:
    path: str  # of the rendition to show at `width`; the file itself has up to twice as many pixels
    width: int
    height: int
    alt: str
    caption: str = ""
    credit: str = ""
    small_path: str = ""  # of a narrow rendition, for where it stands beside words; empty where there is none
    decorative: bool = False  # without alternative text on purpose

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> PictureContent | None:
        return content_from(cls, data) if data else None


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
    language: str = ""  # where it is another than the installation's

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> ArticleContent | None:
        if not data:
            return None
        lists = {name: tuple(data[name]) for name in ("topic_ids", "topics", "authors")}
        return content_from(cls, {**data, **lists, "picture": PictureContent.from_json(data["picture"])})


@dataclass(frozen=True, slots=True)
class BlockContent:
    """One block of an edition. `kind` is a name of the registry, or of a kind that is no longer in it."""

    kind: str
    article: ArticleContent | None = None
    words: str = ""  # one line of plain text
    html: str = ""  # sanitised
    url: str = ""  # an address of our own is a path
    label: str = ""
    picture: PictureContent | None = None
    summary: str = ""  # several lines of plain text
    # Whose readers alone see it: the number of a segment or condition; of a heading, the whole section. 0: everybody.
    only: int = 0
    others: bool = False  # it is for everybody who isn't meant by `only`

    def is_for(self, segment_ids: Collection[int]) -> bool:
        """Does somebody see it who is meant by these and by no other?"""
        return not self.only or (self.only in segment_ids) != self.others

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> BlockContent:
        article, picture = data.get("article"), data.get("picture")
        made = {"article": ArticleContent.from_json(article), "picture": PictureContent.from_json(picture)}
        return content_from(cls, {**data, **made})
