"""The blocks of a draft as they travel between page and server.

Each block has a key that the page keeps, and fields named by it: `headline-3f2a`, `url-3f2a`. What is wrong in one
stands beside it; a block that is only half done may be saved, and preflight says what it lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lib.characters import one_line, without_controls
from lib.entities import typed_text
from lib.query_numbers import read_number
from newsletters.admin.content.rich_editor import INTRODUCTION, ProseWidget
from newsletters.admin.edition.composer.block_conditions import chosen_in, problem_with_condition, typed_condition
from newsletters.articles.pictures import picture_path
from newsletters.articles.writing import BodyTooLong, clean_body
from newsletters.blocks.kind import Kind
from newsletters.blocks.registry import is_known, kind_of
from newsletters.editions import attribute_fields
from newsletters.editions.drafts import Block
from newsletters.editions.references import References, read_references
from newsletters.models import Article, EditionItem, Picture
from newsletters.models.editions import ARTICLE, new_key
from newsletters.models.pictures import ready
from newsletters.rendering import merge
from subscribers.models import Attribute
from subscribers.segments.attribute_fields import PREFIX

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
        return str(kind_of(self.block.kind).title)

    @property
    def template(self) -> str:
        return kind_of(self.block.kind).template("form.html")

    @property
    def title(self) -> str:
        """How buttons and messages name the block."""
        if self.article is not None:
            return self.article.title
        said = self.block.headline or self.block.label
        return f"{self.kind_name}: {said}" if said else self.kind_name

    @property
    def condition(self) -> tuple[str, str]:
        """What the menu of who sees it shows: with the value, and without."""
        return chosen_in(self.block)

    @property
    def thumbnail(self) -> str:
        """The path of a small rendition of the picture that an article has in this edition."""
        picture = self.picture or (self.article.lead_picture if self.article else None)
        is_shown = self.article and ready(picture) and not self.block.without_picture
        return picture_path(picture, 128) if picture and is_shown else ""

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
    def of_blocks(cls, blocks: Iterable[Block], known: References) -> Rows:
        """With their articles and pictures, of which those that are not known yet are looked up, in as many queries
        whatever their number; what is gone is left out."""
        blocks = list(blocks)
        references = read_references(blocks, known)
        rows = []
        for block in blocks:
            article, picture = references.article_of(block), references.picture_of(block)
            if block.kind == ARTICLE and article is None:
                continue
            if picture is None and block.picture_id is not None:
                block = replace(block, picture_id=None)  # noqa: PLW2901
            rows.append(Row(block, article, picture))
        return cls(tuple(rows))

    @classmethod
    def of_form(cls, data: QueryDict, known: References, saved: Iterable[Block]) -> Rows:
        """As the page sent it: in the order of the numbers that were typed, then of the rows."""
        keys = [key for key in dict.fromkeys(data.getlist("block")) if _KEY.fullmatch(key)]
        places = enumerate(keys, 1)
        ordered = sorted(places, key=lambda entry: _wanted_place(data.get(f"position-{entry[1]}", ""), entry[0]))
        blocks = [block for _place, key in ordered if (block := _typed(data, key)) is not None]
        attributes = _attributes_asked(blocks)
        saved = tuple(saved)
        return cls(tuple(_checked(row, attributes, saved) for row in cls.of_blocks(_once(blocks), known).rows))

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
                replace(row, block=_own_words(row.block), picture=None, errors=())
                if row.key == key and row.article
                else row
                for row in self.rows
            )
        )

    def extended(self, article_ids: Sequence[int]) -> Rows:
        here = set(self.article_ids)
        blocks = [Block(article_id=id_) for id_ in dict.fromkeys(article_ids) if id_ not in here]
        return self._with(Rows.of_blocks(blocks, References()).rows)

    def with_new(self, kind: str) -> Rows:
        values: dict[str, Any] = dict(kind_of(kind).starting_values())
        return self._with([Row(Block(new_key(), kind, **values))])

    def with_else(self, key: str) -> Rows:
        """A text below the block, for everybody who doesn't see it."""
        at = next((place for place, row in enumerate(self.rows) if row.key == key), None)
        if at is None or not self.rows[at].block.is_conditional:
            return self
        block = self.rows[at].block
        other = replace(block, key=new_key(), kind="text", article_id=None, headline="", summary="", html="", url="",
                        label="", picture_id=None, without_picture=False,
                        is_for_others=not block.is_for_others)  # fmt: skip
        return Rows((*self.rows[: at + 1], Row(other, is_new=True), *self.rows[at + 1 :]))

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


