"""Old addresses in the one way in which they are kept and looked for, and which article they lead to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import parse_qs, quote, unquote, urlsplit

from newsletters.models import Article, OldAddress

MOST = 500  # characters
MOST_OF_AN_ARTICLE = 20
_NUMBER = re.compile(r"^[0-9]{1,12}$")
BY_NUMBER = "p"  # the parameter by which WordPress names an article: /?p=123


def old_path(address: str) -> str:
    """The path of an address, decoded, without its last slash; with `/?p=…` where the number says which article it is.
    Empty for the front page, for what can't be an address, and for any other query: “/article.php?id=7” is one of many
    articles at that path."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    path = unquote(parts.path).rstrip("/")
    path = re.sub(r"/index\.(?:html?|php)$", "", path, flags=re.IGNORECASE)
    number = parse_qs(parts.query[:200]).get(BY_NUMBER, [""])[0]
    if _NUMBER.match(number):
        path = f"{path}/?{BY_NUMBER}={number}"
    elif parts.query:
        return ""
    is_usable = path.startswith("/") and len(path) <= MOST and path.isprintable()
    return path if is_usable else ""


def keep_old_addresses(of: Mapping[Article, Iterable[str]]) -> Iterator[tuple[Article, str]]:
    """From now on they lead to the articles. What already leads elsewhere stays, and is given back."""
    wanted: dict[str, Article] = {}
    for article, addresses in of.items():
        own = old_path(article.own_path)
        paths = dict.fromkeys(path for each in addresses if (path := old_path(each)) and path != own)
        for path in list(paths)[:MOST_OF_AN_ARTICLE]:
            if wanted.setdefault(path, article) != article:
                yield article, path
    there = dict(OldAddress.objects.filter(path__in=wanted).values_list("path", "article_id"))
    OldAddress.objects.bulk_create(
        [OldAddress(path=path, article=article) for path, article in wanted.items() if path not in there],
        ignore_conflicts=True,
    )
    for path, article in wanted.items():
        if there.get(path, article.pk) != article.pk:
            yield article, path


def article_at(path: str, number: str = "") -> Article | None:
    """The public article that a path, decoded, led to before it came here; or the path with `?p=` and that number."""
    at = quote(path)
    addresses = [f"{at}?{BY_NUMBER}={number[:20]}", at] if number else [at]
    wanted = [found for each in addresses if (found := old_path(each))]
    if not wanted:
        return None
    there = {each.path: each.article for each in OldAddress.objects.filter(path__in=wanted).select_related("article")}
    article = next((there[each] for each in wanted if each in there), None)
    return article if article is not None and article.is_public else None
