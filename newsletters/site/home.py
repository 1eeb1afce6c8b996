"""The front page: the lead story, the latest, and the newest of every topic."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, DateTimeField, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from lib.prepared_queries import Parameter, PreparedQuery, Several
from lib.public_pages import dated, public_page
from newsletters.articles.archives.old_addresses import BY_NUMBER, article_at
from newsletters.articles.comments import discuss
from newsletters.articles.topics import file_under_topics
from newsletters.models import Article
from newsletters.site.context import institute_of
from newsletters.site.listings import newest_change, with_pictures
from newsletters.site.sharing import Card
from subscribers.languages import localised
from subscribers.models import Topic

LATEST = 6
A_TOPIC = 3
_CANDIDATES = 6  # of a topic: some of them already stand under another one


@dataclass
class TopicShelf:
    topic: Topic
    articles: list[Article] = field(default_factory=list)


@public_page(reads=[BY_NUMBER])
def home(request: HttpRequest) -> HttpResponse:
    """Where an article came from another system, its number there leads to it: “/?p=123”."""
    if number := request.GET.get(BY_NUMBER):
        moved = article_at("/", number)
        there = moved.get_absolute_url() if moved else localised("/")  # else each number would be kept by caches
        return HttpResponsePermanentRedirect(there) if moved else HttpResponseRedirect(there)
    institute = institute_of(request)
    now = timezone.now()
    newest = _NEWEST(now=now)
    file_under_topics(newest)
    lead = next((article for article in newest if article.shown_picture), newest[0] if newest else None)
    shelves = _shelves(now, newest)
    full = [shelf for shelf in shelves if len(shelf.articles) > 1]
    discuss([*newest, *(article for shelf in shelves for article in shelf.articles)], institute)
    context = {
        "lead": lead,
        "latest": [article for article in newest if article != lead],
        "shelves": full if len(full) > 1 else [],
        "lines": [
            (shelf.topic, article)
            for shelf in shelves
            if shelf not in full or len(full) == 1
            for article in shelf.articles
        ],
        "card": Card(
            institute.name, institute.description or institute.tagline, f"{settings.SITE_URL}{reverse('site:home')}"
        ),
    }
    return dated(render(request, "site/home.html", context), institute.updated_at, newest_change(newest))


def _newest_of_topics() -> QuerySet[Any]:
    """Of every topic, in as many queries whatever the number of topics."""
    return (
        Article.topics.through.objects.filter(article__status=Article.Status.PUBLISHED, article__published_at__lte=_NOW)
        .exclude(article__in=Several("shown", BigIntegerField()))
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=F("topic_id"),
                order_by=[F("article__published_at").desc(), F("article_id").desc()],
            )
        )
        .filter(place__lte=_CANDIDATES)  # type: ignore[misc] # the stubs lose annotations on a through table
        .select_related("topic", "article")
        .only(
            "topic__name",
            "topic__slug",
            "topic__position",
            *(
                f"article__{name}"
                for name in (
                    "title",
                    "slug",
                    "original_url",
                    "language",
                    "status",
                    "published_at",
                    "reading_minutes",
                    "comments_open",
                    "updated_at",
                )
            ),
        )
        .order_by("topic__position", "topic__name", "place")
    )


_NOW = Parameter("now", DateTimeField())
_NEWEST = PreparedQuery(lambda: with_pictures(Article.objects.published(_NOW))[: LATEST + 1])
_OF_TOPICS = PreparedQuery(_newest_of_topics)


def _shelves(now: datetime, shown: list[Article]) -> list[TopicShelf]:
    """The newest of every topic. Nothing stands twice on the page: neither what is above, nor under two topics."""
    shelves: dict[int, TopicShelf] = {}
    there: set[int] = set()
    for filing in _OF_TOPICS(now=now, shown=[article.pk for article in shown]):
        shelf = shelves.setdefault(filing.topic_id, TopicShelf(filing.topic))
        if filing.article_id not in there and len(shelf.articles) < A_TOPIC:
            there.add(filing.article_id)
            shelf.articles.append(filing.article)
    return [shelf for shelf in shelves.values() if shelf.articles]
