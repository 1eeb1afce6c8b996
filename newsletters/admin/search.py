"""The search of the admin: articles, editions, people and pages, each for people who may open it.

Each kind costs a bounded number of rows whatever the tables hold: articles by the index of their texts and by the
headlines of the newest, editions by the newest and by the articles in them, people by the beginning of an address or a
name (both are indexed). The page works alone; the dialog that ⌘K opens asks the same address for JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from lib.characters import one_line
from lib.json_answers import wants_json
from newsletters.admin.roles import may
from newsletters.articles import searching
from newsletters.editions.subjects import subject_in_words, subject_parts_of
from newsletters.models import Article, Edition, Page
from subscribers.models import Subscriber

LONGEST = 100  # characters; the rest is not looked at
MOST_WORDS = 8
A_KIND = 6  # results
NEWEST = 500  # articles and editions whose titles are looked through
URL_NAME = "search"
# By what else people look for a page: what its form holds.
_ALSO = {
    "Institute": "look logo colours typeface icon time zone comments social networks",
    "Newsletter": "schedule design sender",
    "User": "staff colleagues invitations roles",
    "Page": "privacy imprint about contact",
}


@dataclass(frozen=True, slots=True)
class Destination:
    """Somewhere to go: what it is called, what tells it from others, its address."""

    title: str
    about: str
    address: str


@dataclass(frozen=True, slots=True)
class DestinationGroup:
    name: str
    entries: tuple[Destination, ...]


def answer(request: HttpRequest) -> HttpResponse:
    """The page, or JSON for the dialog."""
    typed = one_line(request.GET.get("q", ""))[:LONGEST].strip()
    groups = find(request, typed)
    if wants_json(request):
        response: HttpResponse = JsonResponse({"groups": [asdict(group) for group in groups]})
    else:
        context = {**admin.site.each_context(request), "title": _("Search"), "q": typed, "groups": groups}
        response = TemplateResponse(request, "admin/search.html", context)
    response["Cache-Control"] = "no-store"
    return response


def find(request: HttpRequest, typed: str) -> list[DestinationGroup]:
    """Those kinds of which anything was found, for the visitor."""
    words = typed.casefold().split()[:MOST_WORDS]
    if not words:
        return []
    articles = _articles(typed, words) if may(request, "newsletters.view_article") else []
    found = (
        (_("Pages"), _pages(request, words)),
        (_("Articles"), [_article(article) for article in articles]),
        (_("Editions"), _editions(words, articles) if may(request, "newsletters.view_edition") else ()),
        (_("Subscribers"), _people(typed) if may(request, "subscribers.view_subscriber") else ()),
    )
    groups = ((name, tuple(entries)[:A_KIND]) for name, entries in found)
    return [DestinationGroup(name, entries) for name, entries in groups if entries]


def _fits(text: str, words: Iterable[str]) -> bool:
    text = text.casefold()
    return all(word in text for word in words)


# --- Pages of the admin -------------------------------------------------------------------------------------------
def _pages(request: HttpRequest, words: list[str]) -> Iterator[Destination]:
    """What the visitor may open: `get_app_list` knows it."""
    if _fits(_("Dashboard"), words):
        yield Destination(_("Dashboard"), "", reverse("admin:index"))
    if _fits(_("Your profile name email address password time zone"), words):
        yield Destination(_("Your profile"), "", reverse("admin:profile"))
    for section in admin.site.get_app_list(request):
        for model in section["models"]:
            name = str(model["name"])
            also = _ALSO.get(model["object_name"], "")
            if model.get("admin_url") and _fits(f"{name} {section['name']} {also}", words):
                yield Destination(name, str(section["name"]), model["admin_url"])
            one = _("New %s") % model["model"]._meta.verbose_name
            if model.get("add_url") and _fits(one, words):
                yield Destination(one, name, model["add_url"])
    if may(request, "newsletters.view_page"):
        for page in Page.objects.all()[:NEWEST]:
            if _fits(f"{page.title} {page.get_kind_display()}", words):
                yield Destination(page.title, _("Page"), reverse("admin:newsletters_page_change", args=[page.pk]))


# --- Articles and editions ----------------------------------------------------------------------------------------
def _articles(typed: str, words: list[str]) -> list[Article]:
    """First those whose headline has the words, the newest first; then those whose text has them."""
    newest = Article.objects.order_by("-pk").values_list("pk", "title")[:NEWEST]
    wanted = [pk for pk, title in newest if _fits(title, words)][:A_KIND]
    if len(wanted) < A_KIND:
        found = searching.search(searching.Query.read(typed), limit=A_KIND, newest_first=True)  # weighing takes longer
        wanted += [hit.article_id for hit in found.hits]
    wanted = list(dict.fromkeys(wanted))[:A_KIND]
    articles = Article.objects.only("title", "status", "published_at").in_bulk(wanted)
    return [articles[pk] for pk in wanted if pk in articles]


def _article(article: Article) -> Destination:
    address = reverse("admin:newsletters_article_change", args=[article.pk])
    return Destination(article.title, str(article.get_status_display()), address)


def _editions(words: list[str], articles: list[Article]) -> list[Destination]:
    """Those whose name, number or subject has the words, then those with the articles that were found."""
    newest = Edition.objects.order_by("-pk").values_list("pk", "newsletter__name", "number", "subject")[:NEWEST]
    wanted = [pk for pk, name, number, subject in newest if _fits(f"{name} {number or ''} {subject}", words)][:A_KIND]
    if len(wanted) < A_KIND and articles:
        with_them = Edition.objects.filter(items__article__in=[article.pk for article in articles]).order_by("-pk")
        wanted += with_them.values_list("pk", flat=True).distinct()[:A_KIND]
    wanted = list(dict.fromkeys(wanted))[:A_KIND]
    found = Edition.objects.select_related("newsletter").defer("introduction").in_bulk(wanted)
    editions = [found[pk] for pk in wanted if pk in found]
    subjects = subject_parts_of(editions)
    return [
        Destination(
            str(edition),
            " · ".join(filter(None, [edition.get_status_display(), subject_in_words(subjects[edition.pk])])),
            reverse("admin:newsletters_edition_change", args=[edition.pk]),
        )
        for edition in editions
    ]


# --- People -------------------------------------------------------------------------------------------------------
def _people(typed: str) -> list[Destination]:
    """By index: the whole address, or the beginning of an address or a name."""
    exact = list(Subscriber.objects.with_address(typed).values_list("pk", flat=True)[:1])
    wanted = exact or Subscriber.objects.beginning_with(typed, A_KIND)
    found: dict[Any, Subscriber] = Subscriber.objects.only("email", "name").in_bulk(wanted)
    return [
        Destination(found[pk].email, found[pk].name, reverse("admin:subscribers_subscriber_change", args=[pk]))
        for pk in wanted
        if pk in found
    ]
