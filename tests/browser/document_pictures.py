"""The pictures of README.md and docs/ that show the site and the admin, from a demo institute of their own.

    python -m tests.browser.document_pictures docs/pictures

Each is a window's worth of a page, as JPEG. Look at them before they are committed.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.chromium import chromium
from tests.browser.shots import first_link, log_in, new_draft
from tests.installations import Embedded
from tests.processes import wait_until

WINDOW = {"width": 1320, "height": 800}
TALLER = {"composer": 900, "dashboard": 980, "design": 980, "edition": 1000, "person": 1150, "site": 1000}  # pixels
QUALITY = 82
HEADLINE = "Who may pass the Turkish Straits?"


def article(page: Page) -> None:
    """The editor of an article, with its bar."""
    page.goto(_article(page))
    page.locator(".prose-editor .tiptap").wait_for()


def pictures(page: Page) -> None:
    """The dialog in which a picture for a text is chosen."""
    article(page)
    page.locator(".prose-editor .tiptap p").first.click()
    page.get_by_role("button", name=re.compile("figure", re.IGNORECASE)).first.click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_role("button", name="Use this picture").first.wait_for()
    expect(dialog).to_contain_text("seen on the site")


def review(page: Page) -> None:
    """Review, private preview, edition and corrections of one article."""
    draft = _article(page)
    page.goto(draft.replace("change/", "publishing/"))
    page.get_by_role("heading", name="Corrections").wait_for()


def pages(page: Page) -> None:
    page.goto("/admin/newsletters/page/")
    page.get_by_role("link", name="Imprint", exact=True).wait_for()


def set_up(page: Page) -> None:
    page.goto("/admin/set-up/")
    page.get_by_role("heading", level=1).wait_for()


def composer(page: Page) -> None:
    """A draft beside the mail that it becomes."""
    page.goto(new_draft(page))
    page.frame_locator("iframe.iria-html:not(.iria-loading)").get_by_role("heading", level=1).wait_for()


def dashboard(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_role("heading", level=1).wait_for()


def design(page: Page) -> None:
    """The look of a newsletter is chosen beside its newest mail."""
    page.goto(first_link(page, "/admin/newsletters/newsletter/", r"/newsletter/\d+/change/"))
    page.frame_locator(".iria-look-frames iframe:not(.iria-loading)").get_by_role("heading", level=1).wait_for()
    page.evaluate("document.querySelector('#design').scrollIntoView()")


def edition(page: Page) -> None:
    """An edition that was sent, with its figures."""
    page.goto(first_link(page, "/admin/newsletters/edition/?status__exact=sent", r"/edition/\d+/change/"))
    page.get_by_text(re.compile(r"Sent: \d+ emails? accepted")).wait_for()


def site(page: Page) -> None:
    page.goto("/")


def person(page: Page) -> None:
    """What is known of a reader, and everything that happened."""
    page.goto(first_link(page, "/admin/subscribers/subscriber/?q=amira", r"/subscriber/\d+/change/"))
    page.get_by_role("heading", name="Timeline").wait_for()


SHOWN: dict[str, Callable[[Page], None]] = {
    "article": article, "pictures": pictures, "review": review, "pages": pages, "set-up": set_up, "site": site,
    "composer": composer, "design": design, "edition": edition, "person": person, "dashboard": dashboard,
}  # fmt: skip


def _article(page: Page) -> str:
    return first_link(page, f"/admin/newsletters/article/?q={HEADLINE[:20]}", r"/article/\d+/change/")


def take(page: Page, folder: Path) -> None:
    for name, show in SHOWN.items():
        page.set_viewport_size({"width": WINDOW["width"], "height": TALLER.get(name, WINDOW["height"])})
        show(page)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=folder / f"{name}.jpg", type="jpeg", quality=QUALITY)


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0])
    with tempfile.TemporaryDirectory(prefix="iria-pictures-") as temporary:
        iria = Embedded(Path(temporary), TRUSTED_PROXIES="1")
        with chromium() as browser, iria.up():
            wait_until(
                lambda: any(each["status"] == "sent" for each in iria.editions()),
                "the first edition was sent", seconds=180, every=1.0,
            )  # fmt: skip
            with browser.new_context(base_url=iria.site.base, viewport=WINDOW, reduced_motion="reduce") as context:  # type: ignore[arg-type]
                page = context.new_page()
                log_in(page)
                take(page, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
