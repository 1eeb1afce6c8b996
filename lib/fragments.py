"""Parts of pages that look the same wherever they stand: rendered once for what they say, in each process.

A part is remembered by its template, its language, its zone and every value that it shows, so it can't be outdated:
another value is another part. Values are plain and hashable; a template is given nothing else, neither a request nor
rows.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import TypeVar

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

T = TypeVar("T")

# The version of the site for which a page is made: set by the door in META, where no header can.
VERSION = "iria.version"
_MOST = 2048
_of_a_version: dict[str, tuple[str, object]] = {}


def render_once(template: str, **values: Hashable) -> SafeString:
    """The rendered part, in the language that is spoken and the time zone that is active now."""
    return _rendered(template, get_language() or "", get_current_timezone_name(), **values)


@lru_cache(maxsize=_MOST)
def _rendered(template: str, language: str, _zone: str, **values: Hashable) -> SafeString:
    return mark_safe(render_to_string(template, {**values, "spoken": language}))  # noqa: S308 - a template escapes


def read_once(request: HttpRequest, name: str, read: Callable[[], T]) -> T:
    """What many pages show and nobody changes on the way: read once a version of the site, in each process.

    Without a version (tests, forms that are sent) it is read each time. What is returned belongs to all requests: it is
    looked at, never changed.
    """
    version: str | None = request.META.get(VERSION)
    if not version:
        return read()
    known = _of_a_version.get(name)
    if known is None or known[0] != version:
        known = _of_a_version[name] = (version, read())
    return known[1]  # type: ignore[return-value]
