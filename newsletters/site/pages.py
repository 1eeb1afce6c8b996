"""The institute's standing pages, at the root of the site: the last addresses that are tried."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.text import Truncator
from django.views.decorators.common import no_append_slash
from django.views.decorators.http import require_safe

from lib.html_text import html_to_words
from lib.public_pages import dated, public_page
from newsletters.articles.body_pictures import show_pictures, waits_for_pictures
from newsletters.articles.body_tables import with_scroll_boxes
from newsletters.articles.revisions import page_with_working_copy
from newsletters.models import FormerPageAddress, Page
from newsletters.site.context import institute_of
from newsletters.site.sharing import Card
from subscribers import languages


# Else whatever anybody tries at the root (/wp-login) would be sent to the same with a slash, to be not found there.
@no_append_slash
@public_page
def page(request: HttpRequest, slug: str) -> HttpResponse:
    spoken = languages.spoken()
    found = {each.language: each for each in Page.objects.published().filter(slug=slug)}
    shown = found.get(spoken) or found.get("")
    if shown is not None:
        return dated(_page(request, shown), shown.updated_at, institute_of(request).updated_at)
    if found:
        return HttpResponseRedirect(_counterpart(next(iter(found.values())), spoken).get_absolute_url())
    return _moved(slug, spoken)


def _counterpart(other: Page, code: str) -> Page:
    """The same page in that language, where the readers' choice of a language led to this one's address."""
    same = Page.objects.published().filter(kind=other.kind, language__in=[code, ""]).exclude(kind=Page.Kind.OTHER)
    return same.order_by("-language").first() or other


def _moved(slug: str, code: str) -> HttpResponse:
    former = FormerPageAddress.objects.filter(slug=slug, language__in=[code, ""], page__status=Page.Status.PUBLISHED)
    led = former.select_related("page").order_by("-language").first()
    if led is None:
        raise Http404("There is no such page.")
    return HttpResponsePermanentRedirect(led.page.get_absolute_url())


def path_with_slash(path: str) -> str:
    """The address of a page that somebody typed without its last slash; empty when it is none."""
    slug = languages.neutral(path).strip("/")
    if path.endswith("/") or not slug or "/" in slug or len(slug) > 120:
        return ""
    found = Page.objects.published().filter(slug=slug, language__in=[languages.spoken(), ""]).first()
    return found.get_absolute_url() if found else ""


@require_safe
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """A page as it will look, for staff who may see pages. To anybody else there is no such address."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), "/admin/login/")
    if not (request.user.is_staff and request.user.has_perm("newsletters.view_page")):
        raise Http404
    found = page_with_working_copy(get_object_or_404(Page, pk=number))
    may_write = request.user.has_perm("newsletters.change_page")
    edit_url = reverse("admin:newsletters_page_change", args=[found.pk]) if may_write else ""
    response = _page(request, found, preview=True, edit_url=edit_url)
    add_never_cache_headers(response)
    response["X-Robots-Tag"] = "noindex"
    return response


def _page(request: HttpRequest, shown: Page, *, preview: bool = False, **more: Any) -> HttpResponse:
    begins = Truncator(html_to_words(shown.body)).chars(160)
    context = {
        "page": shown,
        "body": languages.directed(with_scroll_boxes(show_pictures(shown.body)), shown.written_in),
        "card": Card(shown.title, begins or shown.title, f"{settings.SITE_URL}{shown.get_absolute_url()}"),
        "elsewhere": _elsewhere(shown),
        "preview": preview,
        "waits_for_pictures": preview and waits_for_pictures(shown.body),
        **more,
    }
    return render(request, "site/page.html", context)


def _elsewhere(shown: Page) -> dict[str, str] | None:
    """The path of this page in each language that it is written in; None where it is one for all of them."""
    if not shown.language:
        return None
    same = Page.objects.published().filter(kind=shown.kind)
    if shown.kind == Page.Kind.OTHER:
        same = same.filter(slug=shown.slug)
    return {each.written_in: each.get_absolute_url() for each in same}
