"""The demo institute's standing pages: `seeds/pages/<kind>.html`."""

from __future__ import annotations

from iria.demo import seed_files
from iria.demo.seed_files import BadSeed, read_headed
from newsletters.articles.pages import save_page
from newsletters.models import Page

ORDER = (Page.Kind.ABOUT, Page.Kind.CONTACT, Page.Kind.IMPRINT, Page.Kind.PRIVACY)


def load_pages() -> None:
    """Raises `BadSeed` for a page that is missing or wrong."""
    for number, kind in enumerate(ORDER, 1):
        path = seed_files.SEEDS / "pages" / f"{kind}.html"
        if not path.exists():
            raise BadSeed(f"seeds/pages/{kind}.html is missing.")
        head, body = read_headed(path, {"title"})
        save_page(
            Page(
                kind=kind, title=head["title"], slug=kind, body=body, position=10 * number,
                status=Page.Status.PUBLISHED,
            )
        )  # fmt: skip
