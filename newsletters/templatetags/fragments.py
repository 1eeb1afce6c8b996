"""Parts of the site's pages that are rendered once for what they say: see lib/fragments.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from lib.fragments import render_once
from newsletters.articles.comments import Discussion
from newsletters.articles.topics import topics_of
from newsletters.models import Article, Institute
from subscribers.languages import localised
from subscribers.models import Topic

register = template.Library()


class TopicLink(NamedTuple):
    path: str
    name: str


class MetaOfArticle(NamedTuple):
    published_at: datetime | None
    reading_minutes: int
    discussion: Discussion


@register.simple_tag
def meta_line(article: Article) -> SafeString:
    """When it was published, how long it takes to read, and how many commented."""
    talk: Discussion = article.discussion  # type: ignore[attr-defined]
    said = MetaOfArticle(article.published_at, article.reading_minutes, talk)
    return render_once("site/_meta.html", article=said)


@register.simple_tag
def topics_line(article: Article) -> SafeString:
    """Its topics, each a link."""
    return render_once("site/_topics.html", topics=_links(topics_of(article)))


@register.simple_tag(takes_context=True)
def brand(context: dict[str, Any]) -> SafeString:
    institute: Institute = context["institute"]
    return render_once("site/_brand.html", name=institute.name, tagline=institute.tagline)


@register.simple_tag
def search_form() -> SafeString:
    return render_once("site/_search_form.html")


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any]) -> SafeString:
    """The ways to the archive, the form and the topics; the one to the page that it stands on is marked."""
    request: HttpRequest | None = context.get("request")
    path = request.path if request is not None else ""
    topics, archive = _links(context.get("site_topics", ())), reverse("site:archive")
    here = path if path == archive or any(path == topic.path for topic in topics) else ""
    return render_once("site/_navigation.html", topics=topics, archive=archive, here=here)


@register.simple_tag(takes_context=True)
def about_institute(context: dict[str, Any]) -> SafeString:
    institute: Institute = context["institute"]
    return render_once(
        "site/_about.html",
        name=institute.name,
        description=institute.description,
        contact_email=institute.contact_email,
    )


def _links(topics: Iterable[Topic]) -> tuple[TopicLink, ...]:
    start = localised("/topics/")
    return tuple([TopicLink(f"{start}{topic.slug}/", topic.name) for topic in topics])
