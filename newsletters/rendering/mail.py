"""Render a mail: from content to subject, HTML and text, once for all readers who get the same articles.

The result has slots where readers differ; newsletters.rendering.message puts a reader's values into them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape, unescape
from itertools import count
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from newsletters.rendering import colours, merge
from newsletters.rendering.blocks import blocks_with
from newsletters.rendering.content import ArticleContent, BlockContent, EditionContent, PictureContent
from newsletters.rendering.dates import long_date_of
from newsletters.rendering.plain import html_to_text
from newsletters.rendering.slots import MARK, Field, Slot, SlotTable
from subscribers import languages
from subscribers.mjml import to_html

SHEET = "#fdfdfc"
SHEET_DARK = "#1d2126"
_INSERT = "iRiAiNsErT"  # where sanitised HTML of staff goes, which is not ours to check as MJML
# After a short preheader, clients would show the first words of the mail; these spaces keep them away.
_FILLER = "\u00a0\u200c" * 60


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """Subject, HTML and text with markers, and what belongs into each slot."""

    subject: str
    html: str
    text: str
    slots: tuple[Slot, ...]


def render(content: EditionContent, articles: Sequence[ArticleContent] | None = None) -> RenderedMail:
    """The mail with these articles of the edition (all, unless told), in the language of the edition."""
    with override(content.language):
        return _render(content, content.articles if articles is None else tuple(articles))


def _render(content: EditionContent, articles: tuple[ArticleContent, ...]) -> RenderedMail:
    table = SlotTable()
    plain = _filler(content, articles, table)

    def html(name: str, fallback: str) -> str:
        return escape(plain(name, unescape(fallback)))  # the fallback was typed into HTML

    inserts: dict[str, str] = {}

    def insert(source: str) -> Insert:
        marker = f"{_INSERT}{len(inserts):03d}x"
        inserts[marker] = merge.fill(source, html)
        return Insert(marker, html_to_text(inserts[marker]))

    subject = merge.fill(content.subject, plain)
    blocks = blocks_with(content.blocks, {article.id for article in articles})
    numbers = count(1)
    context: dict[str, Any] = {
        "content": content,
        **languages.layout(content.language),
        "subject": subject,
        "preheader": merge.fill(content.preheader, plain),
        "preheader_filler": _FILLER if len(content.preheader) < 90 else "",
        "date": long_date_of(content.date),
        "introduction": insert(content.introduction) if content.introduction else None,
        "blocks": [
            ShownBlock(
                block,
                number=next(numbers) if block.article else 0,
                ruled=before is not None and bool(block.article and before.article),
                words=merge.fill(block.words, plain),
                insert=insert(block.html) if block.html else None,
            )
            for before, block in zip([None, *blocks], blocks, strict=False)
        ],
        "logo_url": absolute(content.logo.path) if content.logo else "",
        "colour": colours.readable(content.colour, SHEET),
        "colour_dark": colours.readable(content.colour, SHEET_DARK),
        "on_colour": colours.text_on(colours.readable(content.colour, SHEET)),
        "footer_lines": content.footer.splitlines(),
        "address_lines": [content.newsletter, *content.postal_address.splitlines()],
        "view_url": absolute(languages.localised(content.path)),
        "unsubscribe_url": table.marker(Field.UNSUBSCRIBE),
        "preferences_url": table.marker(Field.PREFERENCES),
        "reason": table.marker(Field.REASON),
    }
    return RenderedMail(
        subject=subject,
        html=to_html(render_to_string("emails/edition/body.mjml", context), inserts),
        text=_tidied(render_to_string("emails/edition/body.txt", context)),
        slots=tuple(table.slots),
    )


@dataclass(frozen=True, slots=True)
class Insert:
    """Sanitised HTML in the mail: the marker that it is put in for, and what the text part says."""

    marker: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block as the templates see it: merge fields filled, addresses absolute."""

    block: BlockContent
    number: int  # of an article among those of this mail; 1 is the lead
    ruled: bool  # a line parts it from the article before
    words: str
    insert: Insert | None

    @property
    def kind(self) -> str:
        return self.block.kind.value

    @property
    def template(self) -> str:
        return f"emails/edition/blocks/{self.kind}.mjml"

    @property
    def text_template(self) -> str:
        return f"emails/edition/blocks/{self.kind}.txt"

    @property
    def article(self) -> ArticleContent | None:
        return self.block.article

    @property
    def numbered(self) -> str:
        return f"{self.number}. {self.block.article.headline}" if self.block.article else ""

    @property
    def label(self) -> str:
        return self.block.label

    @property
    def url(self) -> str:
        address = languages.localised(self.block.article.path) if self.block.article else self.block.url
        return absolute(address) if address.startswith("/") else address

    @property
    def picture(self) -> PictureContent | None:
        return self.block.article.picture if self.block.article else self.block.picture

    @property
    def picture_url(self) -> str:
        return absolute(self.picture.path) if self.picture else ""


def _tidied(text: str) -> str:
    """At most one blank line between two others: blocks bring their own, and some bring nothing."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def absolute(path: str) -> str:
    """The full address of a path of the site. SITE_URL alone says where that is, never a request's Host."""
    return f"{settings.SITE_URL}{path}"


def _filler(
    content: EditionContent, articles: tuple[ArticleContent, ...], table: SlotTable
) -> Callable[[str, str], str]:
    """What replaces a merge field: the edition's own value, or the marker of a reader's slot."""
    common = _common(content, articles)

    def value(name: str, fallback: str) -> str:
        return common[name] if name in common else table.marker(Field(name), fallback)

    return value


def _common(content: EditionContent, articles: tuple[ArticleContent, ...]) -> dict[str, str]:
    """The merge fields that are the same for all who get these articles."""
    return {
        "newsletter": content.newsletter,
        "number": str(content.number),
        "date": long_date_of(content.date),
        # Of these readers' own mail: a subject must not promise what is not in it.
        "lead": articles[0].headline if articles else "",
        "others": " · ".join(article.headline for article in articles[1:3]),
        "count": str(len(articles)),
    }


def for_anybody(content: EditionContent, text: str) -> str:
    """A text of the edition for no reader in particular: the fallback where a reader's own value would stand."""
    common = _common(content, content.articles)
    return merge.fill(text, common.get)


def html_for_anybody(content: EditionContent, html: str) -> str:
    """The same for HTML, in which fallbacks were typed as HTML and the edition's own values are plain text."""
    common = _common(content, content.articles)
    return merge.fill(html, lambda name, fallback: escape(common.get(name, unescape(fallback))))


def check_no_marker(*texts: str) -> None:
    """Raise ValueError when a text of staff contains what we use as a marker."""
    for mark in (MARK, _INSERT):
        if any(mark in text for text in texts):
            raise ValueError(f"A text contains “{mark}”, which Iria uses itself.")
