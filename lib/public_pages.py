"""Pages that are the same for everybody: any cache may keep them, the door's own above all.

The ETag is made of what the page says, after it was rendered. That is always right: there is no list of things that
might have changed to forget one of. Last-Modified is the date of the newest thing that the page shows. It is only
believed where a client sends no ETag, and only when the client's date is the very same one: a page from which the
newest thing was taken away is older than before, and has changed all the same.

The door in front of Django (iria/door/pages) keeps what carries `KEPT`, for as long as nothing that shows has changed.
Guarantee: such a page depends on its address alone, and of the query on the parameters that the view names: it sees no
others. What depends on a cookie is never marked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from hashlib import blake2b
from typing import Any, overload
from urllib.parse import parse_qsl, urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, has_vary_header, patch_cache_control
from django.utils.http import http_date, parse_http_date_safe, quote_etag
from django.views.decorators.http import require_safe

View = Callable[..., HttpResponse]
Wrapped = Callable[..., HttpResponseBase]

# A header between Django and the door, which takes it off: the parameters of the query that the page depends on.
KEPT = "Iria-Kept"
# The forms carry the signed moment at which they were shown; an older one serves as well.
_SHOWN_AT = re.compile(rb'<input[^>]*type="hidden"[^>]*>')


def select_parameters(query: str, names: Iterable[str]) -> str:
    """The query with these parameters alone, written in one way."""
    if not query:
        return ""
    wanted = set(names)
    return urlencode([pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] in wanted])


@overload
def public_page(view: View) -> Wrapped: ...
@overload
def public_page(*, reads: Iterable[str] = (), kept: bool = True) -> Callable[[View], Wrapped]: ...
def public_page(
    view: View | None = None, *, reads: Iterable[str] = (), kept: bool = True
) -> Wrapped | Callable[[View], Wrapped]:
    """For pages that are the same for everybody.

    `reads` names the parameters of the query that the view looks at; it doesn't see others. `kept=False` is for pages
    that each visitor may ask for only so often: the door passes every request on, and browsers still revalidate.
    """
    names = tuple(reads)

    def decorate(view: View) -> Wrapped:
        @require_safe
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            asked, typed = request.META.get("QUERY_STRING", ""), request.GET
            _hide_other_parameters(request, names)
            try:
                response = view(request, *args, **kwargs)
            except Http404:  # no cache keeps that answer, so it may read all of an old address
                request.META["QUERY_STRING"], request.GET = asked, typed
                raise
            if response.status_code != 200:
                return response
            if kept and not response.cookies and not has_vary_header(response, "Cookie"):
                response[KEPT] = " ".join(names)
            return _conditional(request, response)

        return wrapped

    return decorate if view is None else decorate(view)


def _hide_other_parameters(request: HttpRequest, names: tuple[str, ...]) -> None:
    query = select_parameters(request.META.get("QUERY_STRING", ""), names)
    request.META["QUERY_STRING"] = query
    request.GET = QueryDict(query)


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    says = _SHOWN_AT.sub(b"", response.content)
    response["ETag"] = etag = quote_etag(blake2b(says, digest_size=16).hexdigest())
    patch_cache_control(response, public=True, no_cache=True)
    changed = parse_http_date_safe(response.get("Last-Modified", ""))
    asked = request.headers.get("If-Modified-Since")
    if asked and "If-None-Match" not in request.headers and parse_http_date_safe(asked) != changed:
        return response
    return get_conditional_response(request, etag=etag, last_modified=changed, response=response) or response


def dated(response: HttpResponse, *moments: datetime | None) -> HttpResponse:
    """The response with the newest of these moments as its Last-Modified; none, and it says nothing."""
    known = [moment.timestamp() for moment in moments if moment is not None]
    if known:
        response["Last-Modified"] = http_date(max(known))
    return response
