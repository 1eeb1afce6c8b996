"""404: what the address says is looked for, so that a link that was mistyped or is old still leads somewhere."""

from __future__ import annotations

import re
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render

from lib.problem_details import is_for_a_program, problem
from newsletters.articles import searching
from newsletters.articles.archives.old_addresses import BY_NUMBER, article_at
from newsletters.articles.comments import discuss
from newsletters.articles.searching import Query
from newsletters.models import Article
from newsletters.site.context import institute_of
from newsletters.site.listings import for_lists
from newsletters.site.pages import path_with_slash
from subscribers.languages import neutral
from subscribers.throttling import Throttled, check_visitor
from subscribers.tokens import Purpose

# What stands in many addresses and says nothing of what was wanted.
_NO_WORDS = {"articles", "topics", "authors", "archive", "index", "html", "htm", "php", "aspx", "www", "page", "feed"}
_PERSONAL = {"stay", *(purpose.value for purpose in Purpose)}
# Views whose addresses other systems have, too: /about-us/, /archive/number-7/, /topics/asia/.
_LIKE_OTHERS = {"site:page", "site:edition", "site:article", "site:topic", "site:author"}
MOST_WORDS = 8
SHOWN = 3


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_for_a_program(request):
        return problem(404, str(exception))
    if request.method in {"GET", "HEAD"} and (there := path_with_slash(request.path)):
        return HttpResponsePermanentRedirect(there)
    if _may_be_old(request) and (moved := article_at(request.path, request.GET.get(BY_NUMBER, ""))):
        return HttpResponsePermanentRedirect(moved.get_absolute_url())
    words = words_of(request.path)
    found = _found(words) if _may_look(request, words) else []
    articles = found or list(for_lists(Article.objects.published())[:SHOWN])
    discuss(articles, institute_of(request))
    context = {"words": " ".join(words), "found": bool(found), "articles": articles, "elsewhere": {}}
    return render(request, "404.html", context, status=404)


def _may_be_old(request: HttpRequest) -> bool:
    """An address that an article may have had elsewhere: one that nothing here has, or that only looks like one of
    ours."""
    match = request.resolver_match
    return request.method in {"GET", "HEAD"} and (match is None or match.view_name in _LIKE_OTHERS)


def _may_look(request: HttpRequest, words: list[str]) -> bool:
    """A look costs a search, so asking for pages that are not there counts as searching, within its limits."""
    if not words or not neutral(request.path).startswith("/articles/"):
        return False
    try:
        check_visitor("search", request, settings.SEARCH_LIMITS_PER_IP)
    except Throttled:
        return False
    return True


def words_of(path: str) -> list[str]:
    """The words of an address. None of numbers, which are dates and ids of other systems; and none of a reader's own
    link that is damaged, whose token must not stand in a search field."""
    if not _PERSONAL.isdisjoint(path.split("/")):
        return []
    words = re.findall(r"[^\W\d_]{2,}", unquote(neutral(path)))
    return [word for word in dict.fromkeys(words) if word.lower() not in _NO_WORDS][:MOST_WORDS]


def _found(words: list[str]) -> list[Article]:
    """Articles that hold any of the words, those that hold most first."""
    hits = searching.search(Query.read(" or ".join(words)), limit=SHOWN).hits
    articles = for_lists(Article.objects.published()).in_bulk([hit.article_id for hit in hits])
    return [articles[hit.article_id] for hit in hits if hit.article_id in articles]
