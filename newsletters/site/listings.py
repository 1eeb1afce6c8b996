"""Lists of articles by topic and by author, and the archive of editions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from lib.public_pages import dated, public_page
from newsletters.articles.comments import discuss
from newsletters.models import Article, Author, Edition
from newsletters.models.articles import ArticleQuerySet
from newsletters.rendering.mail import for_anybody
from newsletters.site.context import institute_of
from newsletters.site.editions import listed_content_of
from newsletters.site.paging import page_of
from newsletters.site.sharing import Card
from subscribers.models import MailingList, Topic

A_PAGE = 12
EDITIONS_A_PAGE = 30


def with_pictures(articles: ArticleQuerySet) -> ArticleQuerySet:
    return articles.newest_first().select_related("lead_picture").defer("body")


def for_lists(articles: ArticleQuerySet) -> ArticleQuerySet:
    return with_pictures(articles).prefetch_related("topics")


def newest_change(articles: Iterable[Article]) -> datetime | None:
    """When the last of them was changed, or appeared at its time."""
    moments = [moment for article in articles for moment in (article.updated_at, article.published_at) if moment]
    return max(moments, default=None)


@public_page(reads=("page",))
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Topic, slug=slug)
    page = page_of(request, for_lists(Article.objects.published().filter(topics=found)), A_PAGE)
    discuss(page.object_list, institute_of(request))
    card = Card(found.name, found.description or found.name, _address(found.get_absolute_url(), page.number))
    response = render(request, "site/topic.html", {"topic": found, "page": page, "card": card})
    return dated(response, institute_of(request).updated_at, newest_change(page.object_list))


@public_page(reads=("page",))
def author(request: HttpRequest, slug: str) -> HttpResponse:
    """Who writes, and what they wrote. Who has published nothing yet has no page."""
    found = get_object_or_404(Author, slug=slug)
    page = page_of(request, for_lists(Article.objects.published().filter(authors=found)), A_PAGE)
    if not page.paginator.count:
        raise Http404
    discuss(page.object_list, institute_of(request))
    card = Card(found.name, found.about or found.name, _address(found.get_absolute_url(), page.number), kind="profile")
    response = render(request, "site/author.html", {"author": found, "page": page, "card": card})
    return dated(response, institute_of(request).updated_at, newest_change(page.object_list))


@dataclass(frozen=True)
class ArchivedIssue:
    """An edition as the archive lists it: by what it said, not by what its newsletter is called today."""

    path: str
    newsletter: str
    number: int
    subject: str
    preheader: str
    date: date
    language: str

    @classmethod
    def of(cls, edition: Edition) -> ArchivedIssue:
        content = listed_content_of(edition)
        return cls(
            path=edition.get_absolute_url(),
            newsletter=content.newsletter,
            number=content.number,
            subject=for_anybody(content, content.subject),
            preheader=for_anybody(content, content.preheader),
            date=date.fromisoformat(content.date),
            language=content.language,
        )


@public_page(reads=("page", "list"))
def archive(request: HttpRequest) -> HttpResponse:
    """Every edition, or with `?list=` those that went to one public list."""
    editions = Edition.objects.public().order_by("-queued_at", "-pk")
    mailing_list: MailingList | None = None
    if slug := request.GET.get("list", ""):
        mailing_list = get_object_or_404(MailingList, slug=slug, is_public=True)
        editions = editions.filter(newsletter__mailing_list=mailing_list)
    page = page_of(request, editions, EDITIONS_A_PAGE)
    card = Card(
        _("Newsletter archive"),
        _("Every edition we’ve sent, just as readers received it."),
        _address(reverse("site:archive") + (f"?list={mailing_list.slug}" if mailing_list else ""), page.number),
    )
    same = f"list={mailing_list.slug}&" if mailing_list else ""
    context = {
        "mailing_list": mailing_list,
        "same": same,
        "page": page,
        "issues": [ArchivedIssue.of(edition) for edition in page.object_list],
        "card": card,
    }
    went_out = [edition.frozen_at for edition in page.object_list]
    return dated(render(request, "site/archive.html", context), institute_of(request).updated_at, *went_out)


def _address(path: str, number: int) -> str:
    joint = "&" if "?" in path else "?"
    return f"{settings.SITE_URL}{path}" + (f"{joint}page={number}" if number > 1 else "")
