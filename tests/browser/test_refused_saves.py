"""A save that the server refuses says why, and isn't sent over and over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.browser.shots import log_in
from tests.images import image_bytes
from tests.installations import Embedded

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SAVED = re.compile(r"^Saved at \d\d:\d\d$")


@pytest.fixture
def state(page: Page, iria: Embedded) -> Locator:
    """A draft that was saved, and the line that says so."""
    log_in(page)
    page.goto("/admin/newsletters/article/add/")
    page.get_by_label("Headline").fill("Refused")
    line = page.locator("#iria-state")
    expect(line).to_have_text(SAVED)
    return line


def is_save(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/change/")


def refuse(page: Page, status: int) -> None:
    """As servers do that stand before ours: with a page."""

    def answer(route: Route) -> None:
        if is_save(route.request):
            route.fulfill(status=status, content_type="text/html", body="<h1>Refused</h1>")
        else:
            route.continue_()

    page.route("**/change/", answer)


def test_who_lost_the_permission_is_not_told_to_sign_in(page: Page, state: Locator) -> None:
    refuse(page, 403)
    page.get_by_label("Headline").fill("Refused, again")
    expect(state).to_have_text(re.compile("^Not saved: you don't have permission to change this"))
    expect(state.get_by_role("link")).to_have_count(0)
    page.unroute("**/change/")
    page.get_by_label("Headline").fill("Refused no more")
    expect(state).to_have_text(SAVED)


def test_a_text_that_is_too_large_is_told_of(page: Page, state: Locator) -> None:
    refuse(page, 413)
    page.get_by_label("Headline").fill("Refused, again")
    expect(state).to_have_text("Not saved: this is more than the server accepts at once.")


def test_a_file_that_is_too_large_is_sent_once_and_the_words_are_saved(
    page: Page, state: Locator, tmp_path: Path
) -> None:
    file = tmp_path / "large.png"
    file.write_bytes(image_bytes(kind="PNG"))
    with_file: list[str] = []

    def answer(route: Route) -> None:
        if is_save(route.request) and b"large.png" in (route.request.post_data_buffer or b""):
            with_file.append(route.request.url)
            route.fulfill(status=413, content_type="text/html", body="<h1>Too large</h1>")
        else:
            route.continue_()

    page.route("**/change/", answer)
    page.get_by_label("Picture file").set_input_files(file)
    expect(state).to_have_text(re.compile("^The file wasn't sent: it's larger than the server accepts"))
    with page.expect_response(lambda response: is_save(response.request) and response.ok):
        page.get_by_label("Headline").fill("The words beside it")
    expect(state).to_have_text(re.compile("^The file wasn't sent"))
    assert len(with_file) == 1
    page.unroute("**/change/")
    page.get_by_label("Picture file").set_input_files([])
    page.reload()
    expect(page.get_by_label("Headline")).to_have_value("The words beside it")
