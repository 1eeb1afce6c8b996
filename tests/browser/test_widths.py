"""No page is wider than its window, in any language, from 320 to 1280 px; with Noto's fonts, as phones have them."""

from __future__ import annotations

import subprocess
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.shots import log_in, new_draft
from tests.browser.test_axe import public_pages
from tests.browser.widths import WIDTHS, too_wide
from tests.conftest import missing
from tests.installations import Embedded
from tests.processes import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
ADMIN_PAGES = """
from django.contrib import admin
from django.urls import reverse
admin.autodiscover()
for model, model_admin in admin.site._registry.items():
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    first = model._default_manager.order_by("pk").first()
    print(reverse(f"admin:{name}_changelist"))
    if name not in ("axes_accessattempt", "axes_accesslog", "axes_accessfailurelog", "newsletters_comment"):
        print(reverse(f"admin:{name}_add"))
    if first is not None:
        for page in ("change", "delete"):
            print(reverse(f"admin:{name}_{page}", args=[first.pk]))
        if name == "newsletters_article":  # Django's own page, the same for every model
            print(reverse(f"admin:{name}_history", args=[first.pk]))
"""


@pytest.fixture(scope="module", autouse=True)
def arabic_as_on_phones() -> None:
    """Android and many desktops have Noto; its Arabic is a third wider than DejaVu's."""
    fonts = subprocess.run(["fc-list", ":lang=ar", "family"], capture_output=True, text=True, check=False).stdout
    if "Noto" not in fonts:
        missing("Noto's Arabic fonts are not installed (fonts-noto-core)", required_by="IRIA_REQUIRE_BROWSER")


def in_arabic(paths: list[str]) -> list[str]:
    return [f"/ar{path}" for path in paths if not path.startswith("/ar/")]


def test_no_public_page_is_wider_than_its_window(page: Page, iria: Embedded) -> None:
    pages = public_pages(page, iria)
    found = too_wide(page, [*pages, *in_arabic(pages)])
    assert not found, "\n".join(found)


def test_no_page_of_last_resort_is_wider_than_its_window(page: Page) -> None:
    files = sorted((ROOT / "templates").glob("[45]*.html"))
    contents = [file.read_text() for file in files if "{%" not in file.read_text()]
    assert len(contents) >= 4
    for content in contents:
        page.set_content(content)
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_no_page_of_the_staff_is_wider_than_its_window(context: BrowserContext, page: Page, iria: Embedded) -> None:
    sent = next(each["id"] for each in iria.editions() if each["status"] == "sent")
    mail = iria.inbox()[0]["id"]
    log_in(page)
    draft = new_draft(page)
    at = f"/admin/newsletters/edition/{sent}/"
    pages = [
        "/admin/", "/admin/password_change/", "/admin/profile/", "/admin/api-tokens/", "/admin/set-up/",
        "/admin/set-up/institute/",
        "/admin/set-up/newsletter/", "/admin/set-up/test/", "/admin/set-up/staff/",
        *iria.manage("shell", "--verbosity", "0", "-c", ADMIN_PAGES).split(),
        draft, *(draft.replace("change/", each) for each in ("versions/", "send/", "preview/", "approval/")),
        "/admin/newsletters/newsletter/calendar/", "/admin/newsletters/newsletter/1/next/",
        at + "change/", at + "ledger/", at + "report/", "/admin/newsletters/edition/sending-stopped/",
        "/inbox/", f"/inbox/{mail}/", f"/inbox/{mail}/text", f"/inbox/{mail}/headers", f"/inbox/{mail}/source",
    ]  # fmt: skip
    found = too_wide(page, dict.fromkeys(pages), (320, 834, 1280))
    assert not found, "\n".join(found)
    expect(page.locator("body")).not_to_be_empty()


def test_the_sign_in_page_is_no_wider_than_its_window(page: Page) -> None:
    assert too_wide(page, ["/admin/login/"]) == []


def test_what_sticks_out_is_found_and_named(page: Page) -> None:
    page.goto("/")
    path = urlsplit(page.url).path
    page.route(
        "**/", lambda route: route.fulfill(body="<body><p id=wide style='width:700px'>x</p>", content_type="text/html")
    )
    found = too_wide(page, [path])
    assert [each.split()[2] for each in found] == [str(width) for width in WIDTHS if width < 708]
    assert "p#wide" in found[0]
