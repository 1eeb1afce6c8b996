"""The RSS feed of the articles: whole texts, every address in it absolute from SITE_URL."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.xmlutils import SimplerXMLGenerator

from newsletters.articles.figures import absolute, show_pictures
from newsletters.models import Article, Institute
from newsletters.site.caching import public_page

ARTICLES = 20
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class _FeedWithTexts(Rss201rev2Feed):
    """RSS 2.0 with the text of each article as content:encoded."""

    def rss_attributes(self) -> dict[str, str]:
        return {**super().rss_attributes(), "xmlns:content": "http://purl.org/rss/1.0/modules/content/"}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["text"])


@public_page
def feed(request: HttpRequest) -> HttpResponse:
    institute = Institute.current()
    rss = _FeedWithTexts(
        title=institute.name,
        link=f"{settings.SITE_URL}/",
        description=institute.description or institute.tagline or institute.name,
        language=settings.LANGUAGE_CODE,
        feed_url=f"{settings.SITE_URL}/feed/",
        feed_copyright=institute.copyright_line or None,
    )
    newest = Article.objects.published().newest_first().prefetch_related("topics", "authors")[:ARTICLES]
    for article in newest:
        link = f"{settings.SITE_URL}{article.get_absolute_url()}"
        rss.add_item(
            title=_without_controls(article.title),
            link=link,
            description=_without_controls(article.summary),
            unique_id=link,
            unique_id_is_permalink=True,
            author_name=", ".join(author.name for author in article.authors.all()) or None,
            pubdate=article.published_at,
            updateddate=article.updated_at,
            categories=[topic.name for topic in article.topics.all()],
            text=_without_controls(absolute(show_pictures(article.body))),
        )
    return HttpResponse(rss.writeString("utf-8"), content_type="application/rss+xml; charset=utf-8")


def _without_controls(text: str) -> str:
    """XML 1.0 knows no control characters; one pasted into an article must not break the feed for everybody."""
    return _NOT_XML.sub("", text)
