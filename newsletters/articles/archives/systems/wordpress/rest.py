"""A WordPress site asked by its REST API: what anybody may read there, with pictures, people and topics.

The API is found by what the site says of it. It is asked for page after page, one request at a time with a pause, never
for more than was agreed on; a page that is too large, or that the server can't make, is asked for in smaller parts. All
that `lib.fetching` says of addresses holds.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from django.conf import settings

from lib.downloading import Download, download
from lib.fetching import Unreachable
from newsletters.articles.archives.archived import (
    ArchivedAuthor,
    ArchivedComment,
    ArchivedThing,
    ArchiveNote,
    ArchiveOptions,
    LeftOut,
    UnreadableArchive,
)
from newsletters.articles.archives.formats.written_texts import clean_value
from newsletters.articles.archives.systems.wordpress.comment_store import CommentStore, comment_store
from newsletters.articles.archives.systems.wordpress.media import media_library
from newsletters.articles.archives.systems.wordpress.posts import (
    WrittenPost,
    article_of,
    moment_of,
    picture_of,
    words_of,
)
from newsletters.articles.archives.systems.wordpress.wxr import plain_comment

A_PAGE = 50  # posts
MOST_REQUESTS = 5000  # for posts, as many for pages and as many for comments: none uses up what another needs
MOST_POSTS = 200_000
MOST_BYTES = 20_000_000
SECONDS = 60.0  # for one answer
PAUSE = 0.2  # seconds between two requests
LONGEST_WAIT = 60.0  # seconds, that a server may ask for
TRIES = 3
_LINK = re.compile(r'<([^<>]{1,2000})>\s*;[^,]{0,200}?rel="?https://api\.w\.org/"?')
_LINK_TAG = re.compile(r"<link\b[^<>]{0,500}>", re.IGNORECASE)
_HREF = re.compile(r"""href=["']([^"']{1,2000})["']""")

Sleep = Callable[[float], None]


def posts_of_site(
    address: str, options: ArchiveOptions, *, private: frozenset[str] = frozenset(), sleep: Sleep = time.sleep
) -> Iterator[ArchivedThing]:
    """All posts that the site shows, the oldest first. Raises `UnreadableArchive`."""
    site = _Site(address, private, sleep)
    with media_library() as media, comment_store() as comments:
        if options.with_comments:
            yield from _gather_comments(site, comments)
        for kind in ("posts", "pages") if options.with_pages else ("posts",):
            for said in site.each(kind):
                if isinstance(said, LeftOut):
                    yield said
                else:
                    yield article_of(_post(said, kind, site, comments), media)


class _Site:
    def __init__(self, address: str, private: frozenset[str], sleep: Sleep) -> None:
        self._private, self._sleep = private, sleep
        self._requests: Counter[str] = Counter()  # by what they are for
        self.root = self._find(address)
        self.address = _site_at(self.root)

    def each(self, kind: str) -> Iterator[dict[str, Any] | LeftOut]:
        """What the list of that kind holds. One that a server can't give is left out, and the next follows."""
        start, size = 0, A_PAGE
        while start < MOST_POSTS:
            found = self._part(kind, start, size)
            if found is None and size > 1:
                size = max(1, size // 5)
                continue
            if found is None:
                yield LeftOut(f"Number {start + 1:,}", "The site can't show it: it answers with an error.")
                found_all, start, size = [], start + 1, A_PAGE
            else:
                found_all = found
                start += len(found)
            yield from found_all
            if found is not None and len(found) < size:
                return
            size = A_PAGE

    def _part(self, kind: str, start: int, size: int) -> list[dict[str, Any]] | None:
        """None where the server gives no list: an error, or more than we take."""
        query = {"per_page": size, "offset": start, "order": "asc", "orderby": "id"}
        if kind != "comments":
            query["_embed"] = "author,wp:featuredmedia,wp:term"
        try:
            answer = self._ask(self._address(f"wp/v2/{kind}", query), kind)
        except Unreachable as problem:
            if problem.denied and size > 1:  # too large
                return None
            raise UnreadableArchive(f"{self.root} can't be read: {problem}.") from None
        if answer.status == 400 and start:  # beyond the end
            return []
        if answer.status in {401, 403, 404}:
            raise UnreadableArchive(
                f"The site doesn't let anybody read its {kind} by its API ({answer.status}). Export them there, and "
                "bring the file."
            )
        return _listed(answer.body, size) if answer.status == 200 else None

    def _address(self, path: str, query: dict[str, Any]) -> str:
        """With “?rest_route=” where a site has no readable addresses."""
        joint = "&" if "?" in self.root else "?"
        return f"{self.root}{path}{joint}{urlencode(query)}"

    def _ask(self, address: str, kind: str = "") -> Download:
        """Raises `Unreachable`."""
        for attempt in range(1, TRIES + 1):
            if self._requests[kind] >= MOST_REQUESTS:
                raise UnreadableArchive(
                    f"The site has more {kind} than we ask for in one go. Bring its export, by year."
                )
            if self._requests:
                self._sleep(PAUSE)
            self._requests[kind] += 1
            try:
                answer = download(
                    address, accept="application/json", agent=f"Iria archive reader (+{settings.SITE_URL})",
                    most=MOST_BYTES, most_unpacked=MOST_BYTES, seconds=SECONDS, private=self._private,
                )  # fmt: skip
            except Unreachable as problem:
                if problem.denied or problem.gone or attempt == TRIES:
                    raise
                continue
            if answer.status not in {429, 503} or attempt == TRIES:
                return answer
            asked = answer.headers.get("retry-after", "")
            wait = float(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 5.0
            self._sleep(min(wait, LONGEST_WAIT))
        raise Unreachable("it did not answer")

    def _find(self, address: str) -> str:
        """Where the API is: as the site says in a header or in its page; else where it usually is."""
        if "/wp-json" in address:
            return address.partition("/wp-json")[0] + "/wp-json/"
        try:
            answer = self._ask(address)
        except Unreachable as problem:
            raise UnreadableArchive(f"{address} can't be read: {problem}.") from None
        if answer.status >= 400:
            raise UnreadableArchive(f"{address} can't be read: it answered {answer.status}.")
        said = _LINK.search(answer.headers.get("link", "")[:5000])
        found = said[1] if said else ""
        for tag in _LINK_TAG.findall(answer.body[:300_000].decode("utf-8", "replace")):
            if not found and "https://api.w.org/" in tag and (href := _HREF.search(tag)):
                found = unescape(href[1])
        found = urljoin(answer.address, found) if found else urljoin(answer.address, "/wp-json/")
        if urlsplit(found).hostname != urlsplit(answer.address).hostname:
            raise UnreadableArchive(f"{address} names another site for its API: {found[:200]}.")
        return found if found.endswith("/") or "?" in found else f"{found}/"


def _site_at(root: str) -> str:
    """The address of a site by that of its API: “/blog/wp-json/” and “/blog/?rest_route=/” belong to “/blog”."""
    parts = urlsplit(root)
    path = parts.path.rstrip("/")
    if not parts.query:
        path = path.rpartition("/")[0]
    return f"{parts.scheme}://{parts.netloc}{path.removesuffix('/index.php')}"


def _gather_comments(site: _Site, comments: CommentStore) -> Iterator[ArchiveNote]:
    are_there = False
    try:
        for said in site.each("comments"):
            if isinstance(said, LeftOut):
                continue
            written = moment_of(_string(said, "date_gmt"))
            if written is not None and said.get("type", "comment") == "comment":
                are_there = True
                comments.add(
                    _integer(said, "post"),
                    ArchivedComment(
                        key=str(_integer(said, "id")), author=words_of(_string(said, "author_name")),
                        text=plain_comment(_rendered(said, "content")), written=written,
                        parent=str(_integer(said, "parent") or ""),
                    ),
                )  # fmt: skip
    except UnreadableArchive as problem:
        words = "Only the oldest comments come in." if are_there else "Comments are left out."
        yield ArchiveNote(f"{words} {problem}")


def _post(said: dict[str, Any], kind: str, site: _Site, comments: CommentStore) -> WrittenPost:
    content = said.get("content")
    number, embedded = _integer(said, "id"), said.get("_embedded")
    around: dict[str, Any] = embedded if isinstance(embedded, dict) else {}
    post = WrittenPost(
        number=number, site=site.address, kind=kind, status=_string(said, "status") or "publish",
        title=_rendered(said, "title"),
        content=_rendered(said, "content"), excerpt=_rendered(said, "excerpt"), link=_string(said, "link"),
        guid=_rendered(said, "guid"), slug=_string(said, "slug"), published=moment_of(_string(said, "date_gmt")),
        changed=moment_of(_string(said, "modified_gmt")), is_sticky=said.get("sticky") is True, is_rendered=True,
        has_password=isinstance(content, dict) and content.get("protected") is True,
        are_comments_open=_string(said, "comment_status") != "closed", comments=comments.of(number),
    )  # fmt: skip
    post.authors = [
        ArchivedAuthor(words_of(name), words_of(_string(each, "description")))
        for each in _dicts(around.get("author"))
        if (name := _string(each, "name")) and "@" not in name
    ]
    terms = around.get("wp:term")
    for of_a_taxonomy in terms[:50] if isinstance(terms, list) else []:
        for each in _dicts(of_a_taxonomy):
            if _string(each, "taxonomy") == "category":
                post.categories.append((_string(each, "slug"), _string(each, "name")))
            elif _string(each, "taxonomy") == "post_tag":
                post.tags.append(_string(each, "name"))
    for each in _dicts(around.get("wp:featuredmedia"))[:1]:
        details = each.get("media_details")
        meta = details.get("image_meta") if isinstance(details, dict) else None
        if url := _string(each, "source_url"):
            credit = _string(meta, "credit") if isinstance(meta, dict) else ""
            post.picture = picture_of(url, _string(each, "alt_text"), _rendered(each, "caption"), credit, post.link)
    return post


def _listed(body: bytes, size: int) -> list[dict[str, Any]] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return [each for each in said[:size] if isinstance(each, dict)] if isinstance(said, list) else None


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value[:100] if isinstance(each, dict)] if isinstance(value, list) else []


def _string(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    return clean_value(value) if isinstance(value, str) else ""


def _integer(said: dict[str, Any], name: str) -> int:
    value = said.get(name)
    return value if isinstance(value, int) and 0 < value < 10**15 else 0


def _rendered(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    return _string(value, "rendered") if isinstance(value, dict) else ""
