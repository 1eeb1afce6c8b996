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

from lib.directions import Direction, direction_of
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
def as_written(code: str = "", text: str = "") -> SafeString:
    """lang and dir for an element that holds words of the institute, where they differ from the page around.

    `{% as_written %}` for what is written in the installation's own language, `{% as_written code %}` for another.
    With the words themselves, `{% as_written code words %}`, their own first strong letter says the direction.
    """
    return _written_in(
        code or settings.LANGUAGE_CODE, direction_of(str(text)), languages.spoken(), tuple(settings.READER_LANGUAGES)
    )


@lru_cache(maxsize=256)
def _written_in(code: str, direction: Direction | None, spoken: str, offered: tuple[str, ...]) -> SafeString:
    direction = direction or languages.language(code).direction
    code = languages.in_direction(direction, code)
    if code and code != spoken:
        return format_html(' lang="{}" dir="{}"', code, direction)
    return SafeString("") if direction == languages.language(spoken).direction else format_html(' dir="{}"', direction)


@register.filter
def runs(html: str) -> SafeString:
    """Paragraphs of the institute, escaped before, each in its own direction."""
    return languages.directed(str(html))


@register.simple_tag
def comma() -> str:
    """What stands between two names, where a loop writes them."""
    return pgettext("between two names", ", ")


@register.filter(needs_autoescape=True)
def listed(items: Iterable[object], autoescape: bool = True) -> str:
    """Names in a row, with the comma of the language; in HTML each by itself, whichever way it is written."""
    if not autoescape:
        return comma().join(languages.apart(str(item)) for item in items)
    return format_html_join(comma(), "<bdi{}>{}</bdi>", ((as_written("", str(item)), item) for item in items))


@register.filter
def apart(words: str) -> str:
    """For a sentence, in text and in HTML: the words, kept apart where they run the other way than the sentence."""
    return languages.apart(str(words))


@register.filter
def between_dots(names: Iterable[str]) -> str:
    """Names in a row, with dots between them."""
    return " · ".join(map(languages.apart, names))


@register.filter
def localised(path: str) -> str:
    """A stored path of a public page, in the language of this page."""
    return languages.localised(path)
