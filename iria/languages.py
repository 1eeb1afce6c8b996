"""The language of an answer: what the address says for readers, English for those who work here."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.views import defaults

# The strings of these are not translated, and half a translation is worse than none.
ENGLISH = ("/admin/", "/inbox/")


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


def _page(name: str, request: HttpRequest) -> str:
    """The page of last resort in the language of the address. It is a file without a tag: nothing in it can fail."""
    own = "en" if request.path_info.startswith(ENGLISH) else settings.LANGUAGE_CODE
    code = translation.get_language_from_path(request.path_info) or own
    return f"{name}.{code}.html" if code != "en" else f"{name}.html"


def server_error(request: HttpRequest) -> HttpResponse:
    return defaults.server_error(request, template_name=_page("500", request))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return defaults.bad_request(request, exception, template_name=_page("400", request))
