"""A prepared query finds what the queryset finds that it was made of, on every thread and with any values."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import BigIntegerField, Count, DateTimeField, F, QuerySet, SlugField, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lib.prepared_queries import Parameter, PreparedQuery, Several
from newsletters.models import Article
from tests.factories import make_article, make_topic

NOW = Parameter("now", DateTimeField())


def published(now: Any) -> QuerySet[Article]:
    return Article.objects.published(now).newest_first()


@pytest.fixture
def articles(db: None) -> list[Article]:
    """Published one a day, newest first."""
    now = timezone.now()
    topic = make_topic()
    return [make_article(published_at=now - timedelta(days=day), topics=[topic] * (day % 2)) for day in range(1, 6)]


def test_it_finds_what_was_published_by_any_moment(articles: list[Article]) -> None:
    prepared = PreparedQuery(lambda: published(NOW))
    for moment in [*(article.published_at for article in articles), timezone.now(), datetime(2000, 1, 1, tzinfo=UTC)]:
        assert prepared(now=moment) == list(published(moment))


def test_its_sql_is_written_once_and_each_call_is_one_query(
    articles: list[Article], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    written = []

    def build() -> QuerySet[Article]:
        written.append(1)
        return published(NOW)

    prepared = PreparedQuery(build)
    for _ in range(3):
        with django_assert_num_queries(1):
            prepared(now=timezone.now())
    assert len(written) == 1


def test_related_objects_deferred_fields_and_annotations_are_there(
    articles: list[Article], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    place = Window(RowNumber(), order_by=F("published_at").desc())
    prepared = PreparedQuery(
        lambda: (
            published(NOW)
            .defer("body")
            .select_related("lead_picture")
            .annotate(filed=Count("topics"), place=place)
            .filter(place__lte=3)
        )
    )
    with django_assert_num_queries(1):
        found: list[Any] = prepared(now=timezone.now())
        assert [(each.pk, each.filed, each.place, each.lead_picture) for each in found] == [
            (article.pk, day % 2, day, None) for day, article in enumerate(articles[:3], 1)
        ]
        assert {"body"} == found[0].get_deferred_fields()
    assert all(timezone.is_aware(each.published_at) for each in found)


def test_rows_may_be_tuples(articles: list[Article]) -> None:
    prepared = PreparedQuery(
        lambda: (
            Article.objects.filter(slug=Parameter("slug", SlugField()))
            .values_list("pk", "published_at")
            .annotate(Count("topics"))
        )
    )
    for day, article in enumerate(articles, 1):
        assert prepared(slug=article.slug) == [(article.pk, article.published_at, day % 2)]
    assert prepared(slug="'; --") == []


@pytest.mark.parametrize("how_many", [0, 1, 2, 5, 2000])
def test_any_number_of_numbers(articles: list[Article], how_many: int) -> None:
    prepared = PreparedQuery(lambda: Article.objects.filter(pk__in=Several("wanted", BigIntegerField())).order_by("pk"))
    assert prepared(wanted=[-1]) == []
    wanted = [article.pk for article in articles[:how_many]] + list(range(-how_many, 0))
    assert prepared(wanted=wanted) == sorted(articles[:how_many], key=lambda article: article.pk)


def test_any_number_of_words(articles: list[Article]) -> None:
    prepared = PreparedQuery(lambda: Article.objects.filter(slug__in=Several("slugs", SlugField())).order_by("pk"))
    assert prepared(slugs=[]) == []
    odd = ["", "é", '"', "'", "{}", ",", "\\", "NULL"]
    assert prepared(slugs=[*odd, articles[0].slug, articles[0].slug]) == [articles[0]]


def test_a_value_that_is_missing_is_an_error(articles: list[Article]) -> None:
    with pytest.raises(KeyError, match="now"):
        PreparedQuery(lambda: published(NOW))()


@pytest.mark.django_db(transaction=True)
def test_threads_share_what_is_written_and_nothing_else() -> None:
    made = [make_article() for _ in range(8)]
    prepared = PreparedQuery(lambda: Article.objects.filter(pk=Parameter("article", BigIntegerField())))

    def ask(article: Article) -> bool:
        try:
            return all(prepared(article=article.pk) == [article] for _ in range(20))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, made))
    assert prepared(article=made[0].pk) == [made[0]]  # where the first thread's connection is closed
