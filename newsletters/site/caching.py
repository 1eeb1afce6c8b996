"""Conditional requests: a page that a browser has already is answered with 304.

The ETag is made of what the page says, after it was rendered. That costs the rendering, and is always right: there
is no list of things that might have changed to forget one of. Last-Modified is the date of the newest thing that the
page shows. It is only believed where a client sends no ETag, and only when the client's date is the very same one: a
page from which the newest thing was taken away is older than before, and has changed all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from hashlib import blake2b
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date, parse_http_date_safe, quote_etag
from django.views.decorators.http import require_safe

# The forms carry the signed moment at which they were shown; an older one serves as well.
_SHOWN_AT = re.compile(rb'<input[^>]*type="hidden"[^>]*>')


def public_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """For pages that are the same for everybody: any cache may keep them, and asks whether they still hold."""

    @require_safe
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code != 200:
            return response
        says = _SHOWN_AT.sub(b"", response.content)
        response["ETag"] = etag = quote_etag(blake2b(says, digest_size=16).hexdigest())
        patch_cache_control(response, public=True, no_cache=True)
        changed = parse_http_date_safe(response.get("Last-Modified", ""))
        asked = request.headers.get("If-Modified-Since")
        if asked and "If-None-Match" not in request.headers and parse_http_date_safe(asked) != changed:
            return response
        return get_conditional_response(request, etag=etag, last_modified=changed, response=response) or response

    return wrapped


def dated(response: HttpResponse, *moments: datetime | None) -> HttpResponse:
    """The response with the newest of these moments as its Last-Modified; none, and it says nothing."""
    known = [moment.timestamp() for moment in moments if moment is not None]
    if known:
        response["Last-Modified"] = http_date(max(known))
    return response
