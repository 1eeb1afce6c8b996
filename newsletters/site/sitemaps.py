"""The sitemap: an index, and parts of at most 5,000 addresses each with the date of its last change.

A part is a range of ids, so that an article never moves from one to another, and the index is one query a kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F, IntegerField, Max, QuerySet
from django.db.models.functions import Cast, Floor, Greatest
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from lib.public_pages import dated, public_page
from newsletters.models import Article, ArticleAuthor, Author, Edition, Page
from newsletters.site.context import institute_of, topics_with_articles

A_PART = 5_000
Entry = tuple[str, datetime | None]


def _articles() -> QuerySet[Any]:
    """Those that are here."""
    here = Article.objects.published().filter(original_url="")
    return here.annotate(changed=Greatest("updated_at", "published_at")).only("slug", "original_url")


def _editions() -> QuerySet[Any]:
    return Edition.objects.public().annotate(changed=F("frozen_at")).only("slug")


KINDS = {"articles": _articles, "editions": _editions}


@public_page
def index(request: HttpRequest) -> HttpResponse:
    entries: list[Entry] = [(reverse("site:sitemap-pages"), None)]
    for kind, rows in KINDS.items():
        parts = (
            rows()
            .order_by()
            .annotate(part=Cast(Floor(F("pk") / A_PART), IntegerField()))
            .values("part")
            .annotate(newest=Max("changed"))
            .order_by("part")
        )
        entries += [(reverse("site:sitemap-part", args=[kind, each["part"]]), each["newest"]) for each in parts]
    return _xml("site/sitemap_index.xml", entries)


@public_page
def pages(request: HttpRequest) -> HttpResponse:
    """What there is besides articles and editions."""
    newest = Article.objects.published().aggregate(newest=Max("published_at"))["newest"]
    bylines = ArticleAuthor.objects.filter(article__in=Article.objects.published())
    authors = Author.objects.filter(pk__in=bylines.values("author"))
    entries: list[Entry] = [
        (reverse("site:home"), newest),
        (reverse("site:archive"), None),
        (reverse("subscribers:subscribe"), institute_of(request).updated_at),
    ]
    entries += [(topic.get_absolute_url(), None) for topic in topics_with_articles()]
    entries += [(author.get_absolute_url(), None) for author in authors]
    entries += [(page.get_absolute_url(), page.updated_at) for page in Page.objects.published().defer("body")]
    return _xml("site/sitemap.xml", entries)


@public_page
def numbered(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    first = int(number) * A_PART
    rows = KINDS[kind]().filter(pk__gte=first, pk__lt=first + A_PART).order_by("pk")
    entries: list[Entry] = [(row.get_absolute_url(), row.changed) for row in rows]
    if not entries:
        raise Http404
    return _xml("site/sitemap.xml", entries)


def _xml(template: str, entries: Iterable[Entry]) -> HttpResponse:
    listed = [(f"{settings.SITE_URL}{path}", changed) for path, changed in entries]
    text = render_to_string(template, {"entries": listed})
    response = HttpResponse(text, content_type="application/xml; charset=utf-8")
    return dated(response, *(changed for _url, changed in listed))
