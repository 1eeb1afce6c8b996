"""Fetch a feed from its address, or from that of a page that names it. Nothing is changed.

What servers say of time is given on: 304, Retry-After, a move for good, 410. All limits are those of `lib.downloading`:
three redirects, 5 MB, ten seconds, no address on a private network; for a page and the feed that it names, each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.utils import timezone

from lib.downloading import Download, download
from lib.fetching import Unreachable, host_and_port
from newsletters.articles.feeds.charsets import decoded
from newsletters.articles.feeds.contents import FeedContents, NotAFeed
from newsletters.articles.feeds.discovering import feeds_named_by
from newsletters.articles.feeds.reading import read_feed

ACCEPTED = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9,"
    " application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5"
)
MOST_WAIT = timedelta(days=7)  # that a server may ask for
_HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class FetchedFeed:
    """What a server answered. `contents` is None where nothing has changed since (304)."""

    address: str  # of the feed, after redirects
    moved_to: str  # where it has moved for good; empty when it hasn't
    contents: FeedContents | None
    etag: str = ""
    last_modified: str = ""
    asked_for: str = ""  # where the feed was asked for: the address given, or that which a page named

    def is_at(self, address: str) -> bool:
        """Whether that is the feed's own address, and not the one of a page that names it."""
        return self.asked_for == address


class FeedTrouble(Exception):
    """There was no feed to be had; the message is one sentence. `gone` when the server says that there won't be any
    more; `wait` is how long it asks us to stay away."""

    def __init__(self, message: str, *, gone: bool = False, wait: timedelta | None = None) -> None:
        self.gone, self.wait = gone, wait
        super().__init__(message)


def is_web_address(written: str) -> bool:
    return written.lower().startswith(("http://", "https://"))


def private_hosts_for(address: str) -> frozenset[str]:
    """Where on a private network a feed with this address may send us: to its own host, if the operator named it.
    Nothing that a public feed or page says leads there."""
    try:
        own = host_and_port(address)
    except Unreachable:
        return frozenset()
    allowed: set[str] = set()
    for named in settings.FEEDS_FROM_PRIVATE_HOSTS:
        has_port = named.rpartition(":")[2].isdecimal() and not named.endswith("]")
        bare = named.replace("[", "").replace("]", "")  # an IPv6 address
        allowed |= {bare} if has_port else {f"{bare}:80", f"{bare}:443"}
    host = own.rpartition(":")[0]
    return frozenset(each for each in allowed if each.rpartition(":")[0] == host) if own in allowed else frozenset()


def fetch_feed(address: str, *, etag: str = "", last_modified: str = "", discover: bool = True) -> FetchedFeed:
    """The feed at the address; with `discover`, of a page the first feed that it names. Raises `FeedTrouble`."""
    private = private_hosts_for(address)
    answer = _download(address, private, etag, last_modified)
    if discover and answer.status != 304 and _is_page(answer):
        named = feeds_named_by(decoded(answer.body, answer.headers.get("content-type", "")).text, answer.address)
        if not named:
            raise FeedTrouble("This is a web page, and it names no feed. Give the address of the feed itself.")
        address = named[0].address
        answer = _download(address, private)
    if answer.status == 304:
        return FetchedFeed(answer.address, answer.moved_to, None, etag, last_modified)
    try:
        contents = read_feed(answer.body, content_type=answer.headers.get("content-type", ""), address=answer.address)
    except NotAFeed as problem:
        raise FeedTrouble(str(problem)) from None
    return FetchedFeed(
        answer.address, answer.moved_to, contents,
        etag=answer.headers.get("etag", "")[:500], last_modified=answer.headers.get("last-modified", "")[:100],
        asked_for=address,
    )  # fmt: skip


def _download(address: str, private: frozenset[str], etag: str = "", last_modified: str = "") -> Download:
    try:
        answer = download(
            address, accept=ACCEPTED, agent=f"Iria feed reader (+{settings.SITE_URL})", etag=etag,
            last_modified=last_modified, private=private,
        )  # fmt: skip
    except Unreachable as problem:
        raise FeedTrouble(f"The feed can't be fetched: {problem}.") from None
    if answer.status == 410:
        raise FeedTrouble("The server says that this feed is gone for good (410).", gone=True)
    if answer.status == 404:
        raise FeedTrouble("There is no feed at this address (404).")
    if answer.status not in {200, 203, 304}:
        wait = _wait_of(answer.headers.get("retry-after", ""))
        raise FeedTrouble(f"The server answered {answer.status} instead of sending the feed.", wait=wait)
    return answer


def _is_page(answer: Download) -> bool:
    """What it calls itself doesn't count where it begins like a feed: servers call feeds text/html, too."""
    beginning = answer.body[:2000].lstrip().lower()
    if beginning.startswith((b"<?xml", b"<rss", b"<feed", b"<rdf", b"{")) and b"<html" not in beginning:
        return False
    said = answer.headers.get("content-type", "").lower().startswith(_HTML)
    return b"<html" in beginning or b"<!doctype html" in beginning or (said and b"<rss" not in beginning)


def _wait_of(retry_after: str) -> timedelta | None:
    """A Retry-After header: seconds or a date (RFC 9110 §10.2.3)."""
    written = retry_after.strip()
    if written.isascii() and written.isdecimal():
        return min(timedelta(seconds=int(written[:9])), MOST_WAIT)
    try:
        until = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError):
        return None
    return min(max(_aware(until) - timezone.now(), timedelta(0)), MOST_WAIT)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
