"""A reader in Chromium, with and without JavaScript: from the form to the confirmed subscription, and out again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.installations import Embedded, link_to
from tests.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def mails_to(iria: Embedded, address: str) -> list[dict[str, Any]]:
    return [each for each in iria.inbox() if each["envelope_to"] == address]


def newest_link(iria: Embedded, address: str, kind: str) -> str:
    """The one link of this kind in the newest mail to the address."""
    number = mails_to(iria, address)[0]["id"]
    return link_to(iria.text_of(number), kind)


def press_past_the_speed_check(page: Page) -> None:
    """A program fills a form in faster than a person; the page that says so is one press, as for anybody."""
    if page.get_by_role("heading", name="Please submit again").is_visible():
        page.get_by_role("button", name="Subscribe").click()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_reader_subscribes_confirms_and_unsubscribes(browser: Browser, iria: Embedded, javascript: bool) -> None:
    address = f"berta.{javascript}@readers.example".lower()
    with browser.new_context(base_url=iria.site.base, java_script_enabled=javascript) as context:
        page = context.new_page()
        page.goto("/subscribe/")
        page.get_by_label("Email address").fill(address)
        page.get_by_role("main").get_by_role("button", name="Subscribe").click()
        press_past_the_speed_check(page)
        expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text(address)
        wait_until(lambda: mails_to(iria, address), "the confirmation is in the inbox", seconds=30)

        page.goto(newest_link(iria, address, "confirm"))
        page.get_by_role("button", name="Confirm subscription").click()
        expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
        wait_until(lambda: len(mails_to(iria, address)) == 2, "the welcome mail is in the inbox", seconds=30)

        page.goto(newest_link(iria, address, "preferences"))
        page.get_by_role("button", name=re.compile("Unsubscribe from all", re.IGNORECASE)).click()
        expect(page.get_by_role("main")).to_contain_text("You’re unsubscribed from all newsletters.")
        assert context.cookies() == []


def test_the_form_in_the_footer_of_every_page_works(page: Page, iria: Embedded) -> None:
    page.goto("/")
    form = page.get_by_role("region", name=re.compile("by email"))
    form.get_by_label("Email address").fill("carla@readers.example")
    form.get_by_role("button", name="Subscribe").click()
    press_past_the_speed_check(page)
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    wait_until(lambda: mails_to(iria, "carla@readers.example"), "the confirmation is in the inbox", seconds=30)


def test_a_mistake_is_said_in_words_and_nothing_typed_is_lost(page: Page, iria: Embedded) -> None:
    page.goto("/subscribe/")
    page.get_by_label("Email address").fill("dora(at)readers.example")
    page.get_by_label("Middle East").check()
    page.get_by_role("main").get_by_role("button", name="Subscribe").click()
    expect(page.get_by_label("Middle East")).to_be_checked()
    expect(page.get_by_label("Email address")).to_have_value("dora(at)readers.example")
    # The summary of what is wrong leads to the field.
    page.locator(".error-summary a").first.click()
    expect(page.get_by_label("Email address")).to_be_focused()


def test_a_mistyped_domain_is_offered_mended(page: Page, iria: Embedded) -> None:
    page.goto("/subscribe/")
    page.get_by_label("Email address").fill("emil@gmial.com")
    page.get_by_role("main").get_by_role("button", name="Subscribe").click()
    press_past_the_speed_check(page)
    page.get_by_role("button", name="emil@gmail.com").click()
    press_past_the_speed_check(page)
    expect(page.get_by_role("main")).to_contain_text("emil@gmail.com")
