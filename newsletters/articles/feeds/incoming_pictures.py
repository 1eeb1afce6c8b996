"""Pictures of items are fetched and become pictures of ours, as if somebody had uploaded them: re-encoded from pixels,
with the alternative text, the caption and the credit that the feed gives.

One that can't be had is left out with a sentence; the article comes in without it.
"""

from __future__ import annotations

import json
import re
import time
from html import escape, unescape
from io import BytesIO

from django.conf import settings
from django.db import transaction

from lib.downloading import download
from lib.fetching import Unreachable
from newsletters.articles.decoding import NotAPicture
from newsletters.articles.feeds.contents import IncomingPicture
from newsletters.articles.feeds.fetching import private_hosts_for
from newsletters.articles.feeds.seen_items import digest
from newsletters.articles.pictures import IN_TEXT_WIDTH, picture_path
from newsletters.articles.preparing import make_picture
from newsletters.models import FeedSource, Picture

MOST_IN_TEXT = 20  # of an item
MOST_BYTES = 15_000_000
SECONDS = 10.0  # for one
SECONDS_OF_AN_ITEM = 60.0  # for all of an item; those that are left then stay out
_IMAGE = re.compile(r'<img((?: [a-z-]+="[^"]*")*)>')  # as nh3 writes it
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')


class PictureFetching:
    """The pictures of one item. One that the feed has given before is ours already, and isn't asked for again."""

    def __init__(self, source: FeedSource) -> None:
        self.problems: list[str] = []
        self._source = source
        self._private = private_hosts_for(source.address)
        self._ends = time.monotonic() + SECONDS_OF_AN_ITEM
        self._known: dict[str, Picture | None] = {}

    def fetch(self, incoming: IncomingPicture) -> Picture | None:
        """Without alternative text it is marked as decorative: nothing is made up for people who can't see it."""
        if incoming.url not in self._known:
            self._known[incoming.url] = self._made(incoming)
        return self._known[incoming.url]

    def _made(self, incoming: IncomingPicture) -> Picture | None:
        said = [incoming.url, incoming.alt, incoming.caption, incoming.credit]
        key = digest(json.dumps(said))
        known = Picture.objects.exclude(state=Picture.State.FAILED).filter(
            pk__in=self._source.pictures.filter(key=key).values("picture")
        )
        return known.first() or self._downloaded(incoming, key)

    def _downloaded(self, incoming: IncomingPicture, key: str) -> Picture | None:
        left = self._ends - time.monotonic()
        if left <= 0:
            self.problems.append(f"A picture is left out: those before it took too long ({incoming.url}).")
            return None
        try:
            answer = download(
                incoming.url, accept="image/*", agent=f"Iria feed reader (+{settings.SITE_URL})", most=MOST_BYTES,
                most_unpacked=MOST_BYTES, seconds=min(SECONDS, left), private=self._private,
            )  # fmt: skip
            if answer.status != 200:
                self.problems.append(f"A picture is left out: the server answered {answer.status} ({incoming.url}).")
                return None
            with transaction.atomic():
                picture = make_picture(
                    BytesIO(answer.body), alt=incoming.alt, caption=incoming.caption, credit=incoming.credit,
                    is_decorative=not incoming.alt,
                )  # fmt: skip
                self._source.pictures.update_or_create(key=key, defaults={"picture": picture})
        except Unreachable as problem:
            self.problems.append(f"A picture is left out: {problem} ({incoming.url}).")
        except NotAPicture as problem:
            self.problems.append(f"A picture is left out ({incoming.url}). {problem}")
        else:
            return picture
        return None

    def with_own_pictures(self, html: str) -> str:
        """The cleaned text with our own copies of its pictures; those that can't be had are taken out on saving."""
        taken = 0

        def image(found: re.Match[str]) -> str:
            nonlocal taken
            taken += 1
            if taken > MOST_IN_TEXT:
                return ""
            attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(found[1])}
            picture = self.fetch(IncomingPicture(attributes.get("src", ""), alt=attributes.get("alt", "")[:300]))
            if picture is None:
                return ""
            role = "" if picture.alt else ' role="presentation"'
            return (
                f'<img src="{picture_path(picture, IN_TEXT_WIDTH)}" alt="{escape(picture.alt)}"'
                f' data-picture="{picture.pk}"{role}>'
            )

        return _IMAGE.sub(image, html)
