"""An article's page, and its preview for staff. The public sees what `published()` lets through, and nothing else."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.db.models import BigIntegerField, DateTimeField, Exists, OuterRef, Q, SlugField, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from lib.prepared_queries import Parameter, PreparedQuery
from lib.public_pages import dated, public_page
from newsletters.articles import private_previews
from newsletters.articles.body_pictures import show_pictures, waits_for_pictures
from newsletters.articles.body_tables import with_scroll_boxes
from newsletters.articles.comments import Discussion, discuss
from newsletters.articles.related import related_articles
from newsletters.articles.revisions import with_working_copy
from newsletters.articles.topics import file_under_topics, topics_of
from newsletters.models import Article, ArticleAuthor, Correction, FormerAddress
from newsletters.models.articles import ArticleQuerySet
from newsletters.site import sharing
from newsletters.site.comments import moments_of, under
from newsletters.site.context import institute_of
from subscribers import languages
from subscribers.tokens import BadToken


@public_page
def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = next(iter(_PUBLISHED(slug=slug, now=timezone.now())), None)
    if found is None:
        return _moved(slug)
    if found.original_url:
        return HttpResponseRedirect(found.original_url)
    response = _article_page(request, found)
    return dated(response, *moments_of(found), institute_of(request).updated_at)


def _moved(slug: str) -> HttpResponse:
    former = FormerAddress.objects.filter(slug=slug).select_related("article").first()
    if former is None or not former.article.is_public:
        raise Http404("There is no such article.")
    return HttpResponsePermanentRedirect(former.article.get_absolute_url())


@require_safe
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """An article as it will look, for staff who may see articles. To anybody else there is no such page."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), "/admin/login/")
    if not (request.user.is_staff and request.user.has_perm("newsletters.view_article")):
        raise Http404
    found = get_object_or_404(Article.objects.select_related("lead_picture"), slug=slug)
    may_write = request.user.has_perm("newsletters.change_article")
    edit_url = reverse("admin:newsletters_article_change", args=[found.pk]) if may_write else ""
    return _kept_by_nobody(_article_page(request, with_working_copy(found), preview=True, edit_url=edit_url))


@require_safe
def private_preview(request: HttpRequest, token: str) -> HttpResponse:
    """An article as it will look, for people with its private link, until the link ends. No cache keeps the page, and
    no referrer tells of it."""
    try:
        found = private_previews.article_of(token)
    except BadToken:
        raise Http404("There is no such preview.") from None
    except private_previews.PreviewEnded:
        response = render(request, "site/preview_ended.html", status=410)
    else:
        if found.is_public:
            response = HttpResponseRedirect(found.get_absolute_url())
        else:
            response = _article_page(request, with_working_copy(found), preview=True, private=True)
    response["Referrer-Policy"] = "no-referrer"
    return _kept_by_nobody(response)


def _kept_by_nobody(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    response["X-Robots-Tag"] = "noindex"
    return response


def _article_page(request: HttpRequest, article: Article, *, preview: bool = False, **more: Any) -> HttpResponse:
    earlier, later = _neighbours(article)
    bylines = _BYLINES(article=article.pk)
    file_under_topics([article])
    related = related_articles(article)
    institute = institute_of(request)
    discuss([article, *related], institute)
    talk: Discussion = article.discussion  # type: ignore[attr-defined]
    corrected = list(article.corrections.all()) if getattr(article, "is_corrected", True) else []
    context = {
        "article": article,
        "topics": topics_of(article),
        "body": languages.directed(with_scroll_boxes(show_pictures(article.body)), article.language),
        "bylines": bylines,
        "related": related,
        "earlier": earlier,
        "later": later,
        "card": sharing.card_of(article),
        "corrections": corrected,
        "ld_json": sharing.news_article(article, bylines, institute, comments=talk.count, corrections=corrected),
        "preview": preview,
        "waits_for_pictures": preview and waits_for_pictures(article.body, article.lead_picture),
        **under(article),
        **more,
    }
    return render(request, "site/article.html", context)


def _neighbours(article: Article) -> tuple[Article | None, Article | None]:
    """The articles published just before and just after this one."""
    if article.published_at is None:
        return None, None
    found = _NEIGHBOURS(at=article.published_at, article=article.pk, now=timezone.now())
    before = [each for each in found if (each.published_at, each.pk) < (article.published_at, article.pk)]
    after = [each for each in found if each not in before]
    return next(iter(before), None), next(iter(after), None)


_NOW, _AT = Parameter("now", DateTimeField()), Parameter("at", DateTimeField())
_THIS = Parameter("article", BigIntegerField())
_PUBLISHED = PreparedQuery(
    lambda: (
        Article.objects.published(_NOW)
        .filter(slug=Parameter("slug", SlugField()))
        .select_related("lead_picture")
        .annotate(is_corrected=Exists(Correction.objects.filter(article=OuterRef("pk"))))  # few are: no query for them
    )
)
_BYLINES = PreparedQuery(lambda: ArticleAuthor.objects.filter(article=_THIS).select_related("author"))


def _just_before_and_after() -> ArticleQuerySet:
    others = Article.objects.published(_NOW)
    before = others.filter(Q(published_at__lt=_AT) | Q(published_at=_AT, pk__lt=_THIS)).order_by("-published_at", "-pk")
    after = others.filter(Q(published_at__gt=_AT) | Q(published_at=_AT, pk__gt=_THIS)).order_by("published_at", "pk")
    # “=”, not “IN”: so each database finds the two by their keys, and PostgreSQL doesn't look at all articles.
    both = Q(pk=Subquery(before.values("pk")[:1])) | Q(pk=Subquery(after.values("pk")[:1]))
    return Article.objects.filter(both).only("title", "slug", "language", "original_url", "published_at")


_NEIGHBOURS = PreparedQuery(_just_before_and_after)
