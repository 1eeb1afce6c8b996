"""Which of an edition's links lead to articles of ours: those of its articles, and those in its texts."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from django.conf import settings
from django.db.models import Q

from newsletters.models import Article
from newsletters.rendering.block_context import whole
from newsletters.rendering.content import EditionContent
from subscribers.languages import localised


def articles_behind(urls: Iterable[str], content: EditionContent) -> dict[str, int]:
    """By the address that stands in the mail; without articles that were deleted since. One query."""
    urls = list(urls)
    own = {whole(localised(article.path, content.language)): article.id for article in content.articles}
    pages = tuple({f"{settings.SITE_URL}{stem}" for stem in ("/articles/", localised("/articles/", content.language))})
    slugs = {url: _slug_behind(url, pages) for url in urls}
    others = [url for url in urls if url not in own]
    found = Article.objects.filter(
        Q(pk__in=own.values()) | Q(slug__in=filter(None, slugs.values())) | Q(original_url__in=others)
    )
    there, by_slug, by_original = set(), {}, {}
    for pk, slug, original in found.values_list("pk", "slug", "original_url"):
        there.add(pk)
        by_slug[slug] = by_original[original] = pk
    behind = {url: own.get(url) or by_slug.get(slugs[url]) or by_original.get(url) for url in urls}
    return {url: pk for url, pk in behind.items() if pk in there}


def _slug_behind(url: str, pages: tuple[str, ...]) -> str:
    """Empty for an address that isn't an article's."""
    page = next((page for page in pages if url.startswith(page)), None)
    return unquote(url.removeprefix(page).partition("?")[0]).strip("/") if page else ""
