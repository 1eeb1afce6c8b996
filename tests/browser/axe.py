"""axe-core in the pages: what it finds that keeps people with a disability from using them.

`complaints(page)` looks at a page as it is; `all_complaints(context, paths)` opens each path and looks at it wide and
narrow, and narrow in the dark as well. Another page is one more path. All rules are on, best practices too, and nothing
is excused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page

WIDTHS = (1280, 390)
ABOUT_COLOURS = ("color-contrast", "link-in-text-block")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def complaints(page: Page, *, only: Sequence[str] = ()) -> list[str]:
    """A sentence for each rule that an element breaks, with the element; `only` of these."""
    if page.evaluate("typeof window.axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)  # its 570 KB once a page, not once a look
    options = {"resultTypes": ["violations"], **({"runOnly": {"type": "rule", "values": only}} if only else {})}
    found = page.evaluate("(options) => axe.run(document, options).then((results) => results.violations)", options)
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]
    ]  # fmt: skip


def all_complaints(context: BrowserContext, paths: Iterable[str]) -> list[str]:
    """The same for every path: in both widths, and narrow in both schemes. A page is loaded once for all three."""
    page = context.new_page()
    found: list[str] = []
    for path in paths:
        page.goto(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in SCHEMES:
                # Without motion, colours do not fade from one scheme to the other while they are measured.
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                only = () if scheme == SCHEMES[0] else ABOUT_COLOURS  # nothing else changes with the scheme
                if only and width != WIDTHS[-1]:
                    continue  # colours are the same at any width
                found += [f"{path} ({width} px, {scheme}): {complaint}" for complaint in complaints(page, only=only)]
    page.close()
    return found
