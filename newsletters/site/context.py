"""What every page knows: the institute, and the topics of the navigation. Nothing is read until a template asks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from lib.fragments import read_once
from newsletters.models import Article, Institute
from subscribers.models import Topic


def institute(request: HttpRequest) -> dict[str, Any]:
    return {
        "site_url": settings.SITE_URL,
        "institute": SimpleLazyObject(lambda: institute_of(request)),
        "site_topics": SimpleLazyObject(lambda: read_once(request, "newsletters.topics", topics_with_articles)),
    }


def institute_of(request: HttpRequest) -> Institute:
    """The institute, read once a request."""
    known: Institute | None = getattr(request, "_institute", None)
    if known is None:
        known = read_once(request, "newsletters.institute", Institute.current)
        request._institute = known  # type: ignore[attr-defined]
    return known


def topics_with_articles() -> list[Topic]:
    """The topics under which the public finds at least one article."""
    filed = Article.objects.published().filter(topics=OuterRef("pk"))
    return list(Topic.objects.filter(Exists(filed)))
