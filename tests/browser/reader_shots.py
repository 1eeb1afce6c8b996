"""Pictures of every page and mail that a reader sees, in each language: part of `make shots`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

from tests.browser.reader import Reader, overhang
from tests.installations import Embedded

LANGUAGES = {"en": "ar", "ar": "en"}  # and the other one
MAILS = ("mail-confirmation", "mail-confirmation-again", "mail-welcome", "mail-preferences-link")
WIDTHS = (1280, 390)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
NARROWEST = 320


class Camera:
    """Takes a page at each width and in light and dark, and notes where it is wider than its window."""

    def __init__(self, page: Page, folder: Path, language: str) -> None:
        self.page, self.folder, self.language = page, folder, language
        self.complaints: list[str] = []

    def take(self, name: str) -> None:
        name = f"reader-{name}-{self.language}"
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            for scheme in SCHEMES:
                self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                self.page.screenshot(path=self.folder / f"{name}-{width}-{scheme}.png", full_page=True)
            self._measure(name, width)
        self.page.set_viewport_size({"width": NARROWEST, "height": 900})
        self._measure(name, NARROWEST)
        self.page.set_viewport_size({"width": WIDTHS[0], "height": 900})

    def _measure(self, name: str, width: int) -> None:
        if (beyond := overhang(self.page)) > 0:
            self.complaints.append(f"{name}: {beyond} px wider than a window of {width} px")


def take_reader_pages(browser: Browser, iria: Embedded, folder: Path) -> list[str]:
    complaints: list[str] = []
    for number, (language, other) in enumerate(LANGUAGES.items(), 1):
        # Each walk from a visitor of its own, or the limits of sign-up would stop the second.
        visitor = {"X-Forwarded-For": f"192.0.2.{number}"}
        with browser.new_context(base_url=iria.site.base, extra_http_headers=visitor) as context:
            page = context.new_page()
            camera = Camera(page, folder, language)
            reader = Reader(page, iria, f"reader.{language}@readers.example", language, camera.take)
            reader.goes_the_whole_way(other)
            for name, path in (("home", "/"), ("archive", "/archive/")):
                page.goto(f"{reader.prefix}{path}")
                camera.take(name)
        # The inbox is open to this machine alone, not to a visitor behind a proxy.
        with browser.new_context(base_url=iria.site.base) as context:
            camera.page = context.new_page()
            for name, mail in zip(MAILS, reversed(reader.mails()), strict=True):
                camera.page.goto(f"/inbox/{mail['id']}/html")
                camera.take(name)
                if not camera.page.url.endswith("/html"):
                    camera.complaints.append(f"{name}: the inbox led to {camera.page.url}")
        complaints += camera.complaints
    return complaints
