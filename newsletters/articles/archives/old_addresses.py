"""Old addresses in the one way in which they are kept and looked for, and which article they lead to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import parse_qs, unquote, urlsplit

from newsletters.models import Article, OldAddress

MOST = 500  # characters
MOST_OF_AN_ARTICLE = 20
_NUMBER = re.compile(r"^[0-9]{1,12}$")
BY_NUMBER = "p"  # the parameter by which WordPress names an article: /?p=123


def old_path(address: str) -> str:
    """The path of an address, decoded, without its last slash; `/?p=…` where the number says which article it is.
    Empty for the front page and for what can't be an address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    path = unquote(parts.path).rstrip("/")
    path = re.sub(r"/index\.(?:html?|php)$", "", path, flags=re.IGNORECASE)
    if not path:
        number = parse_qs(parts.query[:200]).get(BY_NUMBER, [""])[0]
        return f"/?{BY_NUMBER}={number}" if _NUMBER.match(number) else ""
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


def article_at(path: str) -> Article | None:
    """The public article that an address led to before it came here."""
    wanted = old_path(path)
    if not wanted:
        return None
    found = OldAddress.objects.filter(path=wanted).select_related("article").first()
    return found.article if found is not None and found.article.is_public else None
