"""Languages in templates: the choice in the footer, the alternates in the head, and marks on words of the institute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.utils.encoding import escape_uri_path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from subscribers import languages
from subscribers.languages import ASKED, Language

register = template.Library()


@dataclass(frozen=True)
class Choice:
    language: Language
    href: str
    current: bool


@register.simple_tag(takes_context=True)
def language_choices(context: dict[str, Any]) -> list[Choice]:
    """This page in each language; nothing when there is one language only, or no request (a page of last resort)."""
    request: HttpRequest | None = context.get("request")
    offered = languages.offered()
    if request is None or len(offered) < 2:
        return []
    return [Choice(each, _here(request, each.code), each.code == languages.spoken()) for each in offered]


@register.simple_tag(takes_context=True)
def alternates(context: dict[str, Any]) -> list[Choice]:
    """The same for the head: of public pages alone, since what is behind a mailed link is for no search engine."""
    request: HttpRequest | None = context.get("request")
    if request is None or request.method == "POST" or request.resolver_match is None or _is_private(request):
        return []
    choices = language_choices(context)
    written: Mapping[str, str] | None = context.get("elsewhere")  # where not every language has the page
    if written is None:
        return choices
    return [replace(each, href=written[each.language.code]) for each in choices if each.language.code in written]


def _is_private(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.app_name == "mailed"


def _here(request: HttpRequest, code: str) -> str:
    if _is_private(request):
        return f"{escape_uri_path(request.path)}?{urlencode({ASKED: code})}"
    query = request.META.get("QUERY_STRING", "") if request.method != "POST" else ""
    return languages.localised(languages.neutral(escape_uri_path(request.path)), code) + (f"?{query}" if query else "")


@register.simple_tag
def as_written(code: str = "") -> SafeString:
    """lang and dir for an element that holds words of the institute, where the page around is in another language.

    `{% as_written %}` for what is written in the installation's own language, `{% as_written code %}` for another.
    """
    return _written_in(code or settings.LANGUAGE_CODE, languages.spoken())


@lru_cache(maxsize=64)
def _written_in(code: str, spoken: str) -> SafeString:
    if code == spoken:
        return SafeString("")
    return format_html(' lang="{}" dir="{}"', code, languages.language(code).direction)


@register.simple_tag
def comma() -> str:
    """What stands between two names, where a loop writes them."""
    return pgettext("between two names", ", ")


@register.filter(needs_autoescape=True)
def listed(items: Iterable[object], autoescape: bool = True) -> str:
    """Names in a row, with the comma of the language; in HTML each by itself, whichever way it is written."""
    if not autoescape:
        return comma().join(map(str, items))
    return format_html_join(comma(), "<bdi>{}</bdi>", ((item,) for item in items))


@register.filter
def localised(path: str) -> str:
    """A stored path of a public page, in the language of this page."""
    return languages.localised(path)