def _own_words(block: Block) -> Block:
    """An article's block that says nothing of its own, for the same readers."""
    return replace(
        Block(block.key, block.kind, block.article_id), only_segment=block.only_segment, only_field=block.only_field,
        only_value=block.only_value, is_for_others=block.is_for_others,
    )  # fmt: skip


def _wanted_place(typed: str, place: int) -> tuple[int, int]:
    """Where a row goes. Who is moved up comes before the row that had the place, who is moved down after it."""
    number = read_number(typed)
    wanted = place if number is None else number
    return (wanted, (wanted > place) - (wanted < place))


def _typed(data: QueryDict, key: str) -> Block | None:
    """The block as it was typed, in the fields that its kind has; None where it is of no kind that there is."""
    name = data.get(f"kind-{key}", "")
    if not is_known(name):
        return None
    kind = kind_of(name)
    posted = {field.column: data.get(f"{field.column}-{key}", "") for field in kind.fields}
    typed = {column: (without_controls if column == "html" else typed_text)(text) for column, text in posted.items()}
    lines: dict[str, Any] = {column: one_line(typed.get(column, "")) for column in ("headline", "url", "label")}
    return Block(
        key=key,
        kind=name,
        article_id=read_number(data.get(f"article-{key}", "")) if name == ARTICLE else None,
        summary=typed.get("summary", "").strip(),
        html=typed.get("html", ""),
        picture_id=read_number(typed.get("picture", "")),
        without_picture=kind.has("without_picture") and f"without_picture-{key}" in data,
        **lines,
        **typed_condition(data, key),
    )


def _once(blocks: Iterable[Block]) -> Iterator[Block]:
    """An article that comes twice, as when two windows added it, stands where it came first."""
    seen: set[int] = set()
    for block in blocks:
        if block.article_id is None or block.article_id not in seen:
            yield block
        if block.article_id is not None:
            seen.add(block.article_id)


# --- What may be wrong ------------------------------------------------------------------------------------------
def _attributes_asked(blocks: Iterable[Block]) -> list[Attribute]:
    """Those that conditions of blocks name; no query where none does."""
    keys = {block.only_field.removeprefix(PREFIX) for block in blocks if block.only_field.startswith(PREFIX)}
    return list(Attribute.objects.filter(key__in=keys)) if keys else []


def _checked(row: Row, attributes: Sequence[Attribute], saved: Sequence[Block]) -> Row:
    block, kind = row.block, kind_of(row.kind)
    errors = [*_too_long(block, kind), *_bad_fields(block, kind)]
    if problem := problem_with_condition(block, attributes, saved):
        errors.append(problem)
    if block.url and (problem := kind.problem_with_address(block.url)):
        errors.append(problem)
    if block.html:
        try:
            block = replace(block, html=clean_body(block.html))
        except BodyTooLong as problem:
            errors.append(str(problem))
    return replace(row, block=block, errors=tuple(errors))


def _too_long(block: Block, kind: Kind) -> Iterator[str]:
    for field in kind.fields:
        limit = getattr(EditionItem._meta.get_field(field.column), "max_length", None)
        length = len(getattr(block, field.column)) if limit else 0
        if limit and length > limit:
            sentence = (
                _("This %(field)s has %(length)d characters with its formatting; at most %(limit)d fit.")
                if field.column == "html"
                else _("This %(field)s has %(length)d characters; at most %(limit)d fit.")
            )
            yield sentence % {"field": field.title, "length": length, "limit": limit}


def _bad_fields(block: Block, kind: Kind) -> Iterator[str]:
    for field in kind.fields:
        if field.merged:
            try:
                check = attribute_fields.check_html if field.column == "html" else attribute_fields.check
                check(getattr(block, field.column))
            except merge.BadMergeField as problem:
                yield str(problem)
