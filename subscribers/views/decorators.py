"""Decorators of the readers' pages: forms without a CSRF token, and private pages with their headers and language.

These forms carry no authority of the visitor's browser: anyone who posts them acts by what is in the form or in the
link's token, so there is nothing that a forged cross-site request could borrow.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language, override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from subscribers import languages

View = Callable[..., HttpResponse]


def public_form(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A form that anybody may post, also from another site."""
    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(view))


def private_page(language_of_reader: Callable[[str], str]) -> Callable[[View], Callable[..., HttpResponseBase]]:
    """A page behind a mailed link: never kept, never indexed, and its address never told to another site.

    It speaks the language that `?language=` asks for, else that of the token's reader (`language_of_reader`: empty
    for a token that is not ours, or a reader who is gone), else the installation's.
    """

    def decorate(view: View) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def framed(request: HttpRequest, token: str) -> HttpResponse:
            with override(_asked(request) or languages.language_of(language_of_reader(token))):
                response = view(request, token)
                response["Content-Language"] = get_language()
            response["Cache-Control"] = "no-store"
            response["Referrer-Policy"] = "no-referrer"
            response["X-Robots-Tag"] = "noindex, nofollow"
            return response

        return public_form(framed)

    return decorate


def _asked(request: HttpRequest) -> str:
    code = request.GET.get(languages.ASKED, "")
    return code if languages.is_offered(code) else ""


def in_language_asked(request: HttpRequest, link: str) -> str:
    """A link to another page of the same reader, which keeps the language that was asked for on this one."""
    return f"{link}?{urlencode({languages.ASKED: code})}" if (code := _asked(request)) else link
