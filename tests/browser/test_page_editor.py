"""The form of a standing page in Chromium: work isn't lost, whichever way somebody leaves it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.reader import overhang
from tests.browser.shots import log_in
from tests.browser.test_article_editor import KEPT, SAVED, state, text
from tests.browser.widths import WIDTHS
from tests.installations import Embedded

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def begin(page: Page, title: str) -> str:
    """A new page, saved by itself; its address."""
    log_in(page)
    page.goto("/admin/newsletters/page/add/")
    page.get_by_label("Title").fill(title)
    text(page).click()
    page.keyboard.type("We check every fact")
    expect(state(page)).to_have_text(SAVED)
    expect(page).to_have_url(re.compile(r"/page/\d+/change/$"))
    return page.url


def test_a_page_loses_nothing(page: Page, context: BrowserContext, iria: Embedded) -> None:
    address = begin(page, "How we work")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert overhang(page) <= 0, width
    page.set_viewport_size({"width": 1280, "height": 844})
    page.keyboard.type(" twice")  # and away at once, by the sidebar
    page.locator("#nav-sidebar").get_by_role("link", name="Editions", exact=True).click()
    expect(page).to_have_url(re.compile(r"/edition/$"))
    page.go_back()
    expect(text(page)).to_contain_text("fact twice")
    text(page).click()
    page.keyboard.press("Control+End")
    context.set_offline(True)
    page.keyboard.type(" and ask")
    expect(state(page)).to_contain_text("no connection")
    context.set_offline(False)
    expect(state(page)).to_have_text(SAVED, timeout=60_000)
    context.clear_cookies()
    page.keyboard.type(" again.")
    expect(state(page)).to_contain_text("You were signed out")
    page.close(run_before_unload=False)
    back = context.new_page()
    log_in(back)
    back.goto(address)
    back.get_by_role("button", name="Restore them").click()
    expect(text(back)).to_contain_text("We check every fact twice and ask again.")


def test_a_published_page_changes_by_its_button_alone(page: Page, iria: Embedded) -> None:
    begin(page, "What we correct")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_role("link", name="See it on the site").wait_for()
    text(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(", half a sent")
    expect(state(page)).to_have_text(KEPT)
    assert "half a sent" not in iria.site.get("/what-we-correct/").text
    page.get_by_role("button", name="Publish changes", exact=True).click()
    expect(state(page)).to_have_text("All changes saved")
    assert "half a sent" in iria.site.get("/what-we-correct/").text
