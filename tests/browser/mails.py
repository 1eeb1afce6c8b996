"""The mails of every design as pictures: narrow and wide, light and dark, with pictures off, without the `<style>` that
some programs take out, and in a dark that the program forces on them.

    python -m tests.browser.mails FOLDER

What they say is the sample of the golden files, with pictures of the demo institute. A mail that is wider than its
window ends the run with status 1 and its name, after the others were made.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import django
from playwright.sync_api import Browser, Page, Route

WIDTHS = (320, 600, 1200)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_SEEDS = Path(__file__).resolve().parents[2] / "seeds" / "pictures"
_PICTURES = {"logo.png": "logo.png", "abc": "desert-camps.jpg", "port": "two-straits.jpg"}


def mail(content_name: str, design: str) -> str:
    """The HTML as the sample's reader gets it."""
    from newsletters.rendering.custom.filling import EXAMPLE
    from newsletters.rendering.mail import render
    from newsletters.rendering.message import personal
    from tests.newsletters.rendering.sample import CONTENTS, READER

    content = replace(CONTENTS[content_name], design=design, own_mjml=EXAMPLE.read_text())
    return personal(render(content), READER, content)[1]


def without_style(html: str) -> str:
    """As programs show it that take every `<style>` out: Gmail does for accounts of other providers."""
    return re.sub(r"<style\b.*?</style>", "", html, flags=re.DOTALL)


@contextmanager
def shown(
    browser: Browser, html: str, width: int, scheme: Literal["light", "dark"] = "light", *, pictures: bool,
    forced_dark: bool = False,
) -> Iterator[Page]:  # fmt: skip
    """The mail in a window of that width. Nothing but its pictures is answered, and those only if they are on."""

    def answer(route: Route) -> None:
        name = next((file for part, file in _PICTURES.items() if part in route.request.url), None)
        if route.request.url == "https://mail.invalid/":
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif pictures and name:
            route.fulfill(path=_SEEDS / name)
        else:
            route.abort()

    with browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme) as context:
        page = context.new_page()
        if forced_dark:  # every colour is turned by the program, whatever the mail says of dark
            context.new_cdp_session(page).send("Emulation.setAutoDarkModeOverride", {"enabled": True})
        page.route("**/*", answer)
        page.goto("https://mail.invalid/", wait_until="load")
        yield page


def overhang(page: Page) -> int:
    """Pixels by which the mail is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def take_all(browser: Browser, folder: Path) -> list[str]:
    """Every picture; sentences about mails that are too wide."""
    from newsletters.rendering import designs

    complaints: list[str] = []

    def take(name: str, html: str, width: int, scheme: Literal["light", "dark"] = "light", **how: bool) -> None:
        with shown(browser, html, width, scheme, **({"pictures": True} | how)) as page:
            page.screenshot(path=folder / f"{name}.png", full_page=True)
            if (wider := overhang(page)) > 0:
                complaints.append(f"{name}: {wider} px wider than the window")

    for design in designs.names():
        for content in ("everything", "right-to-left"):
            html = mail(content, design)
            for width in WIDTHS:
                name = f"mail-{design}-{content}-{width}"
                for scheme in SCHEMES:
                    take(f"{name}-{scheme}", html, width, scheme)
                    take(f"{name}-{scheme}-pictures-off", html, width, scheme, pictures=False)
                take(f"{name}-style-stripped", without_style(html), width)
                take(f"{name}-forced-dark", html, width, forced_dark=True)
    return complaints


def main(arguments: list[str]) -> int:
    from tests.browser.chromium import BrowserMissing, chromium

    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with chromium() as browser:
            complaints = take_all(browser, folder)
    except BrowserMissing as problem:
        print(problem, file=sys.stderr)
        return 2
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    sys.exit(main(sys.argv[1:]))
