"""A running installation with the demo institute, and Chromium. Browser tests say so when there is none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chromium import BrowserMissing, chromium
from tests.conftest import missing
from tests.installations import Embedded
from tests.processes import wait_until


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as running:
            yield running
    except BrowserMissing as problem:
        missing(str(problem), required_by="IRIA_REQUIRE_BROWSER")


@pytest.fixture(scope="package")
def iria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """`manage.py up` with the demo institute, one for all browser tests: they do not undo each other's work. The demo's
    own edition was sent: it takes every older article, and only what is written afterwards is new."""
    # As behind a proxy: a test may come from an address of its own, and so has its own share of the limits.
    installation = Embedded(tmp_path_factory.mktemp("browser"), TRUSTED_PROXIES="1")
    with installation.up():
        wait_until(
            lambda: any(each["status"] == "sent" for each in installation.editions()), "the demo's edition is sent",
            seconds=120, every=0.5,
        )  # fmt: skip
        yield installation


@pytest.fixture
def context(browser: Browser, iria: Embedded) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=iria.site.base, locale="en-GB") as made:
        made.set_default_timeout(15_000)
        expect.set_options(
            timeout=15_000
        )  # two cores that also run other tests, and a first page that is rendered cold
        yield made


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which an error of JavaScript, a refusal by the Content-Security-Policy, or a request that leaves the
    site fails the test."""
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(f"JavaScript: {error}"))
    opened.on("console", lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None)
    opened.on(
        "request",
        lambda r: (
            complaints.append(f"leaves the site: {r.url}")
            if not r.url.startswith(("http://localhost:", "data:", "blob:", "about:"))
            else None
        ),
    )
    yield opened
    assert complaints == []
