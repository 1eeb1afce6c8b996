"""A reader's whole way without JavaScript, from the form to leaving and the lost link; and the same in Arabic."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.reader import Reader, latin_on, overhang
from tests.browser.widths import WIDTHS
from tests.installations import Embedded

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.mark.parametrize(("language", "other", "direction"), [("en", "ar", "ltr"), ("ar", "en", "rtl")])
def test_from_sign_up_to_unsubscribing_without_javascript(
    browser: Browser, iria: Embedded, language: str, other: str, direction: str
) -> None:
    """In each language every page is whole in it, and never wider than its window."""
    visitor = {"X-Forwarded-For": {"en": "198.51.100.1", "ar": "198.51.100.2"}[language]}
    seen: list[str] = []
    with browser.new_context(
        base_url=iria.site.base, java_script_enabled=False, extra_http_headers=visitor,
        viewport={"width": 390, "height": 844},
    ) as context:  # fmt: skip
        page = context.new_page()

        def look(name: str) -> None:
            seen.append(name)
            expect(page.locator("html")).to_have_attribute("lang", language)
            expect(page.locator("html")).to_have_attribute("dir", direction)
            # In English, where all of it is Latin, the same look finds it on every page.
            assert bool(latin_on(page)) == (language == "en"), f"{name}: {latin_on(page)}"
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 844})
                assert overhang(page) <= 0, f"{name} is wider than {width} px"

        reader = Reader(page, iria, f"walker.{language}@readers.example", language, look)
        reader.goes_the_whole_way(other)
        assert context.cookies() == []
    assert len(seen) >= 18
