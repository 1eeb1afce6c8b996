"""Nothing typed is lost: a form of the staff's pages that comes after its session ended, or with a token of before.

Django would send the visitor to the login page, and drop what was typed. Here the answer holds every field that came,
hidden, with one button that sends it again once the visitor has signed in (in another window, so that this page stays).
Files cannot be kept so; the page says it. The token of a form is checked again at that press as at any other.

A token that does not fit is answered so only where the browser says that the form came from our own page (`Origin`, or
`Sec-Fetch-Site`): to a form that another site sent, Django's own refusal stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure as djangos_refusal

from lib.json_answers import refusal, wants_json


def signed_out(request: HttpRequest) -> HttpResponse:
    """401 with what was typed, for a form that was sent without a session."""
    return _again(request, status=401, expired=True)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's `CSRF_FAILURE_VIEW`: for our own forms in the admin what was typed, else Django's page. Status 401 where
    the session has ended too, since signing in helps; else 403."""
    if request.method == "POST" and request.path.startswith(reverse("admin:index")) and _from_our_own_page(request):
        return _again(request, status=403, expired=False) if request.user.is_authenticated else signed_out(request)
    refusal: HttpResponse = djangos_refusal(request, reason)
    return refusal


def _from_our_own_page(request: HttpRequest) -> bool:
    if (site := request.headers.get("Sec-Fetch-Site")) is not None:
        return site == "same-origin"
    origin = urlsplit(request.headers.get("Origin", ""))
    return origin.scheme == request.scheme and origin.netloc == request.get_host()


def _again(request: HttpRequest, *, status: int, expired: bool) -> HttpResponse:
    if wants_json(request):  # a script has kept what was typed
        said = (
            _("You were signed out. Sign in again, then repeat this.")
            if expired
            else _("This page has been open for too long. Reload it, then repeat this.")
        )
        return refusal(said, status)
    fields = list(_fields(request))
    context: dict[str, Any] = {
        "title": "",
        "site_header": _("Iria"),
        "site_title": _("Iria"),
        "fields": fields,
        "shown": [(name, value) for name, value in fields if len(value.strip()) > 3 and not name.startswith("_")],
        "action": request.get_full_path(),
        "expired": expired,
        "has_files": bool(request.FILES),
        "login_url": reverse("admin:login"),
    }
    response = render(request, "admin/resubmission.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _fields(request: HttpRequest) -> Iterator[tuple[str, str]]:
    for name, values in request.POST.lists():
        # The token belongs to the old page, and a password stands on no page.
        if name != "csrfmiddlewaretoken" and "password" not in name:
            for value in values:
                yield name, str(value)
