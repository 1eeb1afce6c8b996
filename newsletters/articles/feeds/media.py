"""Pictures that a feed gives with an item: Media RSS, enclosures, iTunes, Atom's links; with credit and description.

The first is the one to show: what Media RSS calls the default, then the widest, and thumbnails only where there is
nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
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


_WORDS = {"title", "description", "copyright", "credit"}


class _RankedPicture(NamedTuple):
    rank: int  # the smallest first
    width: int
    picture: IncomingPicture


class _Surroundings:
    """The address of the feed, and what elements say of the pictures in them, in words of Media RSS; each element is
    read once."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._said: dict[Element, dict[str, list[str]]] = {}

    def nearest(self, around: tuple[Element, ...], local: str) -> str:
        return next((said[0] for each in around if (said := self._of(each).get(local))), "")

    def credit(self, around: tuple[Element, ...]) -> str:
        """All names that the nearest element gives."""
        named = next((said for each in around if (said := self._of(each).get("credit"))), [])
        return ", ".join(dict.fromkeys(named))

    def _of(self, element: Element) -> dict[str, list[str]]:
        if (known := self._said.get(element)) is not None:
            return known
        found: dict[str, list[str]] = {}
        for name, child in children(element):
            if name.module != _MEDIA or name.local not in _WORDS or len(found.get(name.local, ())) == _MOST:
                continue
            if words := plain_text(child):
                found.setdefault(name.local, []).append(words)
        self._said[element] = found
        return found


def pictures_of(item: Element, address: str) -> list[IncomingPicture]:
    """The best first."""
    found = list(islice(_given(item, address), _MOST))
    found.sort(key=lambda each: (each.rank, -each.width))
    return [each.picture for each in found]


def _given(item: Element, address: str) -> Iterator[_RankedPicture]:
    words = _Surroundings(address)
    for name, child in children(item):
        if name == FeedName(_MEDIA, "group"):
            for inner_name, inner in children(child):
                yield from _media(inner_name, inner, (inner, child, item), words)
        elif name.module == _MEDIA:
            yield from _media(name, child, (child, item), words)
        elif (chosen := _elsewhere(name, child)) is not None:
            yield from _picture(chosen[0], child, chosen[1], (item,), words)


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


def _media(
    name: FeedName, element: Element, around: tuple[Element, ...], words: _Surroundings
) -> Iterator[_RankedPicture]:
    if name == FeedName(_MEDIA, "content"):
        medium, url = attribute(element, "medium").lower(), attribute(element, "url")
        if medium == "image" or (not medium and _is_picture(attribute(element, "type"), url)):
            rank = 0 if attribute(element, "isdefault").lower() == "true" else 1
            yield from _picture(rank, element, url, around, words)
        for inner_name, inner in children(element):
            if inner_name == FeedName(_MEDIA, "thumbnail"):
                yield from _picture(4, inner, attribute(inner, "url"), around, words)
    elif name == FeedName(_MEDIA, "thumbnail"):
        yield from _picture(4, element, attribute(element, "url") or plain_text(element), around, words)


def _is_picture(kind: str, url: str) -> bool:
    kind = kind.lower()
    return kind.startswith("image/") if kind else bool(_PICTURE_FILE.search(url))


def _picture(
    rank: int, element: Element, url: str, around: tuple[Element, ...], words: _Surroundings
) -> Iterator[_RankedPicture]:
    """One, or none without an address."""
    if not url:
        return
    width = attribute(element, "width")
    pixels = int(width) if width.isascii() and width.isdecimal() and len(width) < 6 else 0
    near = around[:-1]  # what an item says of itself is not said of its picture
    credit = words.credit(around) or words.nearest(near, "copyright")
    yield _RankedPicture(
        rank, pixels,
        IncomingPicture(
            joined(base_of(element, words.address), url), alt=words.nearest(near, "title"),
            caption=words.nearest(near, "description"), credit=credit, width=pixels,
        ),
    )  # fmt: skip
