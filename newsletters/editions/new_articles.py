"""Which articles are new for an edition.

New means: published by the cut-off and in no earlier edition of this newsletter that reached anybody, or will. A
back-dated article that came late counts, since nobody got it yet; so does an article whose edition was cancelled
before anybody got it. Of one that was cancelled half-way some have it: it comes to nobody twice by itself. What was
published elsewhere before it came in by an archive is never new; an editor can put it into an edition by hand.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef

from newsletters.models import ArchivedItem, Article, Edition, EditionItem, Newsletter
from newsletters.models.articles import ArticleQuerySet


def find_new_articles(
    newsletter: Newsletter, cutoff: datetime | None = None, *, topics: Collection[int] | None = None
) -> ArticleQuerySet:
    """The articles that readers of this newsletter have not been sent yet, newest first. `topics` are those to which
    the newsletter is limited, where the caller has read them already."""
    editions = Edition.objects.filter(newsletter=newsletter).that_count_as_sent()
    sent = EditionItem.objects.filter(article=OuterRef("pk"), edition__in=editions)
    read_elsewhere = ArchivedItem.objects.filter(article=OuterRef("pk"), was_published=True)
    articles = Article.objects.published(by=cutoff).filter(~Exists(sent), ~Exists(read_elsewhere))
    if topics is None:
        topics = list(newsletter.topics.values_list("pk", flat=True))
    if topics:
        articles = articles.filter(
            Exists(Article.topics.through.objects.filter(article=OuterRef("pk"), topic__in=topics))
        )
    return articles.newest_first()
