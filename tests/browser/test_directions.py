"""Two directions in Chromium: what its own letters say, in the editor while it is typed and on the site afterwards."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.reader import overhang
from tests.browser.shots import log_in
from tests.browser.widths import WIDTHS
from tests.installations import Embedded

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
TITLE, SUMMARY = "هدنة هشّة: ماذا نعرف؟", "تقرير قصير. وما الذي نعرفه (حتى الآن)."
ARABIC, ENGLISH = "نص عربي مع كلمة English في الوسط.", "An English paragraph (with brackets)."


def runs(element: Locator) -> tuple[str, str]:
    """Its direction, and the side on which its lines begin, as Chromium works them out."""
    direction, align = element.evaluate("e => [getComputedStyle(e).direction, getComputedStyle(e).textAlign]")
    side = {"start": {"ltr": "left", "rtl": "right"}[direction]}.get(align, align)
    return direction, side


def test_an_arabic_article_in_the_editor_and_on_the_site_in_both_languages(page: Page, iria: Embedded) -> None:
    log_in(page)
    page.goto("/admin/newsletters/article/add/")
    page.get_by_label("Headline").fill(TITLE)
    page.get_by_label("Summary").fill(SUMMARY)
    assert runs(page.get_by_label("Headline")) == ("rtl", "right")
    editor = page.locator("[role=textbox][contenteditable=true]")
    editor.click()
    page.keyboard.insert_text(ARABIC)
    page.keyboard.press("Enter")
    page.keyboard.insert_text(ENGLISH)
    assert runs(editor.locator("p", has_text=ARABIC)) == ("rtl", "right")
    assert runs(editor.locator("p", has_text=ENGLISH)) == ("ltr", "left")
    saved = page.locator("textarea[name=body]").input_value()
    assert "dir=" not in saved  # drawn, and not a part of the text
    page.get_by_label("Middle East").check()
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url(re.compile(r"/article/\d+/change/"))
    expect(page.locator("#iria-state")).to_have_text("All changes saved")

    for start in ("/", "/ar/"):
        page.goto(start)
        headline = page.get_by_role("heading", name=TITLE).first
        assert runs(headline) == ("rtl", "right")
        headline.get_by_role("link").click()
        article = page.locator("article.article")
        assert runs(article.get_by_role("heading", level=1)) == ("rtl", "right")
        assert runs(article.get_by_text(SUMMARY)) == ("rtl", "right")
        assert runs(article.get_by_text(ARABIC)) == ("rtl", "right")
        assert runs(article.get_by_text(ENGLISH)) == ("ltr", "left")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            assert overhang(page) <= 0, f"{start} is wider than {width} px"
