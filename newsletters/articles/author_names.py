"""Authors by the names that articles from elsewhere give them: those that are here already, or new ones."""

from __future__ import annotations

from collections.abc import Iterable

from lib.entities import typed_text
from lib.free_names import free_name
from lib.readable_slugs import readable_slug
from newsletters.models import Author

MOST = 10  # of an article
_LONGEST = 120  # characters


def authors_named(names: Iterable[str], about: dict[str, str] | None = None) -> list[Author]:
    """One for each name, in their order, each once. `about` says what new ones are described by."""
    found: dict[int, Author] = {}
    for written in list(names)[:MOST]:
        name = typed_text(written).strip()[:_LONGEST]
        if not name:
            continue
        author = Author.objects.filter(name__iexact=name).first()
        if author is None:
            stem = readable_slug(name) or "author"
            taken = set(Author.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
            described = typed_text((about or {}).get(written, ""))[:1000]
            author = Author.objects.create(name=name, slug=free_name(stem, taken), about=described)
        found.setdefault(author.pk, author)
    return list(found.values())
