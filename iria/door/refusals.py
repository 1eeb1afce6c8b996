"""What the door answers itself when it can't let a request in: a short page that says why and what to do.

Made without Django's stack and without a template: nothing in it can fail, and it costs microseconds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from http import HTTPStatus

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_noop

from lib.problem_details import API, MEDIA_TYPE

Headers = list[tuple[str, str]]

TITLE = gettext_noop("We couldn’t process your request")
_WORDS = {
    400: gettext_noop("What your browser sent is damaged. Reload the page and try again."),
    405: gettext_noop("This address doesn’t take that kind of request."),
    408: gettext_noop(
        "Your request took too long to arrive. Check your connection, go back and try again: your browser still has "
        "what you entered."
    ),
    413: gettext_noop(
        "What you sent is larger than %(limit)s. Go back and make it smaller: your browser still has what you entered."
    ),
    414: gettext_noop("This address is too long. Check that you copied it correctly."),
    429: gettext_noop("Too many requests from your network are open at once. Wait a moment and try again."),
    431: gettext_noop("Your browser sent too much with its request. Delete the cookies of this site and try again."),
    500: gettext_noop("Something went wrong on our side. Please try again later."),
    503: gettext_noop("We’re very busy right now. Wait a moment and try again."),
}
_RETRY = {429: 2, 503: 2}  # seconds


@dataclass
class RefusedRequest(Exception):
    """A request that isn't let in; `limit` says in words how large it may be."""

    status: int
    limit: str = ""


def in_words(size: int) -> str:
    """A size in bytes as people read it."""
    return f"{size / 1_000_000:g} MB" if size >= 1_000_000 else f"{size // 1000} KB"


def refusal(refused: RefusedRequest, path: str) -> tuple[int, Headers, str]:
    """Status, headers and page, in the language of the address; below the API's, what a program reads."""
    code = translation.get_language_from_path(path) or settings.LANGUAGE_CODE
    with translation.override(code):
        title = translation.gettext(TITLE)
        words = translation.gettext(_WORDS[refused.status])
        direction = "rtl" if translation.get_language_bidi() else "ltr"
    if refused.limit:
        words %= {"limit": f"\u2066{refused.limit}\u2069"}
    page = (
        f'<!doctype html>\n<html lang="{code}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n<title>{escape(title)}</title>\n</head>\n'
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n<p>{escape(words)}</p>\n</main>\n</body>\n</html>\n"
    )
    kind = "text/html; charset=utf-8"
    if path.startswith(API):
        phrase = HTTPStatus(refused.status).phrase
        page = json.dumps({"type": "about:blank", "title": phrase, "status": refused.status, "detail": words})
        kind = MEDIA_TYPE
    headers = [
        ("content-type", kind),
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'"),
        ("x-content-type-options", "nosniff"),
    ]
    if refused.status in _RETRY:
        headers.append(("retry-after", str(_RETRY[refused.status])))
    return refused.status, headers, page
