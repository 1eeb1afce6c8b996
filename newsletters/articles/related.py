"""What to read next: articles that share topics with this one, those that share most first, then the newest."""

from __future__ import annotations

from django.db.models import Count, Q

from newsletters.models import Article


def related_articles(article: Article, n: int = 3) -> list[Article]:
    """At most n published articles; where too few share a topic, the newest others fill the places. One query."""
    topics = [topic.pk for topic in article.topics.all()]
    shared = Count("topics", filter=Q(topics__in=topics), distinct=True)
    return list(
        Article.objects.published()
        .exclude(pk=article.pk)
        .defer("body")
        .select_related("lead_picture")
        .annotate(shared=shared)
        .order_by("-shared", "-published_at", "-pk")[:n]
    )
