"""The topics under which articles stand, in their order, for as many articles as a page shows in one query."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import BigIntegerField

from lib.prepared_queries import PreparedQuery, Several
from newsletters.models import Article
from subscribers.models import Topic

_FILINGS = PreparedQuery(
    lambda: (
        Article.topics.through.objects.filter(article__in=Several("articles", BigIntegerField()))
        .select_related("topic")
        .order_by("topic__position", "topic__name")
    )
)


def file_under_topics(articles: Iterable[Article]) -> None:
    """Give each article its `filed_under`, which `topics_of` returns."""
    filed: dict[int, list[Topic]] = {}
    for article in articles:
        article.filed_under = filed.setdefault(article.pk, [])  # type: ignore[attr-defined]
    if filed:
        for filing in _FILINGS(articles=list(filed)):
            filed[filing.article_id].append(filing.topic)


def topics_of(article: Article) -> list[Topic]:
    """Asks the database where `file_under_topics` was not."""
    known: list[Topic] | None = getattr(article, "filed_under", None)
    return list(article.topics.all()) if known is None else known
