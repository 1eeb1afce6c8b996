"""`make shots`: the main pages as pictures, wide and narrow, light and dark, from an installation of its own.

    python -m tests.browser.shots FOLDER

The pages are those of the demo institute after its first edition went out. A page that cannot be shown, or that is
wider than its window, ends the run with status 1 and its name, after the others were made.
"""

from __future__ import annotations

import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chromium import BrowserMissing, chromium
from tests.browser.reader_shots import take_reader_pages
from tests.installations import ADMIN_EMAIL, ADMIN_PASSWORD, Embedded
from tests.processes import wait_until

WIDTHS = (1280, 390)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@dataclass(frozen=True)
class Shot:
    name: str
    path: str
    staff: bool = False
    answers: int = 200


def log_in(page: Page) -> None:
    page.goto("/admin/login/?next=/admin/")
    page.fill("input[name=username]", ADMIN_EMAIL)
    page.fill("input[name=password]", ADMIN_PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url(re.compile(r"/admin/$"))


def first_link(page: Page, path: str, pattern: str) -> str:
    """The first link on a page whose address matches."""
    page.goto(path)
    for link in page.locator("a[href]").all():
        href = link.get_attribute("href") or ""
        if re.search(pattern, href):
            return re.sub(r"^https?://[^/]+", "", href)
    raise LookupError(f"no link like {pattern} on {path}")


def new_draft(page: Page) -> str:
    """An edition with a heading, a text, three articles and a button; the path of its page."""
    page.goto("/admin/newsletters/edition/add/")
    page.get_by_role("button", name="Create draft").click()
    page.get_by_label("Subject", exact=True).fill("What a quiet week at sea means")
    page.get_by_label("Only articles not in an edition yet").uncheck()
    page.get_by_role("button", name="Search").click()
    page.locator("#picker [name=add]").nth(2).wait_for()
    for number in (1, 2, 3):
        page.locator("#picker [name=add]").nth(number).check()
    page.get_by_role("button", name="Add selected articles").click()
    for kind, field, words in (("heading", "headline", "At sea"), ("button", "headline", "Register for the briefing")):
        page.locator(f"[name=_new][value={kind}]").click()
        page.locator(f".iria-row-{kind} [name^={field}-]").fill(words)
    page.locator(".iria-row-button [name^=url-]").fill("https://example.org/briefing")
    page.locator(".iria-row-heading [name=_up]").click()
    expect(page.locator("#iria-state")).to_contain_text("Saved at", timeout=20_000)
    return urlsplit(page.url).path


def main_pages(page: Page, iria: Embedded) -> list[Shot]:
    """What there is to see; the addresses are found as a visitor would find them."""
    log_in(page)
    mail = next(each["id"] for each in iria.inbox() if "List-Id" in iria.site.get(f"/inbox/{each['id']}/raw").text)
    edition = next(each["id"] for each in iria.editions() if each["status"] == "sent")
    return [
        Shot("home", "/"),
        Shot("article", first_link(page, "/", r"/articles/[^/]+/$")),
        Shot("topic", first_link(page, "/", r"/topics/[^/]+/$")),
        Shot("author", first_link(page, first_link(page, "/", r"/articles/[^/]+/$"), r"/authors/[^/]+/$")),
        Shot("search", "/search/?q=iran"),
        Shot("not-there", "/articles/strikes-in-syria/", answers=404),
        Shot("archive", "/archive/"),
        Shot("edition-on-the-web", first_link(page, "/archive/", r"/archive/[^/]+/$")),
        Shot("sign-up", "/subscribe/"),
        Shot("privacy", "/privacy/"),
        Shot("inbox", "/inbox/"),
        Shot("mail", f"/inbox/{mail}/html"),
        Shot("mail-in-the-inbox", f"/inbox/{mail}/"),
        Shot("admin", "/admin/", staff=True),
        Shot("admin-comments", "/admin/newsletters/comment/?state=all", staff=True),
        Shot("admin-articles", "/admin/newsletters/article/", staff=True),
        Shot("admin-newsletter", "/admin/newsletters/newsletter/1/change/", staff=True),
        Shot("composer", new_draft(page), staff=True),
        Shot("versions", new_draft(page).replace("change/", "versions/"), staff=True),
        Shot("admin-set-up", "/admin/set-up/", staff=True),
        Shot("admin-profile", "/admin/profile/", staff=True),
        Shot("admin-edition", f"/admin/newsletters/edition/{edition}/change/", staff=True),
        Shot("admin-edition-report", f"/admin/newsletters/edition/{edition}/report/", staff=True),
        Shot("admin-newsletter-report", "/admin/newsletters/newsletter/1/report/", staff=True),
        Shot("admin-quiet-readers", "/admin/newsletters/newsletter/1/re-engage/", staff=True),
        Shot("admin-api-tokens", "/admin/api-tokens/", staff=True),
    ]


def take(context: BrowserContext, shot: Shot, path: Path) -> str | None:
    """Make the picture; a sentence about what is wrong with the page, if anything is."""
    page = context.new_page()
    try:
        answer = page.goto(shot.path, wait_until="load")
        # A picture below the fold is fetched when it comes into view; the screenshot holds the whole page.
        page.evaluate(
            "Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode().catch(() => null); }))"
        )
        page.screenshot(path=path, full_page=True)
        if answer is None or answer.status != shot.answers:
            return f"{shot.name}: {shot.path} answered {answer.status if answer else 'nothing'}"
        overhang = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return f"{shot.name}: {overhang} px wider than the window of {path.stem}" if overhang > 0 else None
    finally:
        page.close()


def take_all(browser: Browser, iria: Embedded, folder: Path) -> list[str]:
    with browser.new_context(base_url=iria.site.base) as context:
        shots = main_pages(context.new_page(), iria)
        state = context.storage_state()
    complaints: list[str | None] = []
    for width in WIDTHS:
        for scheme in SCHEMES:
            with browser.new_context(
                base_url=iria.site.base, viewport={"width": width, "height": 900}, color_scheme=scheme,
                storage_state=state, reduced_motion="reduce",
            ) as context:  # fmt: skip
                complaints += [take(context, s, folder / f"{s.name}-{width}-{scheme}.png") for s in shots]
    return [complaint for complaint in complaints if complaint]


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="iria-shots-") as temporary:
        iria = Embedded(Path(temporary), TRUSTED_PROXIES="1")
        try:
            with chromium() as browser, iria.up():
                wait_until(
                    lambda: any(each["status"] == "sent" for each in iria.editions()),
                    "the first edition was sent", seconds=180, every=1.0,
                )  # fmt: skip
                complaints = take_all(browser, iria, folder)
                complaints += take_reader_pages(browser, iria, folder)
        except BrowserMissing as problem:
            print(problem, file=sys.stderr)
            return 2
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}/")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
