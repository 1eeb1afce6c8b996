"""Light or dark: by the reader's device, or by the switch on the page; never painted in the wrong colours first."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.installations import Embedded

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
_PAPER = "getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(251, 250, 247)", "rgb(18, 22, 28)"


def test_the_switch_turns_the_page_is_remembered_and_goes_back_to_the_device(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    assert page.evaluate(_PAPER) == LIGHT
    switch = page.get_by_role("button", name="Dark colours")
    expect(switch).to_have_attribute("aria-pressed", "false")
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(_PAPER) == DARK
    page.get_by_role("link", name="Newsletter archive").first.click()
    assert page.evaluate(_PAPER) == DARK
    page.get_by_role("button", name="Dark colours").click()
    assert page.evaluate(_PAPER) == LIGHT
    page.emulate_media(color_scheme="dark")  # nothing is remembered any more
    assert page.evaluate(_PAPER) == DARK
    expect(page.get_by_role("button", name="Dark colours")).to_have_attribute("aria-pressed", "true")


def test_the_chosen_scheme_is_there_before_anything_is_painted(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    page.get_by_role("button", name="Dark colours").click()
    page.add_init_script(
        "new MutationObserver(() => { window.first ??= document.body && document.documentElement.dataset.scheme })"
        ".observe(document, { childList: true, subtree: true })"
    )
    page.goto("/archive/")
    assert page.evaluate("window.first") == "dark"


def test_without_javascript_the_device_decides_and_there_is_no_switch(browser: Browser, iria: Embedded) -> None:
    with browser.new_context(base_url=iria.site.base, java_script_enabled=False, color_scheme="dark") as context:
        plain = context.new_page()
        plain.goto("/")
        expect(plain.locator("[data-scheme-switch]")).to_be_hidden()
        expect(plain.locator("body")).to_have_css("background-color", DARK)
