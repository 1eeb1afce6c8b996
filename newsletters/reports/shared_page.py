"""The report of an edition as somebody sees it who has a private link to it. In English, like the admin."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.http import require_safe

from lib.dates import in_local_words
from newsletters.models import SharedReport
from newsletters.reports.click_map import frame_with_clicks, public_links
from newsletters.reports.edition_report import EditionReport, report_edition
from newsletters.reports.sharing import find_shared
from newsletters.reports.showing import page_of

# Kept by nobody on the way, in no search engine, and no page that it leads to is told from where.
HEADERS = {
    "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive",
}  # fmt: skip


@require_safe
def show_shared(request: HttpRequest, token: str) -> HttpResponse:
    with override("en"):
        shared = find_shared(token)
        found = _found(shared)
        if shared is None or found is None:
            return _ended(request)
        context = {
            **page_of(found),
            "until": in_local_words(shared.expires_at),
            "map_url": reverse("reports:shared-map", args=[token]),
        }
        return _private(render(request, "admin/reports/shared.html", context))


@require_safe
def show_shared_map(request: HttpRequest, token: str) -> HttpResponse:
    with override("en"):
        shared = find_shared(token)
        found = _found(shared)
        if shared is None or found is None:
            return _ended(request)
        return _private(frame_with_clicks(shared.edition, found.links, is_public=True))


def _found(shared: SharedReport | None) -> EditionReport | None:
    """The report, without the links that only readers in a segment got."""
    found = report_edition(shared.edition) if shared else None
    if shared is None or found is None:
        return None
    return replace(found, links=public_links(shared.edition, found.links))


def _ended(request: HttpRequest) -> HttpResponse:
    return _private(render(request, "admin/reports/ended.html", status=404))


def _private(response: HttpResponse) -> HttpResponse:
    for name, value in HEADERS.items():
        response[name] = value
    return response
