"""What to read next: articles that share topics with this one, those that share most first, then the newest."""

from __future__ import annotations

from django.db.models import BigIntegerField, Count, DateTimeField, Q
from django.utils import timezone

from lib.prepared_queries import Parameter, PreparedQuery
from newsletters.models import Article
from newsletters.models.articles import ArticleQuerySet

MOST = 3


def _by_shared_topics() -> ArticleQuerySet:
    this = Parameter("article", BigIntegerField())
    its_topics = Article.topics.through.objects.filter(article=this).values("topic")
    return (
        Article.objects.published(Parameter("now", DateTimeField()))
        .exclude(pk=this)
        .defer("body")
        .select_related("lead_picture")
        .annotate(shared=Count("topics", filter=Q(topics__in=its_topics), distinct=True))
        .order_by("-shared", "-published_at", "-pk")[:MOST]
    )


_RELATED = PreparedQuery(_by_shared_topics)


def related_articles(article: Article) -> list[Article]:
    """At most `MOST` published articles; where too few share a topic, the newest others fill the places. One query."""
    return _RELATED(article=article.pk, now=timezone.now())
