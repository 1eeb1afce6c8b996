"""How an item of a feed is known again, and whether it has changed since we saw it.

It has changed when two things differ: what is written in the feed, and what would come in of that. The first alone may
be a counter that we leave out; the second alone is a rule of ours that has changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.utils import timezone

from newsletters.articles.feeds.contents import IncomingItem
from newsletters.models import FeedItem, FeedSource

FIRST_PAUSE = timedelta(minutes=30)  # between two changes of an item; doubled each time
LONGEST_PAUSE = timedelta(days=1)
_COUNTERS = re.compile(r"^(?:utm_\w+|fbclid|gclid|mc_[ce]id)$")
_LOOKED_AT = 50  # earlier items with the same address


@dataclass(frozen=True, slots=True)
class Keys:
    """How an item is known again: by its id, and by its address whatever counters are in it, with its headline."""

    id: str
    link: str
    title: str

    @classmethod
    def of_item(cls, item: IncomingItem) -> Keys:
        return cls(digest(item.id), digest(_canonical(item.link)) if item.link else "", digest(item.title))


def digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def _canonical(link: str) -> str:
    parts = urlsplit(link)
    query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _COUNTERS.match(pair[0])])
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}?{query}"


def fingerprint_of(item: IncomingItem) -> str:
    """Of what would change the article."""
    picture = item.picture.url if item.picture else ""
    return digest(json.dumps([item.title, item.summary, item.html, item.link, picture]))


def row_of(source: FeedSource, item: IncomingItem, keys: Keys) -> FeedItem:
    """Not saved yet."""
    return FeedItem(
        source=source, key=keys.id, link_key=keys.link, title_key=keys.title, published_at=item.published,
        fingerprint=fingerprint_of(item), raw_fingerprint=item.raw_fingerprint,
    )  # fmt: skip


def take_note(source: FeedSource, items: Iterable[tuple[IncomingItem, Keys]]) -> None:
    """Items that never come in: they were there before us, or can't become articles. Those that are known stay."""
    rows = [row_of(source, item, keys) for item, keys in items]
    FeedItem.objects.bulk_create(rows, ignore_conflicts=True, batch_size=100)


def known_items(source: FeedSource, ids: list[str]) -> dict[str, FeedItem]:
    """By their digest."""
    rows: dict[str, FeedItem] = {}
    for start in range(0, len(ids), 500):
        found = source.items.filter(key__in=ids[start : start + 500]).select_related("article")
        rows.update((row.key, row) for row in found)
    return rows


def renamed(source: FeedSource, item: IncomingItem, keys: Keys, present: set[str]) -> FeedItem | None:
    """The same article under a new id, whose old one is in the feed no more. The address alone says too little: of some
    feeds all items lead to one page. So the headline or the date is the same, too."""
    for row in source.items.filter(link_key=keys.link).select_related("article").order_by("-pk")[:_LOOKED_AT]:
        is_same = row.title_key == keys.title or (item.published is not None and row.published_at == item.published)
        if is_same and row.key not in present and not source.items.filter(key=keys.id).exists():
            row.key = keys.id
            row.save(update_fields=["key"])
            return row
    return None


def has_changed(row: FeedItem, item: IncomingItem) -> bool:
    """Whether its article is to be written again."""
    fingerprint = fingerprint_of(item)
    if row.article_id is None or row.fingerprint == fingerprint:
        return False
    if row.raw_fingerprint != item.raw_fingerprint:
        return True
    FeedItem.objects.filter(pk=row.pk).update(fingerprint=fingerprint)
    return False


def rests(row: FeedItem) -> bool:
    """It changed a short time ago. What changes at every look, such as a number of visitors, would be written again and
    again; the pauses between its changes grow to a day."""
    if row.changed_at is None:
        return False
    pause = min(FIRST_PAUSE * 2 ** min(row.changes - 1, 10), LONGEST_PAUSE)
    return bool(timezone.now() < row.changed_at + pause)


def note_change(row: FeedItem, item: IncomingItem) -> None:
    """The row says what the feed says now; save it."""
    row.fingerprint, row.raw_fingerprint = fingerprint_of(item), item.raw_fingerprint
    row.title_key, row.published_at = digest(item.title), item.published
    row.changes, row.changed_at = min(row.changes + 1, 1000), timezone.now()
