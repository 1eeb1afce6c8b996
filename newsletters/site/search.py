"""/search/?q=: what was found, with the matched words marked; for nothing found, what to try."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from lib.public_pages import public_page
from lib.query_numbers import read_number
from newsletters.articles import searching
from newsletters.articles.comments import discuss
from newsletters.articles.searching import Hit, Query
from newsletters.models import Article
from newsletters.site.context import institute_of
from newsletters.site.listings import for_lists
from subscribers.throttling import Throttled, check_visitor

A_PAGE = 10
MOST_PAGES = 100  # nobody reads further, and the database need not either
NEWEST = "newest"


@public_page(reads=("q", "sort", "page"), kept=False)  # how often one may search is limited
def search(request: HttpRequest) -> HttpResponse:
    typed = " ".join(request.GET.get("q", "").split())
    query = Query.read(typed)
    newest_first = request.GET.get("sort") == NEWEST
    context: dict[str, object] = {
        "typed": typed[: searching.LONGEST_QUERY],
        "was_cut": len(typed) > searching.LONGEST_QUERY,
        "newest_first": newest_first,
    }
    if query:
        try:
            check_visitor("search", request, settings.SEARCH_LIMITS_PER_IP)
        except Throttled as limit:
            return _too_fast(request, context, limit)
    number = _number(request)
    found = searching.search(query, limit=A_PAGE, offset=(number - 1) * A_PAGE, newest_first=newest_first)
    page = Paginator(range(min(found.total, A_PAGE * MOST_PAGES)), A_PAGE).get_page(number)
    if page.number != number:
        raise Http404("There is no such page of what was found.")
    results = _with_articles(found.hits)
    latest = [] if found.total else list(for_lists(Article.objects.published())[:3])
    discuss([*(article for _hit, article in results), *latest], institute_of(request))
    context |= {
        "asked": bool(query),
        "total": found.total,
        "page": page,
        "results": results,
        "same": _link(typed, newest_first=newest_first),
        "same_best": _link(typed, newest_first=False),
        "same_newest": _link(typed, newest_first=True),
        "latest": latest,
    }
    return render(request, "site/search.html", context)


def _number(request: HttpRequest) -> int:
    number = read_number(request.GET.get("page", "1"), most=MOST_PAGES)
    if not number:
        raise Http404("There is no such page of what was found.")
    return number


def _link(typed: str, *, newest_first: bool) -> str:
    """The query of this page, for the links to its other pages and to the other order."""
    return urlencode({"q": typed[: searching.LONGEST_QUERY]} | ({"sort": NEWEST} if newest_first else {}))


def _with_articles(hits: Sequence[Hit]) -> list[tuple[Hit, Article]]:
    articles = for_lists(Article.objects.published()).in_bulk([hit.article_id for hit in hits])
    return [(hit, articles[hit.article_id]) for hit in hits if hit.article_id in articles]


def _too_fast(request: HttpRequest, context: dict[str, object], limit: Throttled) -> HttpResponse:
    response = render(request, "site/search.html", {**context, "wait": limit.minutes}, status=429)
    response["Retry-After"] = str(limit.retry_after)
    return response
