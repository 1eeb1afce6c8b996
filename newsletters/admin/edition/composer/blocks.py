"""The blocks of a draft as they travel between page and server.

Each block has a key that the page keeps, and fields named by it: `headline-3f2a`, `url-3f2a`. What is wrong in one
stands beside it; a block that is only half done may be saved, and preflight says what it lacks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lib.characters import without_controls
from newsletters.admin.content.rich_editor import INTRODUCTION, ProseWidget
from newsletters.articles.pictures import picture_path
from newsletters.articles.writing import BodyTooLong, clean_body
from newsletters.editions.drafts import Block, Draft
from newsletters.models import Article, BlockKind, Picture
from newsletters.models.editions import new_key
from newsletters.rendering import merge

LIMITS = {"headline": 200, "summary": 600, "url": 2000, "label": 60, "html": 5000}
NEW_KINDS = [kind for kind in BlockKind if kind != BlockKind.ARTICLE]
_KEY = re.compile(r"[0-9a-z]{1,16}")


@dataclass(frozen=True, slots=True)
class Row:
    """A block in its place, with what it refers to and what is wrong with it."""

    block: Block
    article: Article | None = None
    picture: Picture | None = None
    errors: tuple[str, ...] = ()
    is_new: bool = False  # added by the button that was just pressed

    @property
    def key(self) -> str:
        return self.block.key

    @property
    def kind(self) -> str:
        return self.block.kind

    @property
    def kind_name(self) -> str:
        return str(BlockKind(self.block.kind).label)

    @property
    def template(self) -> str:
        return f"admin/newsletters/edition/blocks/{self.block.kind}.html"

    @property
    def title(self) -> str:
        """How buttons and messages name the block."""
        if self.article is not None:
            return self.article.title
        said = self.block.headline or self.block.label
        return f"{self.kind_name}: {said}" if said else self.kind_name

    @property
    def thumbnail(self) -> str:
        """The path of a small rendition of the picture that an article has in this edition."""
        picture = self.picture or (self.article.lead_picture if self.article else None)
        return picture_path(picture, 128) if self.article and picture and not self.block.without_picture else ""

    @property
    def differs(self) -> bool:
        """Does this edition say it differently than the article?"""
        block = self.block
        return bool(block.headline or block.summary or block.picture_id or block.without_picture)

    @property
    def prose(self) -> SafeString:
        """The rich text field of a text or a sponsor note."""
        widget = ProseWidget(extensions=INTRODUCTION, attrs={"rows": 5, "class": "vLargeTextField"})
        return widget.render(f"html-{self.key}", self.block.html, {"id": f"html-{self.key}"})


@dataclass(frozen=True, slots=True)
class Rows:
    """The blocks of the edition in order."""

    rows: tuple[Row, ...] = ()

    @classmethod
    def of_draft(cls, draft: Draft) -> Rows:
        return cls.of_blocks(draft.blocks)

    @classmethod
    def of_blocks(cls, blocks: Iterable[Block]) -> Rows:
        """With their articles and pictures, in as many queries whatever their number; what is gone is left out."""
        blocks = list(blocks)
        articles = (
            Article.objects.select_related("lead_picture").defer("body").prefetch_related("topics")
            .in_bulk({block.article_id for block in blocks if block.article_id is not None})
        )  # fmt: skip
        pictures = Picture.objects.in_bulk({block.picture_id for block in blocks if block.picture_id is not None})
        rows = []
        for block in blocks:
            article = articles.get(block.article_id or 0)
            picture = pictures.get(block.picture_id or 0)
            if block.kind == BlockKind.ARTICLE and article is None:
                continue
            if picture is None and block.picture_id is not None:
                block = replace(block, picture_id=None)  # noqa: PLW2901
            rows.append(Row(block, article, picture))
        return cls(tuple(rows))

    @classmethod
    def of_form(cls, data: QueryDict) -> Rows:
        """As the page sent it: in the order of the numbers that were typed, then of the rows."""
        keys = [key for key in dict.fromkeys(data.getlist("block")) if _KEY.fullmatch(key)]
        places = enumerate(keys, 1)
        ordered = sorted(places, key=lambda entry: _wanted_place(data.get(f"position-{entry[1]}", ""), entry[0]))
        blocks = [block for _place, key in ordered if (block := _typed(data, key)) is not None]
        return cls(tuple(_checked(row) for row in cls.of_blocks(_once(blocks)).rows))

    # --- What the buttons do ---
    def moved(self, key: str, by: int) -> Rows:
        rows = list(self.rows)
        at = next((place for place, row in enumerate(rows) if row.key == key), None)
        if at is None or not 0 <= at + by < len(rows):
            return self
        rows[at], rows[at + by] = rows[at + by], rows[at]
        return Rows(tuple(rows))

    def without(self, key: str) -> Rows:
        return Rows(tuple(row for row in self.rows if row.key != key))

    def reset(self, key: str) -> Rows:
        """The article's own words and picture again."""
        return Rows(
            tuple(
                replace(row, block=Block(row.key, row.kind, row.block.article_id), picture=None, errors=())
                if row.key == key and row.article
                else row
                for row in self.rows
            )
        )

    def extended(self, article_ids: Sequence[int]) -> Rows:
        here = set(self.article_ids)
        new = Rows.of_blocks(Block(article_id=id_) for id_ in dict.fromkeys(article_ids) if id_ not in here)
        return self._with(new.rows)

    def with_new(self, kind: str) -> Rows:
        return self._with([Row(Block(new_key(), kind, label=_("Sponsored") if kind == BlockKind.SPONSOR else ""))])

    def _with(self, rows: Iterable[Row]) -> Rows:
        return Rows((*self.rows, *(replace(row, is_new=True) for row in rows)))

    # --- What it says ---
    @property
    def article_ids(self) -> list[int]:
        return [row.article.pk for row in self.rows if row.article]

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(row.block for row in self.rows)

    @property
    def has_errors(self) -> bool:
        return any(row.errors for row in self.rows)


