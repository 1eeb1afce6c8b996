"""The search of the admin by keys alone, and without its script; the preview says when it is older than the text."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.shots import log_in
from tests.browser.test_composer import state
from tests.installations import Embedded

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_by_keys_alone(page: Page, iria: Embedded) -> None:
    log_in(page)
    page.goto("/admin/newsletters/author/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search")
    expect(field).to_be_focused()
    page.keyboard.type("rate limit")
    options = page.locator("#iria-find [role=option]")
    expect(options).to_have_count(2)
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", options.nth(1).get_attribute("id") or "")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/newsletters/ratelimit/**")


def test_without_its_script_it_is_a_page(page: Page, iria: Embedded) -> None:
    log_in(page)
    page.route("**/admin_iria/search*.js", lambda route: route.abort())
    page.goto("/admin/")
    page.get_by_role("link", name="Search").click()
    page.get_by_label("Articles, editions, subscribers and pages").fill("straits")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name=re.compile("Turkish Straits")).first).to_be_visible()


@pytest.fixture
def draft(page: Page, iria: Embedded) -> str:
    log_in(page)
    page.goto("/admin/newsletters/edition/add/")
    page.get_by_role("button", name="Create draft").click()
    expect(page.get_by_label("Dark")).to_be_visible()  # which the script of the preview shows
    return page.url


def test_what_is_typed_before_the_script_has_come_is_saved(page: Page, draft: str) -> None:
    held: list[Route] = []
    page.route("**/admin_iria/saving*.js", lambda route: held.append(route))  # noqa: PLW0108 -- Playwright wants a function
    with page.expect_request("**/admin_iria/saving*.js"):
        page.goto(draft, wait_until="commit")
    page.get_by_label("Subject", exact=True).fill("Typed early")
    held[0].continue_()
    expect(state(page)).to_have_text(re.compile("^Saved at"))
    page.unroute("**/admin_iria/saving*.js")
    page.reload()
    expect(page.get_by_label("Subject", exact=True)).to_have_value("Typed early")


def test_a_preview_that_is_older_than_the_text_says_so(page: Page, draft: str) -> None:
    older = page.locator("[data-older]")
    expect(older).to_be_hidden()
    page.context.set_offline(True)
    page.get_by_label("Subject", exact=True).fill("Typed in a tunnel")
    expect(older).to_be_visible()
    expect(older.get_by_role("button", name="Save and refresh")).to_be_enabled()
    page.context.set_offline(False)  # upon which it saves by itself
    expect(older).to_be_hidden()
    expect(state(page)).to_have_text(re.compile("^Saved at"))
    expect(page.locator("[data-shown=subject]")).to_have_text("Typed in a tunnel")
