"""A comment in Chromium: written by keyboard, held, approved by one press in the queue, and read."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.shots import first_link, log_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def press(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Submit comment").press("Enter")


def press_past_the_speed_check(page: Page) -> None:
    """A program fills a form in faster than a person: what was typed stays, and a later press is taken."""
    press(page)
    while page.get_by_text("That was very quick").is_visible():
        expect(page.get_by_label("Your comment")).to_have_value("First, a question.")
        press(page)


def test_a_comment_is_written_approved_and_read(page: Page) -> None:
    article = first_link(page, "/", r"/articles/[^/]+/$")
    page.goto(article)
    page.get_by_label("Your comment").fill("First, a question.")
    page.get_by_label("Name", exact=True).fill("Carla")
    page.locator("#comments").get_by_label("Email address").fill("carla@readers.example")
    press_past_the_speed_check(page)
    expect(page.get_by_role("heading", name="waiting for review")).to_be_visible()
    page.goto(article)
    expect(page.get_by_text("First, a question.")).to_have_count(0)

    log_in(page)
    page.goto("/admin/newsletters/comment/?q=carla")
    page.get_by_role("button", name="Approve Carla").press("Enter")
    expect(page.get_by_role("button", name="Approve Carla")).to_have_count(0)

    page.goto(article)
    expect(page.get_by_role("listitem").filter(has_text="Carla").get_by_text("First, a question.")).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text("carla@readers.example")


def test_a_link_can_be_copied(page: Page) -> None:
    article = first_link(page, "/", r"/articles/[^/]+/$")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(article)
    page.get_by_role("button", name="Copy link").press("Enter")
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    assert str(page.evaluate("navigator.clipboard.readText()")).endswith(article)