def _wanted_place(typed: str, place: int) -> tuple[int, int]:
    """Where a row goes. Who is moved up comes before the row that had the place, who is moved down after it."""
    wanted = int(typed) if typed.isdecimal() and len(typed) < 6 else place
    return (wanted, (wanted > place) - (wanted < place))


def _typed(data: QueryDict, key: str) -> Block | None:
    """The block as it was typed; None where it is of no kind that there is."""
    kind = data.get(f"kind-{key}", "")
    if kind not in BlockKind.values:
        return None

    def text(name: str) -> str:
        return without_controls(data.get(f"{name}-{key}", ""))

    def line(name: str) -> str:
        return " ".join(text(name).split())

    return Block(
        key=key,
        kind=kind,
        article_id=_number(data.get(f"article-{key}", "")) if kind == BlockKind.ARTICLE else None,
        headline=line("headline"),
        summary=text("summary").strip(),
        html=text("html"),
        url=line("url"),
        label=line("label"),
        picture_id=_number(data.get(f"picture-{key}", "")),
        without_picture=f"without_picture-{key}" in data,
    )


def _number(typed: str) -> int | None:
    return int(typed) if typed.isdecimal() and typed.isascii() and len(typed) < 18 else None


def _once(blocks: Iterable[Block]) -> Iterator[Block]:
    """An article that comes twice, as when two windows added it, stands where it came first."""
    seen: set[int] = set()
    for block in blocks:
        if block.article_id is None or block.article_id not in seen:
            yield block
        if block.article_id is not None:
            seen.add(block.article_id)


# --- What may be wrong ------------------------------------------------------------------------------------------
def _checked(row: Row) -> Row:
    block = row.block
    errors = [*_too_long(row), *_bad_fields(block), *_bad_address(block)]
    if block.html:
        try:
            block = replace(block, html=clean_body(block.html))
        except BodyTooLong as problem:
            errors.append(str(problem))
    return replace(row, block=block, errors=tuple(errors))


def _too_long(row: Row) -> Iterator[str]:
    names: dict[str, Callable[[], str]] = {
        "headline": lambda: _("This headline has %(length)d characters; at most %(limit)d fit."),
        "summary": lambda: _("This summary has %(length)d characters; at most %(limit)d fit."),
        "url": lambda: _("This address has %(length)d characters; at most %(limit)d fit."),
        "label": lambda: _("This label has %(length)d characters; at most %(limit)d fit."),
        "html": lambda: _("This text has %(length)d characters with its formatting; at most %(limit)d fit."),
    }
    for name, sentence in names.items():
        length = len(getattr(row.block, name))
        if length > LIMITS[name]:
            yield sentence() % {"length": length, "limit": LIMITS[name]}


def _bad_fields(block: Block) -> Iterator[str]:
    """An article's headline and summary have no merge fields: they are the same on every page that shows them."""
    for text in (block.html, "" if block.kind == BlockKind.ARTICLE else block.headline):
        try:
            merge.check(text)
        except merge.BadMergeField as problem:
            yield str(problem)


def _bad_address(block: Block) -> Iterator[str]:
    if not block.url:
        return
    try:
        parts = urlsplit(block.url)
    except ValueError:
        parts = urlsplit("")
    ours = block.url.startswith("/") and not block.url.startswith("//")
    if not (ours or (parts.scheme in {"http", "https"} and parts.hostname) or parts.scheme == "mailto"):
        yield _("“%(address)s” is no web address: write it whole, like https://example.org/page.") % {
            "address": block.url
        }
