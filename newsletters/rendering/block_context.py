"""The blocks of an edition as the templates of a mail see them: merge fields filled, addresses absolute, numbered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape, unescape
from itertools import count

from lib.directions import Direction, direction_of
from lib.html_text import html_to_text
from lib.link_addresses import mailed_address, with_mailed_addresses
from newsletters.blocks.content import ArticleContent, BlockContent, PictureContent
from newsletters.blocks.kind import Kind
from newsletters.blocks.registry import kind_of
from newsletters.rendering import designs, merge, slots
from subscribers import languages

INSERT = "iRiAiNsErT"  # where sanitised HTML of staff goes, which is not ours to check as MJML


def absolute(path: str) -> str:
    """The full address of a path of the site. SITE_URL alone says where that is, never a request's Host. The address of
    an article that lives elsewhere stays as it is."""
    return languages.whole_address(path)


def whole(address: str) -> str:
    """The address as a mail needs it: a path of the site becomes absolute, and there are no spaces in it."""
    return mailed_address(absolute(address) if address.startswith("/") else address)


@dataclass(frozen=True, slots=True)
class Insert:
    """Sanitised HTML in the mail: the marker that it is put in for, and what the text part says."""

    marker: str
    text: str


@dataclass
class Inserts:
    """The sanitised HTML of a mail, each with its merge fields filled, by the marker that stands for it meanwhile."""

    plain: Callable[[str, str], str]  # the value of a merge field, by its name and fallback
    in_link: Callable[[str, str], str]  # the same, as it stands in the address of a link
    html: dict[str, str] = field(default_factory=dict)

    def put(self, source: str) -> Insert:
        marker = f"{INSERT}{len(self.html):03d}x"
        filled = merge.fill_html(source, self._escaped, self.in_link)
        self.html[marker], text = _both_parts(filled, languages.spoken())
        return Insert(marker, text)

    def _escaped(self, name: str, fallback: str) -> str:
        return escape(self.plain(name, unescape(fallback)))  # the fallback was typed into HTML


@lru_cache(maxsize=32)
def _both_parts(html: str, language: str) -> tuple[str, str]:
    """What the HTML and the text part say of it: worked out once for all variants of an edition."""
    mailed = with_mailed_addresses(html)
    return languages.directed(mailed, language, ignored=slots.MARKER), html_to_text(mailed)


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """What a template may say of a block."""

    block: BlockContent
    kind: Kind
    template: str
    number: int  # of an article among those of this mail; 1 is the lead
    ruled: bool  # a line parts it from the article before
    rule_follows: bool  # and from the next
    words: str
    summary: str
    insert: Insert | None
    more: Mapping[str, str]  # what the kind says beside what was typed

    @property
    def text_template(self) -> str:
        return self.kind.template("mail.txt")

    @property
    def article(self) -> ArticleContent | None:
        return self.block.article

    @property
    def numbered(self) -> str:
        return f"{self.number}. {self.block.article.headline}" if self.block.article else ""

    @property
    def language(self) -> str:
        """Of its words. A block that is no article is written in the language of the mail."""
        return self.article.language if self.article else languages.spoken()

    @property
    def direction(self) -> Direction:
        """Of its own words."""
        words = self.article.headline if self.article else slots.words_of(self.summary or self.words)
        return direction_of(words) or languages.language(languages.spoken()).direction

    @property
    def heading(self) -> str:
        """Its words as they are read to find their direction: without what differs from reader to reader."""
        return slots.words_of(self.words)

    @property
    def label(self) -> str:
        return self.block.label

    @property
    def url(self) -> str:
        return whole(self.kind.address(self.block))

    @property
    def picture(self) -> PictureContent | None:
        return self.kind.picture(self.block)

    @property
    def picture_url(self) -> str:
        return absolute(self.picture.path) if self.picture else ""

    @property
    def small_url(self) -> str:
        """Of the narrow rendition; of the wide one where there is none."""
        return absolute(self.picture.small_path or self.picture.path) if self.picture else ""


def shown_blocks(
    blocks: Sequence[BlockContent], design: str, plain: Callable[[str, str], str], inserts: Inserts
) -> list[ShownBlock]:
    numbers = count(1)
    ruled = [bool(at and block.article and blocks[at - 1].article) for at, block in enumerate(blocks)]
    shown = []
    for at, block in enumerate(blocks):
        kind = kind_of(block.kind)
        shown.append(
            ShownBlock(
                block,
                kind,
                designs.template_of(design, kind.name),
                number=next(numbers) if block.article else 0,
                ruled=ruled[at],
                rule_follows=any(ruled[at + 1 : at + 2]),
                words=merge.fill(block.words, plain) if kind.merges("headline") else block.words,
                summary=merge.fill(block.summary, plain) if kind.merges("summary") else block.summary,
                insert=inserts.put(block.html) if block.html else None,
                more=kind.said(block),
            )
        )
    return shown
