"""Pictures of items are fetched and become pictures of ours, as if somebody had uploaded them: re-encoded from pixels,
with the alternative text, the caption and the credit that the feed gives.

One that can't be had is left out with a sentence; the article comes in without it.
"""

from __future__ import annotations

import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from html import escape, unescape
from io import BytesIO
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from lib.downloading import download
from lib.fetching import Unreachable
from newsletters.articles.decoding import NotAPicture
from newsletters.articles.feeds.contents import IncomingPicture
from newsletters.articles.feeds.fetching import private_hosts_for
from newsletters.articles.feeds.seen_items import digest
from newsletters.articles.pictures import IN_TEXT_WIDTH, picture_path
from newsletters.articles.preparing import make_picture
from newsletters.models import FeedPicture, FeedSource, Picture

MOST_IN_TEXT = 20  # of an item
MOST_BYTES = 15_000_000
SECONDS = 10.0  # for one
SECONDS_OF_AN_ITEM = 60.0  # for all of an item; those that are left then stay out
_IMAGE = re.compile(r'<img((?: [a-z-]+="[^"]*")*)>')  # as nh3 writes it
# What is left of a figure without its picture.
_LEFT_CAPTION = re.compile(
    r"<figure[^>]*>\s*(?:<a[^>]*>\s*</a>\s*)?<figcaption>(?:(?!</?fig).)*</figcaption>\s*</figure>", re.DOTALL
)
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')


class PictureBringing(ABC):
    """The pictures of one article from elsewhere. One that was brought before is ours already, and isn't asked for
    again."""

    most_in_text = MOST_IN_TEXT
    seconds_of_all = SECONDS_OF_AN_ITEM

    def __init__(self, known: dict[IncomingPicture, Picture | None] | None = None) -> None:
        """`known` may be shared by many articles."""
        self.problems: list[str] = []
        self._ends = time.monotonic() + self.seconds_of_all
        self._known = {} if known is None else known

    @abstractmethod
    def rows_of(self, key: str) -> QuerySet[Any]:
        """Which pictures were brought under that key, in a column `picture`."""

    @abstractmethod
    def remember(self, key: str, picture: Picture) -> None:
        """So that `rows_of` finds it, in the transaction that makes it."""

    @abstractmethod
    def data_of(self, url: str, seconds: float) -> bytes:
        """The file. Raises `Unreachable`, with the end of a sentence."""

    def identity_of(self, url: str) -> str:
        """What stays the same as long as the file does."""
        return url

    def fetch(self, incoming: IncomingPicture) -> Picture | None:
        """Without alternative text it is marked as decorative: nothing is made up for people who can't see it."""
        if incoming not in self._known:
            self._known[incoming] = self._made(incoming)
        return self._known[incoming]

    def _made(self, incoming: IncomingPicture) -> Picture | None:
        said = [self.identity_of(incoming.url), incoming.alt, incoming.caption, incoming.credit]
        key = digest(json.dumps(said))
        known = Picture.objects.exclude(state=Picture.State.FAILED).filter(pk__in=self.rows_of(key).values("picture"))
        return known.first() or self._brought(incoming, key)

    def _brought(self, incoming: IncomingPicture, key: str) -> Picture | None:
        left = self._ends - time.monotonic()
        if left <= 0:
            self.problems.append(f"A picture is left out: those before it took too long ({incoming.url}).")
            return None
        try:
            data = self.data_of(incoming.url, min(SECONDS, left))
            with transaction.atomic():
                picture = make_picture(
                    BytesIO(data), alt=incoming.alt, caption=incoming.caption, credit=incoming.credit,
                    is_decorative=not incoming.alt,
                )  # fmt: skip
                self.remember(key, picture)
        except Unreachable as problem:
            self.problems.append(f"A picture is left out: {problem} ({incoming.url}).")
        except NotAPicture as problem:
            self.problems.append(f"A picture is left out ({incoming.url}). {problem}")
        else:
            return picture
        return None

    def with_own_pictures(self, html: str, credits_of: Mapping[str, str] | None = None) -> str:
        """The cleaned text with our own copies of its pictures; those that can't be had are taken out on saving."""
        taken = 0

        def image(found: re.Match[str]) -> str:
            nonlocal taken
            taken += 1
            if taken > self.most_in_text:
                if taken == self.most_in_text + 1:
                    self.problems.append(f"Only the first {self.most_in_text} pictures of the text came in.")
                return ""
            attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(found[1])}
            src = attributes.get("src", "")
            credit = (credits_of or {}).get(src, "")
            picture = self.fetch(IncomingPicture(src, alt=attributes.get("alt", "")[:300], credit=credit))
            if picture is None:
                return ""
            role = "" if picture.alt else ' role="presentation"'
            return (
                f'<img src="{picture_path(picture, IN_TEXT_WIDTH)}" alt="{escape(picture.alt)}"'
                f' data-picture="{picture.pk}"{role}>'
            )

        return _LEFT_CAPTION.sub("", _IMAGE.sub(image, html)) if "<img" in html else html


class PictureFetching(PictureBringing):
    """Of an item of a feed."""

    def __init__(self, source: FeedSource) -> None:
        super().__init__()
        self._source = source
        self._private = private_hosts_for(source.address)

    def rows_of(self, key: str) -> QuerySet[FeedPicture]:
        return self._source.pictures.filter(key=key)

    def remember(self, key: str, picture: Picture) -> None:
        self._source.pictures.update_or_create(key=key, defaults={"picture": picture})

    def data_of(self, url: str, seconds: float) -> bytes:
        return downloaded_picture(url, seconds, self._private)


def downloaded_picture(url: str, seconds: float, private: frozenset[str]) -> bytes:
    """Raises `Unreachable`, with the end of a sentence."""
    answer = download(
        url, accept="image/*", agent=f"Iria feed reader (+{settings.SITE_URL})", most=MOST_BYTES,
        most_unpacked=MOST_BYTES, seconds=seconds, private=private,
    )  # fmt: skip
    if answer.status != 200:
        raise Unreachable(f"the server answered {answer.status}")
    return answer.body
