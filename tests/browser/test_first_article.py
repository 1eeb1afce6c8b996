"""From the log-in to a sent edition with a first article: by mouse with the clicks counted, by keys, and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.shots import log_in
from tests.installations import Embedded

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
MOST_CLICKS = 9
# Kept over all pages of the tab: every real click on any of them, and none that a script or a key makes.
COUNTING = """
addEventListener("pointerup", (event) => {
  if (event.isTrusted) sessionStorage.clicks = Number(sessionStorage.clicks || 0) + 1;
}, true);
"""
WORDS = {"Headline": "Ships wait before the straits", "Summary": "Forty ships wait. What for is not known."}
TEXT = "Nobody on the quay had expected it."


def clicks(page: Page) -> int:
    return int(page.evaluate("sessionStorage.clicks || 0"))


def by_mouse(page: Page, element: Locator) -> None:
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    assert box is not None, element
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def by_touch(page: Page, element: Locator) -> None:
    element.tap()


def by_keys(page: Page, element: Locator) -> None:
    """Tab until it has the focus, then the key that presses it; a field is only reached."""
    expect(element).to_be_visible()
    for _step in range(150):
        if element.evaluate("e => e === document.activeElement || e.contains(document.activeElement)"):
            break
        page.keyboard.press("Tab")
    else:
        raise AssertionError(f"Tab never reaches {element}")
    kind = element.evaluate("e => e.type || e.tagName")
    if kind in {"A", "submit", "button"}:
        page.keyboard.press("Enter")
    elif kind in {"checkbox", "radio"}:
        page.keyboard.press("Space")


def write_and_send(page: Page, press: Callable[[Page, Locator], None], headline: str) -> None:
    """Articles → New article → … → the edition goes out, with nothing typed that need not be."""
    press(page, page.get_by_role("link", name="Articles", exact=True).first)
    page.wait_for_url(re.compile(r"/article/(\?|$)"))
    press(page, page.get_by_role("link", name=re.compile("^(New|Add) article$", re.IGNORECASE)).first)
    page.wait_for_url(re.compile(r"/article/add/"))
    if not page.get_by_label("Headline").evaluate("e => e === document.activeElement"):
        press(page, page.get_by_label("Headline"))
    page.keyboard.type(headline)
    press(page, page.get_by_label("Summary"))
    page.keyboard.type(WORDS["Summary"])
    press(page, page.locator("[role=textbox][contenteditable=true]"))
    page.keyboard.insert_text(TEXT)
    press(page, page.get_by_label("Middle East"))
    press(page, page.get_by_role("button", name="Publish and put into an edition"))
    page.wait_for_url(re.compile(r"/edition/\d+/"))
    expect(page.get_by_label("Subject", exact=True)).not_to_have_value("")
    expect(page.locator(".iria-rows")).to_contain_text(headline)
    press(page, page.get_by_role("link", name="Send or schedule…"))
    page.wait_for_url(re.compile(r"/send/"))
    press(page, page.get_by_role("button", name=re.compile(r"^Send to [\d,]+ readers? of .+ now$")))
    expect(page.locator("#iria-countdown")).to_have_text(re.compile(r"^\d+ seconds? left$"))
    press(page, page.get_by_role("button", name="Send now"))
    expect(page.get_by_text(re.compile(r"Sent: \d+ emails? accepted"))).to_be_visible(timeout=60_000)


NO_DRAFTS = "from newsletters.models import Edition; Edition.objects.filter(status='draft').update(status='cancelled')"


@pytest.mark.parametrize("way", ["mouse", "keys", "phone"])
def test_from_nothing_to_a_sent_edition(browser: Browser, iria: Embedded, way: str) -> None:
    phone = way == "phone"
    # A first article: no draft of another test waits for it, with articles that readers have had.
    iria.manage("shell", "--verbosity", "0", "-c", NO_DRAFTS)
    headline = f"{WORDS['Headline']} ({way})"
    with browser.new_context(
        base_url=iria.site.base, locale="en-GB", has_touch=phone, is_mobile=phone,
        viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 900},
    ) as context:  # fmt: skip
        context.set_default_timeout(15_000)
        context.add_init_script(COUNTING)
        page = context.new_page()
        log_in(page)
        page.evaluate("sessionStorage.clicks = 0")
        write_and_send(page, {"mouse": by_mouse, "keys": by_keys, "phone": by_touch}[way], headline)
        if way == "keys":
            assert clicks(page) == 0
        else:
            assert 5 <= clicks(page) <= MOST_CLICKS, f"{clicks(page)} clicks"
            print(f"{way}: {clicks(page)} clicks")
    mails = [mail for mail in iria.inbox() if headline in mail["subject"]]
    assert mails
    assert TEXT not in iria.text_of(mails[0]["id"])  # the mail has the summary, and a link to the text
    assert WORDS["Summary"] in iria.text_of(mails[0]["id"])
