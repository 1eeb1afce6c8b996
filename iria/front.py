"""What comes to Iria in a way that its settings don't expect: a page and a log line that name the setting.

A wrong Host, a proxy that does not say https, a proxy that nobody told us of: each looks to Django like an attack or a
visitor who must be sent elsewhere, and to the operator like a broken program. Here it is said, to the visitor in a page
and to the operator in the log (once an hour a kind), on the dashboard and at /healthz.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.template.loader import render_to_string
from django.utils import translation

from iria.languages import language_of_path
from lib.optional_cache import get_many_cached, put_cached
from lib.problem_details import is_for_a_program, problem

logger = logging.getLogger(__name__)

SAID_EVERY = 3600.0  # seconds
SHOWN_FOR = 86_400.0  # seconds since it last happened
MOST_HOSTS = 20  # names of wrong hosts that are logged in an hour: anybody can send any
SENT_TO_HTTPS = "iria-https"  # a cookie for some seconds: who comes back with it was sent here already
_KEY = "iria:set-up:"

PROXY_UNKNOWN = "proxy_unknown"
PROXY_SILENT = "proxy_silent"
PROTO_MISSING = "proto_missing"
PROTO_HTTP = "proto_http"

TROUBLES = {
    PROXY_UNKNOWN: (
        "Requests come through a proxy (they have X-Forwarded-For), but TRUSTED_PROXIES is 0, so all visitors count as"
        " one and share its limits. Set TRUSTED_PROXIES to the number of proxies in front of Iria."
    ),
    PROXY_SILENT: (
        "TRUSTED_PROXIES is set, but the proxy sends no X-Forwarded-For, or fewer addresses than there are proxies, so"
        " all visitors count as one and share its limits. Have the proxy set X-Forwarded-For, or correct"
        " TRUSTED_PROXIES."
    ),
    PROTO_MISSING: (
        "SITE_URL is https, but requests come without a trusted X-Forwarded-Proto. Have the proxy set"
        " X-Forwarded-Proto, and set TRUSTED_PROXIES to the number of proxies in front of Iria."
    ),
    PROTO_HTTP: (
        "SITE_URL is https, but the proxy says “X-Forwarded-Proto: http” for visitors who were sent to https already."
        " Have the proxy that ends TLS set X-Forwarded-Proto, and the ones behind it pass it on."
    ),
}

_said_at: dict[str, float] = {}  # a kind of trouble, or the name of a wrong host


def noted_troubles() -> list[str]:
    """What was noticed within a day, in sentences for the operator."""
    found = get_many_cached(_KEY + kind for kind in TROUBLES)
    return [words for kind, words in TROUBLES.items() if _KEY + kind in found]


def _note_trouble(kind: str) -> None:
    if _is_due(kind):
        logger.warning("%s", TROUBLES[kind])
        put_cached(_KEY + kind, True, SHOWN_FOR)


def _is_due(what: str) -> bool:
    """Whether it was not said within the last hour. It may be said twice where two threads ask at once."""
    now = time.monotonic()
    for each, at in list(_said_at.items()):
        if now - at >= SAID_EVERY:
            _said_at.pop(each, None)
    if what in _said_at or (what not in TROUBLES and len(_said_at) >= MOST_HOSTS):
        return False
    _said_at[what] = now
    return True


class FrontMiddleware:
    """Stands before everything that judges a request by its host or scheme."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if scheme := request.META.get("HTTP_X_FORWARDED_PROTO"):
            request.META["HTTP_X_FORWARDED_PROTO"] = scheme.lower()  # Django wants it so; RFC 3986 §3.1 takes both
        _notice_proxies(request)
        try:
            host = request.get_host()
        except DisallowedHost:
            return _wrong_host(request)
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            return _to_https(request, host)
        return self.get_response(request)


def _notice_proxies(request: HttpRequest) -> None:
    """Only what a machine of our own network sends: anybody else could write such headers to alarm us."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    proxies: int = settings.TRUSTED_PROXIES
    if not proxies:
        if forwarded and _is_near(request):
            _note_trouble(PROXY_UNKNOWN)
    elif request.META.get("HTTP_X_FORWARDED_PROTO") and forwarded.count(",") + bool(forwarded) < proxies:
        _note_trouble(PROXY_SILENT)


def _is_near(request: HttpRequest) -> bool:
    try:
        return not ip_address(request.META.get("REMOTE_ADDR", "")).is_global
    except ValueError:  # a unix socket
        return True


def _wrong_host(request: HttpRequest) -> HttpResponse:
    host = re.sub(r"[^\w.:\[\]-]", "?", request.META.get("HTTP_HOST", "")[:100])
    if _is_due(f"host {host}"):
        logger.warning("A request came for the host “%s”, which isn't in ALLOWED_HOSTS", host)
    advice = "Add the name to ALLOWED_HOSTS, or have your proxy pass on the Host that was asked for."
    return _page(request, 400, "host", advice, host=host)


def _to_https(request: HttpRequest, host: str) -> HttpResponse:
    """Redirect who came by http; but where the redirect would lead here again, say what is wrong."""
    kind = ""
    if not settings.TRUSTED_PROXIES or not request.META.get("HTTP_X_FORWARDED_PROTO"):
        kind = PROTO_MISSING
    elif SENT_TO_HTTPS in request.COOKIES:
        kind = PROTO_HTTP
    if kind:
        _note_trouble(kind)
        return _page(request, 503, "https", TROUBLES[kind])
    answer = HttpResponsePermanentRedirect(f"https://{host}{request.get_full_path()}")
    # Not kept by browsers: one that was sent from https to itself would never ask again, even when all is mended.
    answer["Cache-Control"] = "no-store"
    answer.set_cookie(SENT_TO_HTTPS, "1", max_age=10, httponly=True, samesite="Lax")
    return answer


def _page(request: HttpRequest, status: int, kind: str, advice: str, **more: str) -> HttpResponse:
    """Made without the database, and of the request's path alone: no more can be relied upon here."""
    if is_for_a_program(request):
        answer: HttpResponse = problem(status, advice)
        answer._has_been_logged = True  # type: ignore[attr-defined]  # as below
        return answer
    language = language_of_path(request.path_info)
    with translation.override(language):
        context = {"status": status, "kind": kind, "advice": advice, **more}
        answer = HttpResponse(render_to_string("front.html", context), status=status)
    answer["Cache-Control"] = "no-store"
    answer["Content-Language"] = language
    answer._has_been_logged = True  # type: ignore[attr-defined]  # else Django logs each once more
    return answer
