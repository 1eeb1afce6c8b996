"""What an editor works on: the words and blocks of an edition as plain values. `editing` saves them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from newsletters.models import Article, Edition, Picture
from newsletters.models.editions import ARTICLE, new_key


@dataclass(frozen=True, slots=True)
class Block:
    """A block as it is worked on; newsletters.blocks says which kind has which columns. Where these are empty, an
    article's own words and picture stand."""

    key: str = field(default_factory=new_key)
    kind: str = ARTICLE
    article_id: int | None = None
    headline: str = ""
    summary: str = ""
    html: str = ""
    url: str = ""
    label: str = ""
    picture_id: int | None = None
    without_picture: bool = False
    # Who alone sees it; of a heading, the whole section. A segment, or a condition as `conditions` has them.
    only_segment: int | None = None
    only_field: str = ""
    only_value: str = ""
    is_for_others: bool = False  # all but those

    @property
    def is_conditional(self) -> bool:
        return bool(self.only_segment or self.only_field)

    def to_json(self) -> dict[str, Any]:
        data = asdict(self)
        for name in _CONDITION:
            if not data[name]:
                del data[name]  # as in the revisions that were kept before there was one
        return data


_CONDITION = ("only_segment", "only_field", "only_value", "is_for_others")


_SEGMENTS = ("include_segments", "exclude_segments")


@dataclass(frozen=True, slots=True)
class Draft:
    subject: str = ""
    preheader: str = ""
    introduction: str = ""
    blocks: tuple[Block, ...] = ()
    include_segments: tuple[int, ...] = ()
    exclude_segments: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        data = {**asdict(self), "blocks": [block.to_json() for block in self.blocks]}
        for name in _SEGMENTS:
            data[name] = list(data[name])
            if not data[name]:
                del data[name]  # as in the revisions that were kept before there were any
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Draft:
        segments = {name: tuple(data.get(name, ())) for name in _SEGMENTS}
        return cls(**{**data, **segments, "blocks": tuple(Block(**block) for block in data["blocks"])})


COLUMNS = (
    "key", "kind", "article_id", "headline", "summary", "html", "url", "label", "picture_id", "without_picture",
    *_CONDITION,
)  # fmt: skip


def draft_of(edition: Edition) -> Draft:
    """What is saved now."""
    blocks = tuple(Block(**values) for values in edition.items.values(*COLUMNS))
    return draft_with(edition, blocks)


def draft_with(edition: Edition, blocks: tuple[Block, ...]) -> Draft:
    """What is saved now, whose blocks were read already."""
    return Draft(
        edition.subject, edition.preheader, edition.introduction, blocks, tuple(edition.include_segments),
        tuple(edition.exclude_segments),
    )  # fmt: skip


def articles(article_ids: Sequence[int]) -> tuple[Block, ...]:
    """A block for each article, as the newsletter's rule or a program chooses them."""
    return tuple(Block(article_id=article_id) for article_id in dict.fromkeys(article_ids))


def without_articles(draft: Draft, article_ids: Collection[int]) -> Draft:
    """The same draft, without the blocks of these articles."""
    return replace(draft, blocks=tuple(block for block in draft.blocks if block.article_id not in article_ids))


def still_there(draft: Draft) -> Draft:
    """Without articles and pictures that were deleted since. Segments stay: that one isn't there any more is said by
    preflight, since without it others would be meant."""
    wanted = {block.article_id for block in draft.blocks if block.article_id is not None}
    there = set(Article.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    shown = {block.picture_id for block in draft.blocks if block.picture_id is not None}
    pictures = set(Picture.objects.filter(pk__in=shown).values_list("pk", flat=True))
    blocks = (
        block if block.picture_id in pictures else replace(block, picture_id=None)
        for block in draft.blocks
        if block.article_id is None or block.article_id in there
    )
    return replace(draft, blocks=tuple(blocks))
