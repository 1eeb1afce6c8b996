"""Pictures that a feed gives with an item: Media RSS, enclosures, iTunes, Atom's links; with credit and description.

The first is the one to show: what Media RSS calls the default, then the widest, and thumbnails only where there is
nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from newsletters.articles.feeds.contents import IncomingPicture
from newsletters.articles.feeds.elements import (
    CORE,
    FeedName,
    attribute,
    base_of,
    children,
    joined,
    plain_text,
)
from newsletters.articles.feeds.markup import Element

_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|webp|gif)(?:[?#]|$)", re.IGNORECASE)
_MOST = 30  # that are looked at of an item
_MEDIA = "media"


class _RankedPicture(NamedTuple):
    rank: int  # the smallest first
    width: int
    picture: IncomingPicture


def pictures_of(item: Element, address: str) -> list[IncomingPicture]:
    """The best first."""
    found: list[_RankedPicture] = []
    for name, child in children(item):
        if len(found) >= _MOST:
            break
        if name == FeedName(_MEDIA, "group"):
            for inner_name, inner in children(child):
                found += _media(inner_name, inner, (inner, child, item), address)
        elif name.module == _MEDIA:
            found += _media(name, child, (child, item), address)
        elif (chosen := _elsewhere(name, child)) is not None:
            found += _picture(chosen[0], child, chosen[1], (item,), address)
    found.sort(key=lambda each: (each.rank, -each.width))
    return [each.picture for each in found]


def _elsewhere(name: FeedName, element: Element) -> tuple[int, str] | None:
    """Rank and address of a picture that no element of Media RSS says."""
    kind = attribute(element, "type")
    if name == FeedName(CORE, "enclosure") and _is_picture(kind, attribute(element, "url")):
        return 2, attribute(element, "url")
    if name == FeedName(CORE, "link") and attribute(element, "rel").lower() == "enclosure":
        return (2, attribute(element, "href")) if _is_picture(kind, attribute(element, "href")) else None
    if name == FeedName("itunes", "image"):
        return 3, attribute(element, "href") or plain_text(element)
    if name == FeedName(CORE, "image"):
        inside = next((plain_text(each) for inner, each in children(element) if inner.local == "url"), "")
        return 2, inside or plain_text(element) or attribute(element, "url")
    return None


def _media(name: FeedName, element: Element, around: tuple[Element, ...], address: str) -> Iterator[_RankedPicture]:
    if name == FeedName(_MEDIA, "content"):
        medium, url = attribute(element, "medium").lower(), attribute(element, "url")
        if medium == "image" or (not medium and _is_picture(attribute(element, "type"), url)):
            rank = 0 if attribute(element, "isdefault").lower() == "true" else 1
            yield from _picture(rank, element, url, around, address)
        for inner_name, inner in children(element):
            if inner_name == FeedName(_MEDIA, "thumbnail"):
                yield from _picture(4, inner, attribute(inner, "url"), around, address)
    elif name == FeedName(_MEDIA, "thumbnail"):
        yield from _picture(4, element, attribute(element, "url") or plain_text(element), around, address)


def _is_picture(kind: str, url: str) -> bool:
    kind = kind.lower()
    return kind.startswith("image/") if kind else bool(_PICTURE_FILE.search(url))


def _picture(
    rank: int, element: Element, url: str, around: tuple[Element, ...], address: str
) -> Iterator[_RankedPicture]:
    """One, or none without an address."""
    if not url:
        return
    width = attribute(element, "width")
    pixels = int(width) if width.isascii() and width.isdecimal() and len(width) < 6 else 0
    near = around[:-1]  # what an item says of itself is not said of its picture
    credit = _credit(around) or _said(near, "copyright")
    yield _RankedPicture(
        rank, pixels,
        IncomingPicture(
            joined(base_of(element, address), url), alt=_said(near, "title"), caption=_said(near, "description"),
            credit=credit, width=pixels,
        ),
    )  # fmt: skip


def _said(around: tuple[Element, ...], local: str) -> str:
    """The words of Media RSS nearest to the picture."""
    for element in around:
        for name, child in children(element):
            if name == FeedName(_MEDIA, local) and (words := plain_text(child)):
                return words
    return ""


def _credit(around: tuple[Element, ...]) -> str:
    for element in around:
        named = [child for name, child in children(element) if name == FeedName(_MEDIA, "credit")]
        if found := [words for each in named if (words := plain_text(each))]:
            return ", ".join(dict.fromkeys(found))
    return ""
