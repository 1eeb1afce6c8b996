"""RSS, Atom and JSON Feed, for all articles and for a topic: whole texts, every address absolute from SITE_URL."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import escape_uri_path
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.xmlutils import SimplerXMLGenerator

from lib.characters import without_controls
from lib.public_pages import dated, public_page
from newsletters.articles.body_pictures import absolute, show_pictures
from newsletters.articles.pictures import picture_path
from newsletters.models import Article
from newsletters.models.articles import ArticleQuerySet
from newsletters.site.context import institute_of
from newsletters.site.listings import newest_change
from newsletters.site.sharing import CARD_WIDTH
from subscribers import languages
from subscribers.models import Topic

ARTICLES = 20
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"


class _Rss(Rss201rev2Feed):
    """RSS 2.0 with the text of each article as content:encoded."""

    content_type = "application/rss+xml; charset=utf-8"

    def rss_attributes(self) -> dict[str, str]:
        return {
            **super().rss_attributes(),
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": DUBLIN_CORE,
        }

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("dc:language", item["language"])
        handler.addQuickElement("content:encoded", item["text"])


class _Atom(Atom1Feed):
    """Atom (RFC 4287) with the text of each article as its content."""

    content_type = "application/atom+xml; charset=utf-8"

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["text"], {"type": "html", "xml:lang": item["language"]})


class _JsonFeed(SyndicationFeed):
    """JSON Feed 1.1 (jsonfeed.org) with the text of each article as content_html. What there is nothing of is left
    out."""

    content_type = "application/feed+json; charset=utf-8"

    def write(self, outfile: Any, encoding: str) -> None:
        about = self.feed
        whole = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": about["title"],
            "home_page_url": about["link"],
            "feed_url": about["feed_url"],
            "description": about["description"],
            "language": about["language"],
            "items": [_without_nothing(self._item(item)) for item in self.items],
        }
        outfile.write(json.dumps(whole, ensure_ascii=False).encode(encoding))

    def _item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": item["unique_id"],
            "url": item["link"],
            "title": item["title"],
            "summary": item["description"],
            "content_html": item["text"],
            "date_published": item["pubdate"].isoformat(),
            "date_modified": item["updateddate"].isoformat(),
            "authors": [{"name": name} for name in item["author_names"]],
            "tags": list(item["categories"]),
            "image": item["image"],
            "language": item["language"],
        }

    def writeString(self, encoding: str) -> str:  # noqa: N802 - the name of the class above
        out = BytesIO()
        self.write(out, encoding)
        return out.getvalue().decode(encoding)


def _without_nothing(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if value}


@public_page
def rss(request: HttpRequest) -> HttpResponse:
    return _feed(request, _Rss, Article.objects.published())


@public_page
def atom(request: HttpRequest) -> HttpResponse:
    return _feed(request, _Atom, Article.objects.published())


@public_page
def json_feed(request: HttpRequest) -> HttpResponse:
    return _feed(request, _JsonFeed, Article.objects.published())


@public_page
def topic_rss(request: HttpRequest, slug: str) -> HttpResponse:
    topic = get_object_or_404(Topic, slug=slug)
    return _feed(request, _Rss, Article.objects.published().filter(topics=topic), topic)


@public_page
def topic_atom(request: HttpRequest, slug: str) -> HttpResponse:
    topic = get_object_or_404(Topic, slug=slug)
    return _feed(request, _Atom, Article.objects.published().filter(topics=topic), topic)


@public_page
def topic_json_feed(request: HttpRequest, slug: str) -> HttpResponse:
    topic = get_object_or_404(Topic, slug=slug)
    return _feed(request, _JsonFeed, Article.objects.published().filter(topics=topic), topic)


def _feed(
    request: HttpRequest, kind: type[_Rss | _Atom | _JsonFeed], articles: ArticleQuerySet, topic: Topic | None = None
) -> HttpResponse:
    institute = institute_of(request)
    whole = institute.description or institute.tagline or institute.name
    rows = articles.newest_first().select_related("lead_picture")
    newest = list(rows.prefetch_related("topics", "authors", "corrections")[:ARTICLES])
    feed = kind(
        title=without_controls(f"{topic.name} – {institute.name}" if topic else institute.name),
        link=f"{settings.SITE_URL}{topic.get_absolute_url() if topic else reverse('site:home')}",
        description=without_controls((topic.description or whole) if topic else whole),
        language=languages.spoken(),
        author_name=without_controls(institute.name) if kind is _Atom else None,  # RSS wants an address there
        feed_url=f"{settings.SITE_URL}{escape_uri_path(request.path)}",
        feed_copyright=without_controls(institute.copyright_line) or None,
    )
    for article in newest:
        _add(feed, article)
    response = HttpResponse(feed.writeString("utf-8"), content_type=kind.content_type)
    return dated(response, institute.updated_at, newest_change(newest))


def _text(article: Article) -> str:
    """Nobody knows which way the reader's page around it runs, so it says its own direction, and where that changes."""
    language = languages.language(article.language or settings.LANGUAGE_CODE)
    html = languages.directed(absolute(show_pictures(article.body)), language.code)
    if corrections := list(article.corrections.all()):
        html += render_to_string("site/_corrections.html", {"article": article, "corrections": corrections})
    return f'<div lang="{language.code}" dir="{language.direction}">{html}</div>'


def _add(feed: SyndicationFeed, article: Article) -> None:
    link = article.full_address
    names = [without_controls(author.name) for author in article.authors.all()]
    picture = article.shown_picture
    feed.add_item(
        title=without_controls(article.title),
        link=link,
        description=without_controls(article.summary),
        unique_id=link,
        unique_id_is_permalink=True,
        author_name=", ".join(names) or None,
        author_names=names,
        image=f"{settings.SITE_URL}{picture_path(picture, CARD_WIDTH)}" if picture else "",
        pubdate=article.published_at,
        updateddate=article.updated_at,
        categories=[without_controls(topic.name) for topic in article.topics.all()],
        text=without_controls(_text(article)),
        language=article.language or settings.LANGUAGE_CODE,
    )
