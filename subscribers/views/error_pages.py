"""When a reader's request cannot be served: too many in a short time (429), a link that is not ours (404).

Both are pages in plain words that say what to do next, and lose nothing that was entered.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from subscribers.throttling import Throttled


def too_many_requests(
    request: HttpRequest, limit: Throttled, *, action: str, fields: list[tuple[str, str]]
) -> HttpResponse:
    """429 in words, with everything that was typed kept behind one button."""
    minutes = limit.minutes
    response = render(
        request,
        "subscribers/too_many_requests.html",
        {"minutes": minutes, "action": action, "fields": fields},
        status=429,
    )
    response["Retry-After"] = str(limit.retry_after)
    return response


def broken_link(request: HttpRequest) -> HttpResponse:
    """404 for a link that we did not make, or that a mail program cut."""
    return render(request, "subscribers/broken_link.html", {"title": gettext("This link doesn’t work")}, status=404)
