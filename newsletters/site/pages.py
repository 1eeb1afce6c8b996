"""The public pages. They show what `published()`, `public()` and `readable()` let through, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from newsletters.articles.figures import show_pictures
from newsletters.articles.related import related_articles
from newsletters.models import Article, Edition
from newsletters.models.articles import ArticleQuerySet
from newsletters.rendering.mail import for_anybody
from newsletters.site.caching import public_page
from newsletters.site.editions import content_of
from subscribers.models import Topic

LATEST = 6
A_TOPIC = 3
A_PAGE = 12
EDITIONS_A_PAGE = 30


@dataclass
class TopicShelf:
    topic: Topic
    articles: list[Article] = field(default_factory=list)


@dataclass(frozen=True)
class ArchivedIssue:
    """An edition as the archive lists it: by what it said, not by what its newsletter is called today."""

    path: str
    newsletter: str
    number: int
    subject: str
    preheader: str
    date: date

    @classmethod
    def of(cls, edition: Edition) -> ArchivedIssue:
        content = content_of(edition)
        return cls(
            path=edition.get_absolute_url(),
            newsletter=content.newsletter,
            number=content.number,
            subject=for_anybody(content, content.subject),
            preheader=for_anybody(content, content.preheader),
            date=date.fromisoformat(content.date),
        )


def _for_lists(articles: ArticleQuerySet) -> ArticleQuerySet:
    return articles.newest_first().select_related("lead_picture").prefetch_related("topics").defer("body")


@public_page
def home(request: HttpRequest) -> HttpResponse:
    newest = list(_for_lists(Article.objects.published())[: LATEST + 1])
    lead = next((article for article in newest if article.lead_picture), newest[0] if newest else None)
    latest = [article for article in newest if article != lead]
    return render(request, "site/home.html", {"lead": lead, "latest": latest, "shelves": _shelves()})


def _shelves() -> list[TopicShelf]:
    """The newest articles of every topic, in as many queries whatever the number of topics."""
    filings = (
        Article.topics.through.objects.filter(
            article__status=Article.Status.PUBLISHED, article__published_at__lte=timezone.now()
        )
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=F("topic_id"),
                order_by=[F("article__published_at").desc(), F("article_id").desc()],
            )
        )
        .filter(place__lte=A_TOPIC)  # type: ignore[misc] # the stubs lose annotations on a through table
        .select_related("topic", "article")
        .defer("article__body")
        .order_by("topic__position", "topic__name", "place")
    )
    shelves: dict[int, TopicShelf] = {}
    for filing in filings:
        shelves.setdefault(filing.topic_id, TopicShelf(filing.topic)).articles.append(filing.article)
    return list(shelves.values())


@public_page
def article(request: HttpRequest, slug: str) -> HttpResponse:
    return _article_page(request, get_object_or_404(_whole(Article.objects.published()), slug=slug))


@require_safe
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """An article as it will look, for staff who may see articles. To anybody else there is no such page."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), "/admin/login/")
    if not (request.user.is_staff and request.user.has_perm("newsletters.view_article")):
        raise Http404
    found = get_object_or_404(_whole(Article.objects.all()), slug=slug)
    may_write = request.user.has_perm("newsletters.change_article")
    edit_url = reverse("admin:newsletters_article_change", args=[found.pk]) if may_write else ""
    response = _article_page(request, found, preview=True, edit_url=edit_url)
    add_never_cache_headers(response)
    response["X-Robots-Tag"] = "noindex"
    return response


def _whole(articles: ArticleQuerySet) -> ArticleQuerySet:
    return articles.select_related("lead_picture").prefetch_related("topics")


def _article_page(request: HttpRequest, article: Article, **more: Any) -> HttpResponse:
    earlier, later = _neighbours(article)
    context = {
        "article": article,
        "body": show_pictures(article.body),
        "bylines": list(article.articleauthor_set.select_related("author")),
        "related": related_articles(article),
        "earlier": earlier,
        "later": later,
        **more,
    }
    return render(request, "site/article.html", context)


def _neighbours(article: Article) -> tuple[Article | None, Article | None]:
    """The articles published just before and just after this one."""
    if article.published_at is None:
        return None, None
    others = Article.objects.published().only("title", "slug")
    at, pk = article.published_at, article.pk
    before = others.filter(Q(published_at__lt=at) | Q(published_at=at, pk__lt=pk)).order_by("-published_at", "-pk")
    after = others.filter(Q(published_at__gt=at) | Q(published_at=at, pk__gt=pk)).order_by("published_at", "pk")
    return before.first(), after.first()


@public_page
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Topic, slug=slug)
    page = _page(request, _for_lists(Article.objects.published().filter(topics=found)), A_PAGE)
    return render(request, "site/topic.html", {"topic": found, "page": page})


@public_page
def archive(request: HttpRequest) -> HttpResponse:
    editions = Edition.objects.public().order_by("-queued_at", "-pk")
    page = _page(request, editions, EDITIONS_A_PAGE)
    issues = [ArchivedIssue.of(edition) for edition in page.object_list]
    return render(request, "site/archive.html", {"page": page, "issues": issues})


def _page(request: HttpRequest, rows: Any, a_page: int) -> Page[Any]:
    try:
        return Paginator(rows, a_page).page(request.GET.get("page", 1))
    except (PageNotAnInteger, EmptyPage):
        raise Http404("There is no such page of this list.") from None
