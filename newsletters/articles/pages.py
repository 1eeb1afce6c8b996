"""The institute's standing pages: the rules of saving one, and which of them a reader of a language is shown.

Guarantee: as an article's, the text in the database has passed the allow-list of newsletters.articles.writing. The
address of a page is never one that another page of the program answers to.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import LocalePrefixPattern
from django.utils import translation

from lib.entities import typed_text
from lib.lookalikes import looks_like_any, mixes_scripts
from lib.prepared_queries import PreparedQuery
from lib.readable_slugs import readable_slug, typed_slug
from newsletters.articles.writing import clean_body
from newsletters.models import FormerPageAddress, Page

# What is answered before Django's addresses are looked at, or by a web server in front.
_ANSWERED_ELSEWHERE = frozenset({"healthz", "static", "media", "well-known"})

_LITERAL = re.compile(r"\A\^?([\w.-]+)(?=/|\Z)")  # the first part of a route, where it is no parameter


@dataclass(frozen=True, slots=True)
class PageLink:
    """A published page as others point to it."""

    kind: str
    title: str
    slug: str
    language: str  # empty: every language
    in_footer: bool

    def path_in(self, code: str) -> str:
        """As `Page.path_in`."""
        return Page(slug=self.slug, language=self.language).path_in(code)

    @property
    def written_in(self) -> str:
        return self.language or settings.LANGUAGE_CODE


def save_page(page: Page) -> Page:
    """Save with the rules of the house. Raises `BodyTooLong`, then saves nothing; that the address is free is checked
    by the form (`is_taken`), and by the database where two save at once."""
    page.title = typed_text(page.title)
    page.body = clean_body(page.body)
    page.slug = typed_slug(page.slug).lower() or readable_slug(page.title) or page.kind
    before = Page.objects.only("slug", "language", "status").filter(pk=page.pk).first()
    if page.pk is not None:
        page.revision += 1
    page.save()
    FormerPageAddress.objects.filter(slug=page.slug, language=page.language).delete()
    if before is not None and before.is_public and (before.slug, before.language) != (page.slug, page.language):
        FormerPageAddress.objects.update_or_create(slug=before.slug, language=before.language, defaults={"page": page})
    return page


def begin_page(title: str) -> Page:
    """A draft at an address that is free, until its form is complete."""
    stem = readable_slug(title)
    if not stem or imitates(stem):
        stem = Page.Kind.OTHER.value
    tries = itertools.chain([stem], (f"{stem}-{n}" for n in itertools.count(2)))
    slug = next(each for each in tries if not is_taken(each) and not _is_used(each))
    return save_page(Page(title=title, slug=slug))


def _is_used(slug: str) -> bool:
    return Page.objects.filter(slug=slug, language="").exists()


def is_taken(slug: str) -> bool:
    """Does the program answer to this address already, or below it, in any language? Asked of the URLconf itself, so
    that a new page of the program needs no word here."""
    if slug in _ANSWERED_ELSEWHERE or slug in {code for code, _name in settings.LANGUAGES} or slug in _first_parts():
        return True
    return any(_answers(slug, code) for code in settings.READER_LANGUAGES)


def imitates(slug: str) -> bool:
    """Could a reader take this address for one of the program's? A word of letters of two scripts is made for nothing
    else, and “аdmin” may be Cyrillic as a whole."""
    if any(mixes_scripts(word) for word in re.split("[-_]", slug)):
        return True
    return looks_like_any(slug, _reserved())


def _reserved() -> frozenset[str]:
    return _ANSWERED_ELSEWHERE | _first_parts()


@lru_cache(maxsize=1)
def _first_parts() -> frozenset[str]:
    """`articles` of `/articles/<slug>/`: a page there would look as if it were the list of them."""
    found: set[str] = set()

    def walk(patterns: Iterable[URLPattern | URLResolver], before: str) -> None:
        for each in patterns:
            route = before + ("" if isinstance(each.pattern, LocalePrefixPattern) else str(each.pattern))
            if isinstance(each, URLResolver):
                walk(each.url_patterns, route)
            else:
                found.update(_LITERAL.findall(route))

    walk(get_resolver().url_patterns, "")
    return frozenset(found)


def _answers(slug: str, code: str) -> bool:
    start = "" if code == settings.LANGUAGE_CODE else f"/{code}"
    with translation.override(code):
        for path in (f"{start}/{slug}/", f"{start}/{slug}"):
            try:
                if resolve(path).view_name != "site:page":
                    return True
            except Resolver404:
                continue
    return False


_PUBLISHED = PreparedQuery(
    lambda: Page.objects.published().only("kind", "title", "slug", "language", "in_footer").order_by("position", "pk")
)


def published_pages() -> tuple[PageLink, ...]:
    """All of them, in their order, without their texts: one query."""
    return tuple([PageLink(row.kind, row.title, row.slug, row.language, row.in_footer) for row in _PUBLISHED()])


def pages_for(pages: Iterable[PageLink], code: str) -> list[PageLink]:
    """Those for somebody who reads this language: of each, the one that is written in it, else the one for every
    language. A privacy notice in another language is better than none, so of a named kind any will do."""
    best: dict[str, tuple[int, PageLink]] = {}
    for page in pages:
        named = page.kind != Page.Kind.OTHER
        fits = 3 if page.language == code else 2 if not page.language else 1 if named else 0
        key = page.kind if named else f"/{page.slug}/"
        if fits > best.get(key, (0, page))[0]:
            best[key] = (fits, page)
    chosen = [page for _fits, page in best.values()]
    return [page for page in pages if page in chosen]
