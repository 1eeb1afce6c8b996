"""What to read next."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from newsletters.articles.related import related_articles
from tests.factories import make_article, make_topic

pytestmark = pytest.mark.django_db


def test_articles_that_share_most_topics_come_first_then_the_newest(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    now = timezone.now()
    us, sea, law = make_topic(), make_topic(), make_topic()
    article = make_article(topics=[us, sea])
    newest = make_article(topics=[law], published_at=now - timedelta(days=1))
    one = make_article(topics=[us, law], published_at=now - timedelta(days=3))
    both = make_article(topics=[us, sea], published_at=now - timedelta(days=9))
    make_article(topics=[us, sea], status="draft")
    make_article(topics=[us, sea], published_at=now + timedelta(days=1))
    topics = article.topics.all()
    for more in (0, 12):
        for _ in range(more):
            make_article(published_at=now - timedelta(days=90))
        with django_assert_num_queries(1):
            assert related_articles(article) == [both, one, newest]
    assert list(topics) == [us, sea]


def test_an_article_without_topics_is_followed_by_the_newest() -> None:
    article = make_article()
    other = make_article(topics=[make_topic()])
    assert related_articles(article) == [other]
