"""A new owner in Chromium: from an empty database to an edition that only waits for its readers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.installations import ADMIN_EMAIL, Embedded

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Embedded]:
    # The return path is a long word then, and has to fit on a phone as well.
    installation = Embedded(tmp_path, DEMO="0", BOUNCE_DOMAIN="bounce.sahel.example")
    with installation.up():
        yield installation


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def owner(browser: Browser, empty: Embedded, request: pytest.FixtureRequest) -> Iterator[Page]:
    with browser.new_context(
        base_url=empty.site.base, java_script_enabled=request.param, timezone_id="Africa/Nairobi"
    ) as context:
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.set_viewport_size({"width": 320, "height": 700})
        yield page


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Save and continue").click()


def test_an_owner_sets_up_an_empty_installation(owner: Page, empty: Embedded, request: pytest.FixtureRequest) -> None:
    page = owner
    with_scripts = "without" not in request.node.name
    page.goto("/admin/login/?next=/admin/")
    page.fill("input[name=username]", ADMIN_EMAIL)
    page.fill("input[name=password]", empty.variables["IRIA_ADMIN_PASSWORD"])
    page.click("[type=submit]")
    expect(page).to_have_url(re.compile("/admin/set-up/$"))

    page.get_by_role("link", name="Continue with “Your institute”").click()
    page.get_by_label("Name").fill("Sahel Watch")
    guessed = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") if with_scripts else "UTC"
    expect(page.get_by_label("Time zone")).to_have_value(guessed)
    page.get_by_label("Time zone").fill("Africa/Dakar")
    go_on(page)  # the contact address is missing
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Enter an email address at which readers can reach you.")
    summary.get_by_role("link").click()
    expect(page.get_by_label("Contact address")).to_be_focused()
    expect(page.get_by_label("Name")).to_have_value("Sahel Watch")
    page.get_by_label("Contact address").fill("desk@sahel.example")
    go_on(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Its look")
    page.get_by_role("link", name="Skip for now").click()

    page.get_by_label("Name", exact=True).fill("Sahel Weekly")
    page.get_by_label("What you write about").fill("Security, Trade")
    page.get_by_label("Postal address").fill("1 Rue de Thiong, Dakar")
    go_on(page)

    page.get_by_role("button", name="Send a test email").click()
    expect(page.locator("#answer")).to_contain_text("never left this machine")
    assert [mail["envelope_to"] for mail in empty.inbox()] == [ADMIN_EMAIL]
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_role("link", name="Next step").click()
    page.get_by_role("link", name="Next step").click()
    page.get_by_role("link", name="Back to the overview").click()
    expect(page.locator(".iria-overview .iria-done")).to_have_count(3)

    # What was made is there: readers can subscribe, and the dashboard says what is left.
    assert "Sahel Weekly" in empty.site.get("/subscribe/").text
    page.get_by_role("link", name="Go to the dashboard").click()
    expect(page.get_by_role("heading", name="Finish setting up")).to_be_visible()


def test_what_is_set_up_can_be_written_for_and_only_waits_for_readers(browser: Browser, empty: Embedded) -> None:
    """By plain forms, so that it is the set-up that is looked at and not the editor."""
    with browser.new_context(base_url=empty.site.base, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/admin/login/?next=/admin/set-up/institute/")
        page.fill("input[name=username]", ADMIN_EMAIL)
        page.fill("input[name=password]", empty.variables["IRIA_ADMIN_PASSWORD"])
        page.click("[type=submit]")
        page.get_by_label("Name").fill("Sahel Watch")
        page.get_by_label("Contact address").fill("desk@sahel.example")
        go_on(page)
        page.goto("/admin/set-up/newsletter/")
        page.get_by_label("Name", exact=True).fill("Sahel Weekly")
        page.get_by_label("Postal address").fill("1 Rue de Thiong, Dakar")
        go_on(page)

        page.goto("/admin/newsletters/article/add/")
        page.fill("[name=title]", "A ceasefire holds")
        page.fill("[name=summary]", "No shot was reported for seven days.")
        page.fill("[name=body]", "<p>Nobody had expected it to last.</p>")
        page.get_by_label("News", exact=True).check()
        page.check("[name=status][value=published]")
        page.click("[name=_save]")
        page.goto("/admin/newsletters/edition/add/")
        page.get_by_role("button", name="Create draft").click()
        blocking = page.locator(".iria-findings .iria-blocking")
        expect(blocking).to_have_count(1)
        expect(blocking).to_contain_text("Nobody has confirmed a subscription")
        missing = page.locator(".iria-findings a[href$='/page/add/?kind=imprint']")
        expect(missing.first).to_be_visible()
