"""Chromium, as Debian or the machine has it, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

# The first is Chromium without a window of its own, which takes a third less of the processor.
CANDIDATES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class BrowserMissing(RuntimeError):
    """There is no Chromium here; the message says what would help."""


def executable() -> str:
    """`IRIA_CHROMIUM`, or the first Chromium in the PATH. Raises `BrowserMissing`."""
    if given := os.environ.get("IRIA_CHROMIUM"):
        if not Path(given).exists():
            raise BrowserMissing(f"IRIA_CHROMIUM is {given}, but there is no such file.")
        return given
    for name in CANDIDATES:
        if found := shutil.which(name):
            return found
    raise BrowserMissing("No Chromium here: install Debian's chromium-headless-shell, or set IRIA_CHROMIUM to one.")


@contextmanager
def chromium() -> Iterator[Browser]:
    # Chromium's sandbox does not work for root, and needs user namespaces that many machines refuse.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
