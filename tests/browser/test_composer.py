"""The composer in Chromium: a live mail while one writes, by mouse and by keys, two windows, a session that ends."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.shots import log_in
from tests.installations import Embedded

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SAVED = re.compile(r"^Saved at \d\d:\d\d$")


@pytest.fixture
def draft(page: Page, iria: Embedded) -> str:
    """The page of a new draft, with nothing in it but an article of the demo; the address of the page."""
    log_in(page)
    page.goto("/admin/newsletters/edition/add/")
    page.get_by_role("button", name="Create draft").click()
    while page.locator("button[name=_remove]").count():
        page.locator("button[name=_remove]").first.click()
    find(page, "Straits")
    page.locator("#picker [name=add]").first.check()
    page.get_by_role("button", name="Add selected articles").click()
    expect(page.locator(".iria-row-article")).to_have_count(1)
    expect(state(page)).to_have_text(SAVED)
    return page.url


def state(page: Page) -> Locator:
    return page.locator("#iria-state")


def find(page: Page, words: str) -> None:
    page.get_by_label("Only articles not in an edition yet").uncheck()
    page.get_by_label("Words in the headline or summary").fill(words)
    page.get_by_label("Words in the headline or summary").press("Enter")
    expect(page.locator("#picker .iria-found strong").first).to_contain_text(words)


def mail(page: Page) -> Locator:
    return page.frame_locator("iframe.iria-html:not(.iria-loading)").locator("body")


def test_the_mail_follows_what_is_written_and_nothing_needs_saving(page: Page, draft: str) -> None:
    page.get_by_label("Subject", exact=True).fill("What the straits are worth")
    page.locator(".iria-introduction [contenteditable=true]").click()
    page.keyboard.type("Good morning, ")
    page.locator(".iria-introduction .iria-merge-menu summary").click()
    page.get_by_role("button", name=re.compile(r"^\{\{ first_name")).click()
    page.get_by_role("button", name="+ button").click()
    page.get_by_label("Button label").fill("Register for the briefing")
    page.get_by_label("Link", exact=True).fill("https://example.org/briefing")
    expect(mail(page)).to_contain_text("Good morning, reader")
    expect(mail(page)).to_contain_text("Register for the briefing")
    expect(state(page)).to_have_text(SAVED)
    expect(page.locator("[data-shown=subject]")).to_have_text("What the straits are worth")
    page.reload()
    expect(page.get_by_label("Subject", exact=True)).to_have_value("What the straits are worth")
    expect(page.get_by_label("Button label")).to_have_value("Register for the briefing")


def test_enter_loses_nothing_while_the_scripts_are_still_on_their_way(page: Page, draft: str) -> None:
    page.route("**/admin_iria/**.js", lambda route: route.abort())
    page.reload()
    page.get_by_label("Subject", exact=True).fill("Typed in a train")
    find(page, "Sahel")
    expect(page.get_by_label("Subject", exact=True)).to_have_value("Typed in a train")
    expect(page.locator(".iria-row-article")).to_have_count(1)


def test_what_is_dragged_taken_out_and_undone_is_in_the_mail_as_it_stands(page: Page, draft: str) -> None:
    page.get_by_role("button", name="+ section heading").click()
    page.get_by_label("Section heading", exact=True).fill("At sea")
    first, second = page.locator(".iria-row").nth(0), page.locator(".iria-row").nth(1)
    second.locator(".iria-handle").drag_to(first, target_position={"x": 40, "y": 4})
    expect(page.locator(".iria-row").first).to_contain_text("section heading")
    expect(mail(page).locator("h2").first).to_have_text("At sea")
    page.locator(".iria-row").first.locator("[name=_remove]").click()
    expect(mail(page)).not_to_contain_text("At sea")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_label("Section heading", exact=True)).to_have_value("At sea")
    expect(mail(page)).to_contain_text("At sea")
    page.get_by_role("button", name="Redo", exact=True).click()
    expect(page.locator(".iria-row")).to_have_count(1)


def test_a_quote_and_a_video_are_written_by_keyboard(page: Page, draft: str) -> None:
    page.get_by_role("button", name="+ quote").press("Enter")
    expect(page.get_by_label("Quote", exact=True)).to_be_focused()
    page.keyboard.type("No shore without a sea.")
    page.keyboard.press("Tab")
    page.keyboard.type("A pilot")
    expect(mail(page).locator("blockquote")).to_have_text("No shore without a sea.")
    page.get_by_role("button", name="+ video or post").press("Enter")
    address = page.get_by_label("Address of the video or post")
    expect(address).to_be_focused()
    page.keyboard.type("youtube.com/watch?v=1")
    expect(state(page)).to_contain_text("isn't the address of a video or post")
    address.fill("https://www.youtube.com/watch?v=1")
    page.keyboard.press("Tab")
    page.keyboard.type("How ships pass")
    expect(mail(page)).to_contain_text("Watch on YouTube")
    expect(state(page)).to_have_text(SAVED)


def tab_to(page: Page, wanted: Locator, limit: int = 80) -> None:
    """Press Tab until the keyboard stands there."""
    for _press in range(limit):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")


def test_the_focus_stays_where_it_is_when_the_panels_are_loaded_anew(page: Page, draft: str) -> None:
    send = page.get_by_role("link", name="Send or schedule…")
    send.evaluate("link => link.dataset.old = '1'")
    send.focus()
    page.keyboard.press("Control+s")
    expect(page.locator("#send-panel a:not([data-old])")).to_be_focused()


SENT = re.compile(r"Sent: \d+ emails? accepted")


def test_an_edition_is_composed_and_sent_by_keyboard_alone(page: Page, draft: str) -> None:
    page.locator("#id_subject").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("By keys alone")
    tab_to(page, page.get_by_role("button", name="+ section heading"))
    page.keyboard.press("Enter")
    expect(page.locator(".iria-row-heading [name^=headline-]")).to_be_focused()
    page.keyboard.type("At sea")
    expect(mail(page)).to_contain_text("At sea")  # saved: what is moved next is a step of its own to undo
    up = page.locator(".iria-row-heading [name=_up]")
    page.keyboard.press("Shift+Tab")
    for _press in range(12):
        if up.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Shift+Tab")
    expect(up).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".iria-row").first).to_have_class(re.compile("iria-row-heading"))
    expect(up).to_be_focused()
    expect(page.locator("#iria-said")).to_have_text("section heading is now number 1 of 2.")
    page.keyboard.press("Control+s")
    expect(state(page)).to_have_text(SAVED)
    expect(mail(page).locator("h2").first).to_have_text("At sea")
    page.keyboard.press("Control+z")
    expect(page.locator(".iria-row").first).to_have_class(re.compile("iria-row-article"))
    expect(page.get_by_role("link", name="Send or schedule…")).to_be_visible()
    page.locator("#test button").focus()
    for _press in range(40):
        page.keyboard.press("Shift+Tab")
        if page.get_by_role("link", name="Send or schedule…").evaluate("link => link === document.activeElement"):
            break
    send = page.get_by_role("link", name="Send or schedule…")
    expect(send).to_be_focused()
    page.keyboard.press("Enter")
    go = page.get_by_role("button", name=re.compile(r"^Send to [\d,]+ readers of .+ now$"))
    expect(go).to_be_visible()
    again = page.get_by_label("Send it again anyway")  # the demo's edition had every article of these
    tab_to(page, again)
    page.keyboard.press("Space")
    tab_to(page, go)
    page.keyboard.press("Enter")
    now = page.get_by_role("button", name="Send now")
    expect(now).to_be_visible()
    tab_to(page, now)
    page.keyboard.press("Enter")
    expect(page.get_by_text(SENT)).to_be_visible(timeout=60_000)


def test_it_is_composed_and_sent_on_a_phone(page: Page, draft: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_role("button", name="+ text").click()
    page.locator(".iria-row-text [contenteditable=true]").click()
    page.keyboard.type("Written on the way.")
    expect(state(page)).to_have_text(SAVED)
    page.get_by_role("link", name="Preview").click()
    expect(mail(page)).to_contain_text("Written on the way.")
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_role("link", name="Send or schedule…").click()
    page.get_by_label("Send it again anyway").check()
    page.get_by_role("button", name=re.compile(r"^Send to [\d,]+ readers of .+ now$")).click()
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_text(SENT)).to_be_visible(timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_two_windows_on_one_edition_overwrite_nothing(page: Page, draft: str, context: BrowserContext) -> None:
    other = context.new_page()
    other.goto(draft)
    page.get_by_label("Subject", exact=True).fill("First window")
    expect(state(page)).to_have_text(SAVED)
    other.get_by_label("Subject", exact=True).fill("Second window")
    conflict = other.locator(".iria-conflict")
    expect(conflict).to_contain_text("Someone else saved this edition")
    expect(conflict).to_contain_text("First window")
    expect(other.get_by_label("Subject", exact=True)).to_have_value("Second window")
    other.get_by_role("button", name="Overwrite with my version").click()
    expect(other.get_by_label("Subject", exact=True)).to_have_value("Second window")
    expect(page.locator("#iria-newer")).to_be_visible(timeout=20_000)
    page.locator("#iria-newer a").click()
    expect(page.get_by_label("Subject", exact=True)).to_have_value("Second window")
    other.close()


def test_a_session_that_ends_while_one_writes_costs_nothing(page: Page, draft: str, context: BrowserContext) -> None:
    context.clear_cookies(name="sessionid")
    page.get_by_label("Subject", exact=True).fill("Typed after the session ended")
    expect(state(page)).to_contain_text("You were signed out. What you typed is still here.")
    window = context.new_page()
    log_in(window)
    window.close()
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(state(page)).to_have_text(SAVED)
    page.reload()
    expect(page.get_by_label("Subject", exact=True)).to_have_value("Typed after the session ended")


def test_what_a_closed_window_did_not_save_is_offered_again(page: Page, draft: str, context: BrowserContext) -> None:
    context.set_offline(True)
    page.get_by_label("Subject", exact=True).fill("Typed without a connection")
    expect(state(page)).to_contain_text("Not saved: no connection.")
    page.close(run_before_unload=False)
    context.set_offline(False)
    later = context.new_page()
    later.goto(draft)
    later.get_by_role("button", name="Restore them").click()
    expect(later.get_by_label("Subject", exact=True)).to_have_value("Typed without a connection")
    expect(state(later)).to_have_text(SAVED)
    later.close()
