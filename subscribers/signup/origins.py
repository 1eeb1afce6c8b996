"""What led somebody to a sign-up form: `?ref=` or `utm_source=` of the link, or the site whose page holds the form.

It is a word for counting, written by strangers: short, printable, on one line. A hidden field of the form carries it;
the small form at the end of every page is the same for everybody, so there the page's own address says it, which
browsers send as the Referer. Nothing is stored in the browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http import HttpRequest

from lib.characters import composed, one_line, with_shorter_runs

FIELD = "ref"
PARAMETERS = (FIELD, "utm_source")
LONGEST = 60
_LONGEST_READ = 2000  # of a Referer: more is no address of a page of ours


def origin_in(parameters: Mapping[str, str]) -> str:
    """The first of the parameters that says something; empty when none does."""
    return next((cleaned for name in PARAMETERS if (cleaned := clean_origin(parameters.get(name, "")))), "")


def clean_origin(raw: str) -> str:
    """At most 60 printable characters on one line; measured before anything else is done."""
    begins = composed(with_shorter_runs(raw[: 2 * LONGEST]))
    printable = "".join(character if character.isprintable() else " " for character in begins)
    return one_line(printable)[:LONGEST].strip()


def origin_of(request: HttpRequest) -> str:
    """Of a form that was posted."""
    return origin_in(request.POST) or _origin_of_page(request.headers.get("Referer", ""))


def _origin_of_page(address: str) -> str:
    """`ref` or `utm_source` in the address of one of our pages; of another site its host."""
    if len(address) > _LONGEST_READ:
        return ""
    try:
        page = urlsplit(address)
        host = page.hostname or ""
        asked = parse_qs(page.query, max_num_fields=50)
    except ValueError:
        return ""
    if page.scheme not in ("http", "https"):
        return ""
    if host != urlsplit(settings.SITE_URL).hostname:
        return clean_origin(host)
    return origin_in({name: values[0] for name, values in asked.items()})
