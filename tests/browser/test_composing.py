"""An editor in Chromium: from a blank article to the edition in the reader's inbox, by the admin's pages alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.shots import log_in
from tests.installations import Embedded
from tests.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
HEADLINE = "A ceasefire holds for a week"
SUBJECT = "What a quiet week means"


def write_article(page: Page) -> None:
    page.goto("/admin/newsletters/article/add/")
    page.get_by_label("Headline").fill(HEADLINE)
    page.get_by_label("Summary").fill("No shot was reported for seven days. What comes next is not agreed.")
    editor = page.locator("[role=textbox][contenteditable=true]")
    editor.click()
    editor.press_sequentially("Nobody had expected it to last beyond the weekend.")
    page.get_by_label("Middle East").check()
    page.get_by_label(re.compile("Published: from")).check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Publish changes", exact=True)).to_be_visible()  # so it is public


def test_an_editor_writes_composes_tests_and_sends(page: Page, iria: Embedded) -> None:
    log_in(page)
    write_article(page)
    answer = iria.site.get("/articles/a-ceasefire-holds-for-a-week/")
    assert answer.status_code == 200
    assert "Nobody had expected it to last beyond the weekend." in answer.text

    # A new edition begins with what is new: the one article.
    page.goto("/admin/newsletters/edition/add/")
    page.get_by_role("button", name="Create draft").click()
    chosen = page.locator(".iria-rows")
    expect(chosen).to_contain_text(HEADLINE)
    page.get_by_label("Subject").fill(SUBJECT)
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator("#iria-state")).to_have_text(re.compile(r"^(All changes saved|Saved at \d\d:\d\d)$"))
    expect(page.get_by_label("Subject")).to_have_value(SUBJECT)
    preview = page.frame_locator("iframe.iria-html:not(.iria-loading)")
    expect(preview.get_by_role("heading", name=HEADLINE)).to_be_visible()

    # A test mail goes through the real pipeline, to the editor alone.
    page.get_by_label(re.compile("To these addresses")).fill("editor@iria.example")
    page.get_by_role("button", name="Send the test").click()
    wait_until(
        lambda: any(mail["envelope_to"] == "editor@iria.example" for mail in iria.inbox()),
        "the test mail is in the inbox",
    )
    (test_mail,) = [mail for mail in iria.inbox() if mail["envelope_to"] == "editor@iria.example"]
    assert test_mail["subject"] == f"[Test] {SUBJECT}"

    # Two steps: a sentence that says to how many, then the button that repeats it.
    page.get_by_role("link", name="Send or schedule…").click()
    button = page.get_by_role("button", name=re.compile(r"^Send to [\d,]+ readers of .+ now$"))
    expect(button).to_be_visible()
    button.click()
    # For a while it can be called back; who does not want to wait lets it go.
    expect(page.locator("#iria-countdown")).to_have_text(re.compile(r"^\d+ seconds left$"))
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_text(re.compile(r"Sent: \d+ emails? accepted"))).to_be_visible(timeout=60_000)

    (edition,) = [each for each in iria.editions() if each["subject"] == SUBJECT]
    sums = iria.ledger(edition["id"])
    assert sums["accepted"] > 0
    assert sums["accepted"] + sums["skipped"] == sums["candidates"]
    mails = [mail for mail in iria.inbox() if mail["subject"] == SUBJECT]
    assert len({mail["envelope_to"] for mail in mails}) == len(mails) == sums["accepted"]
    assert HEADLINE in iria.text_of(mails[0]["id"])

    # The ledger names every one of them.
    page.get_by_role("link", name="Show every recipient and outcome").click()
    expect(page.get_by_role("row").filter(has_text=mails[0]["envelope_to"])).to_be_visible()


def test_an_edition_without_articles_cannot_be_sent_and_says_why(page: Page, iria: Embedded) -> None:
    log_in(page)
    page.goto("/admin/newsletters/edition/add/")
    page.get_by_role("button", name="Create draft").click()
    while page.locator("button[name=_remove]").count():
        rows = page.locator(".iria-rows > li").count()
        page.locator("button[name=_remove]").first.click()
        expect(page.locator(".iria-rows > li")).to_have_count(rows - 1)
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator("#findings")).to_contain_text("Must be fixed:")
    expect(page.get_by_role("link", name="Send or schedule…")).to_have_count(0)
