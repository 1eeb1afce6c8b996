"""From the inbox to the report: Chromium shows a mail of an edition, loads its pictures, and somebody clicks."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.shots import log_in
from tests.installations import Embedded
from tests.processes import wait_until

pytestmark = pytest.mark.browser
# Chromium without a window says “headless”, and who says so is a machine.
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
WATCHED = ("clicks", "machine_clicks", "opens")


@pytest.fixture
def reader(browser: Browser, iria: Embedded) -> Iterator[Page]:
    with browser.new_context(base_url=iria.site.base, user_agent=AGENT, locale="en-GB") as context:
        yield context.new_page()


def counted(iria: Embedded, edition: int) -> dict[str, int | None]:
    found = json.loads(iria.ask("report", str(edition), "--json"))
    by_key = {each["key"]: each["count"] for each in found["measures"]}
    return {key: by_key.get(key) for key in WATCHED}


def test_a_click_in_a_mail_is_one_human_click_of_the_report_and_its_pictures_an_open(
    iria: Embedded, reader: Page, page: Page
) -> None:
    edition = next(each["id"] for each in iria.editions() if each["status"] == "sent")
    mail = next(
        each["id"]
        for each in iria.inbox()
        if "List-Id" in (raw := iria.site.get(f"/inbox/{each['id']}/raw").text) and "/c/" in raw
    )
    before = counted(iria, edition)
    loaded: list[str] = []
    reader.on("requestfinished", lambda request: loaded.append(request.url))
    reader.goto(f"/inbox/{mail}/html", wait_until="networkidle")
    assert any("/o/" in url for url in loaded)  # the picture that counts
    with reader.expect_popup() as opened:  # as in a mail program on the web
        reader.locator("a[href*='/c/']:visible").first.click()
    article = opened.value
    article.wait_for_load_state()
    assert article.url.startswith(f"{iria.site.base}/articles/")
    assert article.get_by_role("heading", level=1).is_visible()
    expected = {
        "clicks": (before["clicks"] or 0) + 1, "machine_clicks": before["machine_clicks"],
        "opens": (before["opens"] or 0) + 1,
    }  # fmt: skip
    wait_until(lambda: counted(iria, edition) == expected, f"the report says {expected}", seconds=40, every=0.5)
    log_in(page)
    page.goto(f"/admin/newsletters/edition/{edition}/report/")
    row = page.get_by_role("row").filter(has_text="Opens (estimate)")
    assert str(expected["opens"]) in row.inner_text()
