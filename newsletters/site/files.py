"""Files of the site: pictures, the icon that browsers ask for unbidden, and the word to robots."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.static import serve

from lib.public_pages import public_page
from newsletters.articles.pictures import picture_path
from newsletters.models.pictures import ready
from newsletters.site.brand import letter_icon
from newsletters.site.context import institute_of
from subscribers.languages import localised, offered

TYPES = {"jpg": "image/jpeg", "png": "image/png"}
A_YEAR = 31_536_000


@require_safe
def picture(request: HttpRequest, folder: str, name: str, extension: str) -> HttpResponseBase:
    """A rendition. Its name is made of its content, so anyone who has it need never ask again.

    The address admits only names that newsletters.articles.pictures gives; nothing else under MEDIA_ROOT is served.
    """
    try:
        response: HttpResponseBase = serve(
            request, f"pictures/{folder}/{name}.{extension}", document_root=str(settings.MEDIA_ROOT)
        )
    except Http404:
        raise Http404(_("This picture doesn’t exist.")) from None
    if response.status_code == 200:
        response["Content-Type"] = TYPES[extension]
    response["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(response, public=True, max_age=A_YEAR, immutable=True)
    return response


@require_safe
def favicon(request: HttpRequest) -> HttpResponseBase:
    """For browsers and feed readers that ask at the root without having read a page."""
    icon = ready(institute_of(request).icon)
    return HttpResponseRedirect(picture_path(icon, 64) if icon else reverse("site:icon"))


@public_page
def icon(request: HttpRequest) -> HttpResponse:
    """Of an institute that has uploaded none: the first letter of its name on its colour."""
    return HttpResponse(letter_icon(institute_of(request)), content_type="image/svg+xml")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may read everything that is for the public, and not a reader's own pages."""
    closed = ("/admin/", "/api/", "/inbox/", "/confirm/", "/preferences/", "/stay/", "/unsubscribe/")
    searches = [localised("/search/", each.code) for each in offered()]
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in (*closed, *searches)),
        "",
        f"Sitemap: {settings.SITE_URL}/sitemap.xml",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
