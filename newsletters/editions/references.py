"""The articles and pictures that the blocks of a draft refer to, read together: the number of queries is the same for
two blocks and for two hundred."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Prefetch, prefetch_related_objects

from newsletters.editions.drafts import COLUMNS, Block, Draft, draft_with
from newsletters.models import Article, ArticleAuthor, Edition, Picture

_WITH_ARTICLES = ("topics", Prefetch("articleauthor_set", ArticleAuthor.objects.select_related("author")))


@dataclass(frozen=True, slots=True)
class References:
    """By their numbers. What was deleted since is missing."""

    articles: Mapping[int, Article] = field(default_factory=dict)
    pictures: Mapping[int, Picture] = field(default_factory=dict)

    def article_of(self, block: Block) -> Article | None:
        return self.articles.get(block.article_id or 0)

    def picture_of(self, block: Block) -> Picture | None:
        return self.pictures.get(block.picture_id or 0)


def read_draft(edition: Edition) -> tuple[Draft, References]:
    """What is saved now, with what it refers to."""
    items = list(
        edition.items.select_related("article__lead_picture", "picture").defer("article__body").prefetch_related(None)
    )
    articles = {item.article.pk: item.article for item in items if item.article is not None}
    pictures = {item.picture.pk: item.picture for item in items if item.picture is not None}
    prefetch_related_objects(list(articles.values()), *_WITH_ARTICLES)
    blocks = tuple(Block(**{column: getattr(item, column) for column in COLUMNS}) for item in items)
    return draft_with(edition, blocks), References(articles, pictures)


def read_references(blocks: Iterable[Block], known: References | None = None) -> References:
    """What these blocks refer to; only what is not `known` already is looked up."""
    known, blocks = known or References(), list(blocks)
    article_ids = {block.article_id for block in blocks if block.article_id is not None} - known.articles.keys()
    picture_ids = {block.picture_id for block in blocks if block.picture_id is not None} - known.pictures.keys()
    articles = Article.objects.select_related("lead_picture").defer("body").prefetch_related(*_WITH_ARTICLES)
    return References(
        {**known.articles, **(articles.in_bulk(article_ids) if article_ids else {})},
        {**known.pictures, **(Picture.objects.in_bulk(picture_ids) if picture_ids else {})},
    )
