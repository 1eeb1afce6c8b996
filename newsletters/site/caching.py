"""Conditional requests: a page that a browser has already is answered with 304.

The ETag is made of what the page says, after it was rendered. That costs the rendering, and is always right: there
is no list of things that might have changed to forget one of.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from hashlib import blake2b
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

# The sign-up form carries the signed moment at which it was shown; an older one serves as well.
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
        return get_conditional_response(request, etag=etag, response=response) or response

    return wrapped
