"""A private preview: a link that shows an article before it is published to somebody without an account.

The link is a token bound to this purpose and to a row that says when it ends, so it can be ended at any time. Ending it
ends it for everybody who has it. Once the article is public, the link leads to the article.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from newsletters.models import Article, PreviewLink
from subscribers import tokens
from subscribers.tokens import BadToken, Purpose

VALID_DAYS = 7


class PreviewEnded(LookupError):
    """There was such a preview; its time is over, or somebody ended it."""


def make(article: Article, *, by: str) -> PreviewLink:
    ends_at = timezone.now() + timedelta(days=VALID_DAYS)
    return PreviewLink.objects.create(article=article, made_by_name=by, ends_at=ends_at)


def open_links(article: Article) -> QuerySet[PreviewLink]:
    return article.preview_links.filter(ends_at__gt=timezone.now())


def end(article: Article, number: int) -> bool:
    """False where there is no such link any more."""
    return bool(open_links(article).filter(pk=number).update(ends_at=timezone.now()))


def url(link: PreviewLink) -> str:
    """Its address, with the site's name."""
    token = tokens.make(Purpose.ARTICLE_PREVIEW, link.pk)
    return settings.SITE_URL + reverse("site:private-preview", args=[token])


def article_of(token: str) -> Article:
    """The article that the link shows. Raises `BadToken` and `PreviewEnded`."""
    numbers = tokens.read(Purpose.ARTICLE_PREVIEW, token)
    if len(numbers) != 1:
        raise BadToken("not of a preview")
    link = PreviewLink.objects.select_related("article__lead_picture").filter(pk=numbers[0]).first()
    if link is None or not link.is_open:
        raise PreviewEnded
    return link.article
