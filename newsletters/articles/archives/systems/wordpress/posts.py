"""A post as WordPress has it, whether an export or a site's API says it, and the article that it becomes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from urllib.parse import unquote, urljoin, urlsplit

from lib.html_text import html_to_words
from newsletters.articles.archives.archived import (
    ArchivedArticle,
    ArchivedAuthor,
    ArchivedComment,
    ArchivedPicture,
    LeftOut,
)
from newsletters.articles.archives.credits import split_credit
from newsletters.articles.archives.systems.wordpress.content import post_content
from newsletters.articles.archives.systems.wordpress.media import MediaLibrary
from newsletters.articles.writing import BodyTooLong, clean_body

_MADE_EXCERPT = re.compile(r"(?:\[(?:…|\.\.\.)\]|…)\s*(?:continue reading.*|read more.*)?$", re.IGNORECASE | re.DOTALL)
_NO_CATEGORY = {"uncategorized", "uncategorised", "allgemein", "sin-categoria", "non-classe"}
_PUBLISHED, _DRAFTS = {"publish", "future"}, {"draft", "pending"}
MOST_EXCERPT = 5000  # characters; of the words of a picture, too
_MOST_ADDRESS = 2000  # characters


@dataclass(slots=True)
class WrittenPost:
    """Nothing is checked or cleaned."""

    number: int = 0
    site: str = ""  # its address, where it is known: numbers are unique within it
    kind: str = "post"
    status: str = "publish"
    title: str = ""  # HTML
    content: str = ""
    excerpt: str = ""  # HTML
    link: str = ""
    guid: str = ""
    slug: str = ""
    old_slugs: list[str] = field(default_factory=list)
    authors: list[ArchivedAuthor] = field(default_factory=list)
    categories: list[tuple[str, str]] = field(default_factory=list)  # slug, name
    tags: list[str] = field(default_factory=list)
    published: datetime | None = None
    changed: datetime | None = None
    language: str = ""
    has_password: bool = False
    is_sticky: bool = False
    is_rendered: bool = False  # the content is what the site shows
    picture: ArchivedPicture | None = None
    comments: list[ArchivedComment] = field(default_factory=list)
    are_comments_open: bool = True


def article_of(post: WrittenPost, media: MediaLibrary) -> ArchivedArticle | LeftOut:
    headline = words_of(post.title)
    post.site = post.site or _front_page_of(post.link)
    key, address = str(post.number or post.guid or post.link), post.link or post.guid
    if post.has_password:
        return LeftOut(headline, "It is protected with a password there.", key, address)
    if post.status == "private":
        return LeftOut(headline, "It is private there.", key, address)
    if post.status not in _PUBLISHED | _DRAFTS:
        return LeftOut(headline, f"Its status there is “{post.status[:30]}”.", key, address)
    try:
        content = post_content(post.content, media, post.number, is_rendered=post.is_rendered)
    except BodyTooLong as problem:
        return LeftOut(headline, str(problem), key, address)
    sentences = content.sentences
    if post.is_sticky:
        sentences.append("It was sticky there. Here the newest articles come first.")
    if post.comments and len(post.comments) > 1000:
        sentences.append(f"It has {len(post.comments):,} comments.")
    return ArchivedArticle(
        key=key, site=post.site, headline=headline, html=content.html, address=address,
        former_addresses=tuple(_formerly(post)), slug=unquote(post.slug), lead=_lead(post), authors=tuple(post.authors),
        topics=tuple(unescape(name) for slug, name in post.categories if slug.lower() not in _NO_CATEGORY),
        tags=tuple(unescape(name) for name in post.tags), published=post.published, changed=post.changed,
        is_draft=post.status in _DRAFTS, language=post.language, picture=post.picture, pictures=content.pictures,
        comments=tuple(post.comments), are_comments_open=post.are_comments_open, warnings=tuple(sentences),
    )  # fmt: skip


def _lead(post: WrittenPost) -> str:
    """What somebody wrote; not what a site makes of the beginning of a text."""
    words = words_of(post.excerpt[:MOST_EXCERPT])
    return "" if post.is_rendered and _MADE_EXCERPT.search(words) else words


def _front_page_of(link: str) -> str:
    try:
        return urljoin(link, "/").rstrip("/")
    except ValueError:
        return ""


def _formerly(post: WrittenPost) -> list[str]:
    """Addresses that a site leads on: by number, and by each slug that it had."""
    found = [post.guid] if "?p=" in post.guid or "?page_id=" in post.guid else []
    try:
        parts = urlsplit(post.link)
    except ValueError:
        return found
    if post.site and post.number:
        found.append(f"{post.site}/?p={post.number}")
    path = parts.path.rstrip("/")
    if path.rpartition("/")[2] and unquote(path.rpartition("/")[2]) == unquote(post.slug):
        base = post.link.partition("?")[0].rstrip("/").rpartition("/")[0]
        found += [f"{base}/{old}/" for old in post.old_slugs[:20] if old]
    return list(dict.fromkeys(found))


def words_of(html: str) -> str:
    """One line of plain text."""
    if "<" not in html:
        return " ".join(unescape(html).split())
    try:
        return " ".join(html_to_words(clean_body(html)).split())
    except BodyTooLong:
        return " ".join(unescape(re.sub(r"<[^<>]*>?", " ", html)).split())


def picture_of(url: str, alt: str, caption: str, credit: str, base: str = "") -> ArchivedPicture:
    """An attachment: its caption may say its credit at the end."""
    split = split_credit(words_of(caption[:MOST_EXCERPT]))
    return ArchivedPicture(
        urljoin(base, url[:_MOST_ADDRESS]) if base else url[:_MOST_ADDRESS],
        " ".join(unescape(alt[:MOST_EXCERPT]).split())[:300], split.caption,
        split.credit or " ".join(credit[:MOST_EXCERPT].split())[:200],
    )  # fmt: skip


def moment_of(written: str) -> datetime | None:
    """In UTC, as the database has it: “2024-10-14 09:00:00”, or with a “T”; None for the zeros of a draft."""
    try:
        found = datetime.fromisoformat(written.strip()[:19])
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.year > 1980 else None
