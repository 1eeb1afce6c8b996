"""The form on somebody else's page, whose styles and policy are its own: keyboard, Escape, “Not now”, the sign-up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.installations import Embedded
from tests.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
HOST = "http://partner.example/"
# A page that would spoil any form within it.
HOSTILE = (
    "* { color: red !important; font-size: 40px !important; display: block !important; position: static !important }"
)


@contextmanager
def partner(browser: Browser, iria: Embedded, attributes: str = "", **options: Any) -> Iterator[BrowserContext]:
    """A browser in which another site loads the script, under a policy that forbids inline styles and scripts."""
    base = iria.site.base
    policy = f"default-src 'none'; script-src {base}; style-src 'self'; form-action {base}"
    html = (
        '<!doctype html><html lang="en"><title>Partner</title><link rel="stylesheet" href="/site.css">'
        f'<a id="before" href="/other">Before</a><script src="{base}/subscribe/iria-news/form.js" {attributes} async>'
        "</script></html>"
    )

    def answer(route: Route) -> None:
        if route.request.url.endswith(".css"):
            route.fulfill(body=HOSTILE, content_type="text/css")
        else:
            route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": policy})

    with browser.new_context(**options) as context:
        context.route(f"{HOST}**", answer)
        # Chromium lets no page of the internet load a script from this very machine, as it is one in tests alone.
        context.route("**/form.js", lambda route: route.fulfill(response=route.fetch()))
        yield context


def test_it_stands_where_its_script_stands_and_signs_up(browser: Browser, iria: Embedded) -> None:
    with partner(browser, iria) as context:
        page = context.new_page()
        page.goto(f"{HOST}?utm_source=podcast")
        page.get_by_label("Email address").fill("embedded@readers.example")
        heading = page.get_by_role("heading", name="by email")
        assert heading.evaluate("e => getComputedStyle(e).fontSize") == "20px"
        assert heading.evaluate("e => getComputedStyle(e).color") != "rgb(255, 0, 0)"
        page.get_by_role("button", name="Subscribe").click()
        expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
        assert page.url == f"{iria.site.base}/subscribe/"
        assert not context.cookies()
        wait_until(
            lambda: any(each["envelope_to"] == "embedded@readers.example" for each in iria.inbox()),
            "the confirmation is in the inbox", seconds=30,
        )  # fmt: skip


def test_it_is_dark_where_the_page_around_it_is(browser: Browser, iria: Embedded) -> None:
    with partner(browser, iria, color_scheme="dark") as context:
        page = context.new_page()
        page.goto(HOST)
        form = page.get_by_role("region", name="by email")
        assert form.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
        page.evaluate("document.documentElement.style.colorScheme = 'light dark'")
        assert form.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(29, 33, 37)"


def focused(page: Page) -> str:
    """What has the focus within the form, in words."""
    words: str = page.evaluate(
        "[...document.querySelectorAll('div')].map(e => e.shadowRoot?.activeElement?.textContent ?? '').join('')"
    )
    return words


def test_it_slides_in_takes_no_focus_and_stays_away(browser: Browser, iria: Embedded) -> None:
    options = {"reduced_motion": "reduce", "viewport": {"width": 320, "height": 640}}
    with partner(browser, iria, 'data-form="slide-in" data-after="0"', **options) as context:
        page = context.new_page()
        page.goto(HOST)
        page.locator("#before").focus()
        form = page.get_by_role("region", name="by email")
        expect(form).to_be_visible()
        assert page.evaluate("document.activeElement.id") == "before"
        assert form.evaluate("e => getComputedStyle(e).transitionDuration") == "0s"
        box = form.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 320 and box["y"] + box["height"] <= 640
        for _ in range(4):
            page.keyboard.press("Tab")
            if focused(page) == "Not now":
                break
        assert focused(page) == "Not now"
        page.keyboard.press("Escape")
        expect(form).to_have_count(0)
        page.reload()
        page.wait_for_function("performance.getEntriesByType('resource').some(e => e.name.endsWith('form.js'))")
        page.evaluate("new Promise(done => setTimeout(done, 100))")
        expect(form).to_have_count(0)
        assert not context.cookies()
