"""The language of an answer: what the address says for readers, English for those who work here."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

# The strings of these are not translated, and half a translation is worse than none.
ENGLISH = ("/admin/", "/inbox/", "/api/")


class LanguageMiddleware(LocaleMiddleware):
    """Django's, without its `Vary: Accept-Language`: no header chooses here, so a cache keeps one copy."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:  # type: ignore[override]
        if request.path_info.startswith(ENGLISH):
            translation.activate("en")
            request.LANGUAGE_CODE = "en"
            return None
        super().process_request(request)
        first, _, rest = request.path_info.removeprefix("/").partition("/")
        if first != settings.LANGUAGE_CODE:
            return None
        # The installation's own language needs no prefix; there are such links where it was another one once.
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(f"/{rest.lstrip('/')}" + (f"?{query}" if query else ""))

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Language", translation.get_language() or "en")
        return response


def language_of_path(path: str) -> str:
    """What an address says, also where no middleware has looked at it."""
    own: str = "en" if path.startswith(ENGLISH) else settings.LANGUAGE_CODE
    return translation.get_language_from_path(path) or own
