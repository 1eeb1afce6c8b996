"""Read a feed: from the bytes that a file holds or a server sent to the items that would come in.

Nothing is asked of the network or the database, and nothing is changed. Whatever the bytes are, the time and the memory
that they take are bounded, and what comes of it is `FeedContents` or `NotAFeed` with a sentence.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from django.utils import timezone

from lib.characters import one_line
from lib.html_text import html_to_words
from lib.unpacking import GZIP, CannotUnpack, unpacked
from newsletters.articles.feeds import cleaning
from newsletters.articles.feeds.charsets import decoded
from newsletters.articles.feeds.contents import (
    MOST_READ,
    FeedContents,
    IncomingItem,
    IncomingPicture,
    NotAFeed,
    WrittenFeed,
    WrittenItem,
    WrittenText,
)
from newsletters.articles.feeds.dates import read_date
from newsletters.articles.feeds.json_feeds import is_json, json_feed_of
from newsletters.articles.feeds.markup import parsed_markup
from newsletters.articles.feeds.xml_feeds import feed_of
from newsletters.articles.writing import BodyTooLong

MOST_BYTES = 20_000_000
MOST_ITEMS = 1000  # the newest; a feed that holds more is an archive
MOST_ID = 2000  # characters
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before: what programs write for “no date”, and no page was there
AHEAD = timedelta(hours=26)  # clocks differ, and zones are forgotten


def read_feed(data: bytes, *, content_type: str = "", address: str = "", now: datetime | None = None) -> FeedContents:
    """The feed. `address` is where it was found: relative addresses in it are relative to that. Raises `NotAFeed`."""
    if data.startswith(GZIP):
        try:
            data = unpacked(data, "gzip", most=MOST_BYTES)
        except CannotUnpack as problem:
            raise NotAFeed(f"This feed can't be read: {problem}.") from None
    if len(data) > MOST_BYTES:
        raise NotAFeed(f"This feed is larger than {MOST_BYTES // 1_000_000} MB. We don't read it.")
    if not data.strip(b"\x00\t\r\n "):
        raise NotAFeed("This isn't a feed: it is empty.")
    text, doubt = decoded(data, content_type)
    warnings = [doubt] if doubt else []
    if is_json(text):
        feed = json_feed_of(text, address)
    else:
        root, problems = parsed_markup(text)
        warnings += problems
        feed = feed_of(root, address)
    return _FeedReading(feed, address, now or timezone.now(), warnings).contents()


class _FeedReading:
    """One feed on its way from what is written to what would come in."""

    def __init__(self, feed: WrittenFeed, address: str, now: datetime, warnings: list[str]) -> None:
        self.feed, self.now, self.warnings = feed, now, warnings
        self.address = address or cleaning.web_address(feed.address, "") or cleaning.web_address(feed.link, "")
        self.counts: Counter[str] = Counter()

    def contents(self) -> FeedContents:
        feed = self.feed
        items = tuple(self._item(item, moment) for item, moment in self._chosen())
        if not feed.items:
            self.warnings.append("The feed has no items.")
        self._say_counts()
        return FeedContents(
            format=feed.format,
            title=cleaning.shortened(cleaning.plain_line(feed.title), cleaning.MOST_TITLE),
            link=cleaning.web_address(feed.link, self.address),
            description=cleaning.shortened(cleaning.plain_line(feed.description), cleaning.MOST_SUMMARY),
            language=one_line(feed.language)[:35],
            author=one_line(feed.author)[:200],
            hub=cleaning.web_address(feed.hub, self.address),
            address=cleaning.web_address(feed.address, self.address),
            items=items,
            warnings=tuple(self.warnings),
        )

    def _chosen(self) -> list[tuple[WrittenItem, datetime | None]]:
        """Each id once, newest first where each has a date, no more than we take."""
        dated = [(item, self._moment(item)) for item in self.feed.items]
        moments = [moment for _item, moment in dated if moment is not None]
        if len(moments) == len(dated):
            dated.sort(key=lambda pair: pair[1] or self.now, reverse=True)
        seen: dict[str, tuple[WrittenItem, datetime | None]] = {}
        for item, moment in dated:
            item.id = _identity(item, self.address)
            if item.id in seen:
                self.counts["twice"] += 1
            seen.setdefault(item.id, (item, moment))
        count = len(seen) if self.feed.item_count <= MOST_READ else self.feed.item_count
        if count > MOST_ITEMS:
            self.warnings.append(f"The feed has {count:,} items. We read the first {MOST_ITEMS:,}.")
        return list(seen.values())[:MOST_ITEMS]

    def _moment(self, item: WrittenItem) -> datetime | None:
        """When it was published, or else changed. None where that isn't said, or can't be."""
        read = [each for each in (read_date(item.published), read_date(item.updated)) if each is not None]
        moment = next((each for each in read if each >= _EARLIEST), None)
        if moment is None:
            written = item.published or item.updated
            self.counts["long ago" if read else "unreadable date" if written else "no date"] += 1
        elif moment > self.now + AHEAD:
            self.counts["ahead"] += 1
            return None
        return moment

    def _item(self, item: WrittenItem, moment: datetime | None) -> IncomingItem:
        link = cleaning.web_address(item.link, self.address) or (
            cleaning.web_address(item.id, "") if item.id.startswith(("http://", "https://")) else ""
        )
        html, in_text = self._text(item, link)
        words = html_to_words(html)
        summary = cleaning.plain_line(item.summary) if item.text else ""
        title = cleaning.plain_line(item.title)
        if not title:
            self.counts["no title"] += 1
            title = cleaning.first_sentences(words) or summary or link
        if not link:
            self.counts["no link"] += 1
        return IncomingItem(
            id=item.id,
            title=cleaning.shortened(title, cleaning.MOST_TITLE),
            link=link,
            published=moment,
            updated=read_date(item.updated),
            author=one_line(", ".join(item.authors))[:200],
            summary=cleaning.shortened(summary, cleaning.MOST_SUMMARY) or cleaning.first_sentences(words),
            html=html,
            topics=tuple(filter(None, (cleaning.plain_line(WrittenText(each)) for each in item.topics))),
            picture=_best(item.pictures, in_text),
            raw_fingerprint=item.raw_fingerprint(),
        )

    def _text(self, item: WrittenItem, link: str) -> cleaning.CleanText:
        """The whole text if there is one that we can take, else the summary."""
        for text in (item.text, item.summary):
            if text is None:
                continue
            try:
                return cleaning.clean_text(text, link or self.address)
            except BodyTooLong:
                self.counts["too long"] += 1
        return cleaning.CleanText("", None)

    def _say_counts(self) -> None:
        for kind, (one, several) in _SENTENCES.items():
            if count := self.counts[kind]:
                self.warnings.append(one if count == 1 else several.format(count=f"{count:,}"))


_SENTENCES = {
    "no date": (
        "One item has no date. It comes in with the time at which it is found.",
        "{count} items have no date. They come in with the time at which they are found.",
    ),
    "unreadable date": (
        "The date of one item can't be read. It comes in with the time at which it is found.",
        "The dates of {count} items can't be read. They come in with the time at which they are found.",
    ),
    "long ago": (
        "The date of one item lies before 1990. It comes in with the time at which it is found.",
        "The dates of {count} items lie before 1990. They come in with the time at which they are found.",
    ),
    "ahead": (
        "The date of one item lies ahead. It comes in with the time at which it is found.",
        "The dates of {count} items lie ahead. They come in with the time at which they are found.",
    ),
    "twice": ("One item is in the feed twice. We take it once.", "{count} items repeat others. We take each once."),
    "no title": (
        "One item has no headline. Its first words become one.",
        "{count} items have no headline. Their first words become one.",
    ),
    "no link": ("One item has no link to a page.", "{count} items have no link to a page."),
    "too long": (
        "The text of one item is too long or too tangled for an article. Its summary comes in instead.",
        "The texts of {count} items are too long or too tangled for an article. Their summaries come in instead.",
    ),
}


def _identity(item: WrittenItem, address: str) -> str:
    """Its id, else its address, else a fingerprint of what it says."""
    if found := one_line(item.id) or cleaning.web_address(item.link, address):
        return found if len(found) <= MOST_ID else f"sha256:{sha256(found.encode()).hexdigest()}"
    said = [item.title, item.text, item.summary]
    whole = "\0".join([item.published, *(text.value if text else "" for text in said)])
    return f"sha256:{sha256(whole.encode('utf-8', 'replace')).hexdigest()}"


def _best(given: list[IncomingPicture], in_text: IncomingPicture | None) -> IncomingPicture | None:
    """The one that the feed gives, with what its twin in the text says of it; else the first of the text."""
    pictures = [tidy for each in given if (tidy := cleaning.tidy_picture(each))]
    own = cleaning.tidy_picture(in_text) if in_text else None
    if not pictures:
        return own
    best = pictures[0]
    if own is not None and not best.alt and _file_of(own.url) == _file_of(best.url):
        return IncomingPicture(best.url, own.alt, best.caption or own.caption, best.credit, best.width)
    return best


def _file_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
