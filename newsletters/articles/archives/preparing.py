"""From what an archive says of an article to what comes in: texts as an article has them, HTML by our own rules, each
picture with its credit. Nothing is asked of the network or the database."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.utils import timezone

from lib.html_text import html_to_words
from newsletters.articles.archives.archived import ArchivedArticle, ArchivedPicture, archive_path
from newsletters.articles.archives.credits import split_credit, split_credit_html
from newsletters.articles.feeds.cleaning import (
    MOST_SUMMARY,
    MOST_TITLE,
    clean_html,
    first_sentences,
    plain_line,
    shortened,
    tidy_picture,
    web_address,
    without_first_picture,
)
from newsletters.articles.feeds.contents import IncomingPicture, WrittenText

MOST_COMMENTS = 2000  # of an article
_MOST_SENTENCES = 20
_FIGURE = re.compile(r"<figure[^>]*>((?:(?!<figure).)*?)</figure>", re.DOTALL)
_IMAGE = re.compile(r'<img((?: [a-z-]+="[^"]*")*)>')  # as nh3 writes it
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_CAPTION = re.compile(r"<figcaption>(.*?)</figcaption>", re.DOTALL)
_SIZE = re.compile(r"(?:-\d{1,5}x\d{1,5}|-scaled)(?=\.[a-z]{3,4}$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReadyArticle:
    """An article on its way in; as JSON it waits in the folder of its import. Moments are written by ISO 8601."""

    key: str
    headline: str
    summary: str
    html: str  # cleaned as any article, but for its pictures, which are still where they were
    fingerprint: str  # of what the archive says
    site: str = ""  # that the key is unique in
    address: str = ""
    addresses: tuple[str, ...] = ()  # all that led to it, with that one
    slug: str = ""
    authors: tuple[tuple[str, str], ...] = ()  # name, about
    topics: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: str = ""
    changed: str = ""
    is_draft: bool = False
    language: str = ""
    picture: dict[str, str] | None = None
    credits: dict[str, str] = field(default_factory=dict)  # of pictures in the text, by address
    comments: tuple[dict[str, str], ...] = ()
    are_comments_open: bool = True
    sentences: tuple[str, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> ReadyArticle:
        said: dict[str, Any] = json.loads(text)
        return cls(**{name: _frozen(value) for name, value in said.items()})

    @property
    def published_at(self) -> datetime | None:
        return datetime.fromisoformat(self.published) if self.published else None

    def lead(self) -> IncomingPicture | None:
        said = self.picture
        return IncomingPicture(said["url"], said["alt"], said["caption"], said["credit"]) if said else None


def _frozen(value: Any) -> Any:
    """What JSON gives as a list."""
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value


def ready_article(article: ArchivedArticle, *, site: str = "", now: datetime | None = None) -> ReadyArticle:
    """What would come in. `site` is where it was, for archives that don't say. Raises `BodyTooLong`."""
    sentences = list(article.warnings)
    address = urljoin(f"{site}/", article.address) if site and article.address.startswith("/") else article.address
    base = address if urlsplit(address).netloc else f"{site}/" if site else ""
    said = {each.url: each for each in article.pictures}
    html = clean_html(WrittenText(article.html), base)
    html, picture = _with_lead(html, article, base)
    html, credits_ = _with_credits(html, said)
    if picture is not None and not picture.credit:  # which the text says where it shows the picture again
        credit = next((credit for src, credit in credits_.items() if _is_same(src, picture.url)), "")
        picture = replace(picture, credit=credit)
    headline = shortened(plain_line(WrittenText(article.headline, is_html=False)), MOST_TITLE)
    words = html_to_words(_FIGURE.sub("", html))
    if not headline:
        headline = shortened(first_sentences(words), 80) or "Untitled"
        sentences.append("It had no headline; it has its first words now.")
    summary = shortened(plain_line(WrittenText(article.lead, is_html=False)), MOST_SUMMARY) or first_sentences(words)
    is_draft, published = _publication(article, now or timezone.now(), sentences)
    return ReadyArticle(
        key=article.key, headline=headline, summary=summary, html=html, fingerprint=_fingerprint(article),
        site=article.site, address=address, slug=article.slug,
        addresses=tuple(each for each in (address, *article.former_addresses) if each),
        authors=tuple((each.name, each.about) for each in article.authors),
        topics=article.topics[:50], tags=article.tags[:50], published=published,
        changed=article.changed.isoformat() if article.changed else "", is_draft=is_draft, language=article.language,
        picture=picture.to_json() if picture else None, credits=credits_,
        comments=tuple(
            {"key": each.key, "author": each.author, "text": each.text, "written": each.written.isoformat(),
             "parent": each.parent}
            for each in article.comments[:MOST_COMMENTS]
        ),
        are_comments_open=article.are_comments_open, sentences=tuple(dict.fromkeys(sentences))[:_MOST_SENTENCES],
    )  # fmt: skip


