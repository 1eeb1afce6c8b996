"""The page of an article in Chromium: work isn't lost, whichever way somebody leaves it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Request, Route, expect

from tests.browser.shots import log_in
from tests.images import image_bytes
from tests.installations import Embedded

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SAVED = re.compile(r"^Saved at \d\d:\d\d$")
KEPT = re.compile(r"^Kept at \d\d:\d\d, not published yet$")


@pytest.fixture(autouse=True)
def staff(page: Page, iria: Embedded) -> Iterator[None]:
    log_in(page)
    yield


def state(page: Page) -> Locator:
    return page.locator("#iria-state")


def text(page: Page) -> Locator:
    return page.locator(".field-body [contenteditable=true]")


def write(page: Page, headline: str, words: str) -> None:
    page.get_by_label("Headline").fill(headline)
    text(page).click()
    page.keyboard.type(words)


def begin(page: Page, headline: str, words: str = "Words worth keeping") -> str:
    """A new article, saved by itself; its address."""
    page.goto("/admin/newsletters/article/add/")
    write(page, headline, words)
    expect(state(page)).to_have_text(SAVED)
    expect(page).to_have_url(re.compile(r"/article/\d+/change/$"))
    return page.url


def open_from_list(page: Page, headline: str) -> None:
    page.goto("/admin/newsletters/article/?q=" + headline.replace(" ", "+"))
    page.locator("#result_list").get_by_role("link", name=headline).click()


def test_the_sidebar_loses_nothing(page: Page) -> None:
    page.goto("/admin/newsletters/article/add/")
    write(page, "Left by the sidebar", "typed just now")
    page.locator("#nav-sidebar").get_by_role("link", name="Editions", exact=True).click()
    expect(page).to_have_url(re.compile(r"/edition/$"))
    open_from_list(page, "Left by the sidebar")
    expect(text(page)).to_contain_text("typed just now")


def test_a_reload_while_it_is_being_saved_is_no_conflict_with_oneself(page: Page, context: BrowserContext) -> None:
    """The save reaches the server after the reloaded page was made: that page waits for it, and shows it."""
    address = begin(page, "Reloaded while saving", "First.")
    late: list[Request] = []

    def hold(route: Route, request: Request) -> None:
        if request.method == "POST" and not late:
            late.append(request)
            return  # under way, for as long as it likes
        route.continue_()

    page.route("**/change/", hold)
    text(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" And the last words.")
    expect(state(page)).to_have_text("Saving…")
    asked: list[Route] = []  # what the reloaded page asks of its save, answered when the test has looked
    page.route("**/presence/", lambda route, _: asked.append(route))
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload(wait_until="commit")
    expect(state(page)).to_have_text("Saving…")
    headers = {name: value for name, value in late[0].all_headers().items() if name in {"content-type", "accept"}}
    answer = context.request.post(address, data=late[0].post_data_buffer, headers=headers | {"referer": address})
    assert answer.ok
    page.unroute("**/presence/")
    for each in asked:
        each.continue_()
    expect(text(page)).to_contain_text("And the last words.")
    page.unroute("**/change/")
    text(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" And more.")
    expect(state(page)).to_have_text(SAVED)
    expect(page.locator("#iria-conflict")).to_be_empty()
    expect(page.locator("#iria-newer")).to_be_hidden()
    page.goto(address)
    expect(text(page)).to_contain_text("First. And the last words. And more.")


def test_back_loses_nothing(page: Page) -> None:
    page.goto("/admin/newsletters/article/")
    address = begin(page, "Left by Back")
    text(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" and more")
    page.once("dialog", lambda dialog: dialog.accept())
    page.go_back()
    page.goto(address)
    restore = page.get_by_role("button", name="Restore them")  # unless the last save arrived while the page went
    expect(restore.or_(text(page).filter(has_text="and more")).first).to_be_visible()
    if restore.is_visible():
        restore.click()
    expect(text(page)).to_contain_text("Words worth keeping and more")


def test_a_tab_that_is_closed_at_once_loses_nothing(page: Page, context: BrowserContext) -> None:
    address = begin(page, "Left by closing")
    text(page).click()
    page.keyboard.press("Control+End")
    page.route("**/change/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.keyboard.type(" and a last word")
    page.close()
    again = context.new_page()
    again.goto(address)
    again.get_by_role("button", name="Restore them").click()
    expect(text(again)).to_contain_text("and a last word")
    expect(state(again)).to_have_text(SAVED)


def test_an_ended_session_loses_nothing(page: Page, context: BrowserContext) -> None:
    begin(page, "Signed out")
    context.clear_cookies()
    page.keyboard.type(" typed meanwhile")
    expect(state(page)).to_contain_text("You were signed out. What you typed is still here.")
    with context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new window").click()
    window = opened.value
    window.close()
    other = context.new_page()
    log_in(other)
    other.close()
    page.bring_to_front()
    text(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(".")
    expect(page.locator("#id_body")).to_have_value(re.compile(r"meanwhile\.</p>$"))
    expect(state(page)).to_have_text(SAVED)
    page.reload()
    expect(text(page)).to_contain_text("typed meanwhile.")


def test_a_lost_connection_loses_nothing(page: Page, context: BrowserContext) -> None:
    begin(page, "In a tunnel")
    context.set_offline(True)
    page.keyboard.type(" typed in a tunnel")
    expect(state(page)).to_contain_text("no connection")
    page.locator(".iria-article-bar").get_by_role("button", name="Save").click()
    expect(text(page)).to_contain_text("typed in a tunnel")
    context.set_offline(False)
    expect(state(page)).to_have_text(SAVED)


def test_of_two_who_write_the_second_chooses(page: Page, context: BrowserContext) -> None:
    address = begin(page, "Written by two")
    other = context.new_page()
    other.goto(address)
    text(other).click()
    other.keyboard.press("Control+End")
    other.keyboard.type(" from the other window")
    expect(state(other)).to_have_text(SAVED)
    page.bring_to_front()
    page.keyboard.type(" from the first window")
    expect(page.get_by_role("heading", name="Someone else saved this article")).to_be_visible()
    page.get_by_role("button", name="Overwrite with my version").click()
    expect(state(page)).to_have_text(SAVED)
    page.get_by_role("link", name="Versions").click()
    expect(page.locator(".iria-versions")).to_contain_text("from the other window")


def test_a_published_article_changes_by_its_button_alone(page: Page, iria: Embedded) -> None:
    open_from_list(page, "Straits")
    public = page.get_by_role("link", name="View on site").get_attribute("href") or ""
    page.get_by_label("Summary").fill("Half a sent")
    expect(state(page)).to_have_text(KEPT)
    assert "Half a sent" not in iria.site.get(public).text
    page.reload()
    expect(page.get_by_label("Summary")).to_have_value("Half a sent")
    page.get_by_role("button", name="Discard changes").click()
    expect(page.get_by_label("Summary")).not_to_have_value("Half a sent")


def test_errors_lead_to_their_fields_and_the_picture_stays_chosen(page: Page) -> None:
    begin(page, "With a picture")
    page.locator("#id_lead_picture_file").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": image_bytes(kind="PNG")}
    )
    expect(page.locator("#id_lead_picture")).not_to_have_value("")
    chosen = page.locator("#id_lead_picture").input_value()
    expect(page.locator(".form-row:has(#id_lead_picture_file) img.iria-thumbnail")).to_be_visible()
    page.get_by_role("button", name="Publish", exact=True).click()
    summary = page.locator(".iria-error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Describe the picture")
    expect(page.locator("#id_lead_picture")).to_have_value(chosen)
    summary.get_by_role("link", name="Summary").click()
    expect(page.get_by_label("Summary")).to_be_focused()
    expect(state(page)).to_contain_text("Kept at")


def test_what_was_saved_is_undone_and_redone(page: Page) -> None:
    begin(page, "Taken back", "First words")
    page.keyboard.type(" and others")
    expect(page.locator("#id_body")).to_have_value(re.compile("others"))
    expect(state(page)).to_have_text(SAVED)
    page.get_by_role("button", name="Undo").first.click()
    expect(text(page)).not_to_contain_text("others")
    page.locator("[name=_redo]").click()
    expect(text(page)).to_contain_text("First words and others")
    expect(state(page)).to_have_text("All changes saved")
