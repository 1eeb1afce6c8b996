"""Mails in a window of 320 pixels, with and without their pictures; and the page on which their look is chosen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from newsletters.rendering import designs
from tests.browser.mails import mail, overhang, shown, without_style
from tests.browser.shots import log_in

pytestmark = pytest.mark.browser
NEWSLETTER = "/admin/newsletters/newsletter/1/change/"


@pytest.mark.parametrize("design", [*designs.names(), designs.OWN])
def test_no_mail_is_wider_than_a_small_telephone(browser: Browser, design: str) -> None:
    for content in ("everything", "right-to-left"):
        html = mail(content, design)
        for pictures, seen in ((True, html), (False, html), (True, without_style(html))):
            with shown(browser, seen, 320, pictures=pictures) as page:
                assert overhang(page) <= 0
                assert page.locator("h1").count() == 1


SHOWN = ".iria-look-frames iframe:not(.iria-loading)"


def test_a_look_is_chosen_by_keyboard_beside_a_mail_and_saved_only_by_save(page: Page) -> None:
    log_in(page)
    page.goto(NEWSLETTER)
    before = page.evaluate("history.length")
    page.locator("input[name=design][value=headlines]").focus()
    page.keyboard.press("ArrowDown")  # Brief, whose date stands at the far end of its one line
    expect(page.frame_locator(SHOWN).locator(".day").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.frame_locator(SHOWN).locator(".day")).to_have_count(0)
    page.locator("#id_footer").fill("A footer that was only typed")
    expect(page.frame_locator(SHOWN).get_by_text("only typed")).to_have_count(1)
    page.locator("#id_colour").fill("#ffcc00")
    expect(page.locator(".iria-look-told")).to_contain_text("would be hard to read")
    page.get_by_label("Dark").check()
    expect(page.frame_locator(SHOWN).get_by_text("only typed")).to_have_count(1)
    assert page.evaluate("history.length") == before  # Back leads away from the page, not through its mails
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_label("Phone").check()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.goto(NEWSLETTER)
    expect(page.locator("input[name=design][value=headlines]")).to_be_checked()


def test_without_script_a_button_shows_the_look(browser: Browser, page: Page) -> None:
    log_in(page)
    state = page.context.storage_state()
    base = page.url.partition("/admin/")[0]
    with browser.new_context(base_url=base, storage_state=state, java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto(NEWSLETTER)
        plain.locator("input[name=design][value=headlines]").check()
        plain.get_by_role("button", name="Update preview").click()
        expect(plain.frame_locator(SHOWN).locator(".kicker").first).to_be_visible()
        assert plain.url.endswith(NEWSLETTER)
