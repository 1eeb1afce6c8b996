"""What every page knows: the institute, its pages, the topics of the navigation. Nothing is read until it is asked."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from lib.fragments import read_once
from lib.prepared_queries import Parameter, PreparedQuery
from newsletters.articles.pages import PageLink, pages_for, published_pages
from newsletters.models import Article, Institute
from subscribers.institute import InstitutePage
from subscribers.models import Topic


def institute(request: HttpRequest) -> dict[str, Any]:
    return {
        "site_url": settings.SITE_URL,
        "institute": SimpleLazyObject(lambda: institute_of(request)),
        "site_topics": SimpleLazyObject(lambda: read_once(request, "newsletters.topics", topics_with_articles)),
        "site_pages": SimpleLazyObject(lambda: pages_of(request)),
    }


def institute_of(request: HttpRequest) -> Institute:
    """The institute, read once a request."""
    known: Institute | None = getattr(request, "_institute", None)
    if known is None:
        known = read_once(request, "newsletters.institute", Institute.current)
        request._institute = known  # type: ignore[attr-defined]
    return known


def pages_of(request: HttpRequest) -> tuple[PageLink, ...]:
    """The institute's own pages in every language, read once a request, and once a version of the site."""
    known: tuple[PageLink, ...] | None = getattr(request, "_institute_pages", None)
    if known is None:
        known = read_once(request, "newsletters.pages", published_pages)
        request._institute_pages = known  # type: ignore[attr-defined]
    return known


def pages_for_readers(request: HttpRequest | None, code: str) -> list[InstitutePage]:
    """For the floor below: those that a reader of this language is shown."""
    pages = published_pages() if request is None else pages_of(request)
    chosen = pages_for(pages, code)
    return [InstitutePage(each.kind, each.title, each.path_in(code), each.written_in) for each in chosen]


_NOW = Parameter("now", DateTimeField())
_TOPICS: PreparedQuery[Topic] = PreparedQuery(
    lambda: Topic.objects.filter(Exists(Article.objects.published(_NOW).filter(topics=OuterRef("pk"))))
)


def topics_with_articles() -> list[Topic]:
    """The topics under which the public finds at least one article."""
    return _TOPICS(now=timezone.now())