def _fingerprint(article: ArchivedArticle) -> str:
    """Comments and warnings don't change an article."""
    said = asdict(replace(article, comments=(), warnings=()))
    return sha256(json.dumps(said, default=str, sort_keys=True).encode("utf-8", "replace")).hexdigest()


def _publication(article: ArchivedArticle, now: datetime, sentences: list[str]) -> tuple[bool, str]:
    """Whether it is a draft here, and the moment that it was published there."""
    if article.is_draft:
        return True, ""
    if article.published is None:
        sentences.append("The archive doesn't say when it was published, so it is held as a draft.")
        return True, ""
    if article.published > now:
        sentences.append(
            f"It was to be published on {article.published:%-d %B %Y}. It is held as a draft: give it a time here."
        )
        return True, ""
    return False, article.published.isoformat()


def _with_lead(html: str, article: ArchivedArticle, base: str) -> tuple[str, IncomingPicture | None]:
    """The main picture, and the text without it: an article shows it above. Where the archive names none, the one that
    the text begins with."""
    first = without_first_picture(html)
    begins_with = first.picture if first.html != html else None
    named = _incoming(article.picture, base) if article.picture else None
    if named is None:
        return (first.html, _with_own_credit(begins_with)) if begins_with else (html, None)
    if begins_with is not None and _is_same(begins_with.url, named.url):
        html = first.html
        named = replace(named, alt=named.alt or begins_with.alt, caption=named.caption or begins_with.caption)
    return html, _with_own_credit(named)


def _incoming(picture: ArchivedPicture, base: str) -> IncomingPicture | None:
    url = picture.url if archive_path(picture.url) else web_address(picture.url, base)
    return tidy_picture(IncomingPicture(url, picture.alt, picture.caption, picture.credit)) if url else None


def _with_own_credit(picture: IncomingPicture) -> IncomingPicture:
    if picture.credit:
        return picture
    caption, credit = split_credit(picture.caption)
    return replace(picture, caption=caption, credit=credit[:200])


def _is_same(one: str, other: str) -> bool:
    """The same file, also in another size of WordPress's."""
    return _SIZE.sub("", urlsplit(one).path) == _SIZE.sub("", urlsplit(other).path)


def _with_credits(html: str, said: dict[str, ArchivedPicture]) -> tuple[str, dict[str, str]]:
    """The text whose captions say no credit, since the picture's row does; and the credits by address."""
    found: dict[str, str] = {src: picture.credit[:200] for src, picture in said.items() if picture.credit}

    def figure(match: re.Match[str]) -> str:
        images, caption = _IMAGE.findall(match[1]), _CAPTION.search(match[1])
        if len(images) != 1 or caption is None:
            return match[0]
        words, credit = split_credit_html(caption[1])
        if not credit:
            return match[0]
        attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(images[0])}
        found[attributes.get("src", "")] = credit[:200]
        kept = f"<figcaption>{words}</figcaption>" if words else ""
        return match[0].replace(caption[0], kept)

    return _FIGURE.sub(figure, html), found
