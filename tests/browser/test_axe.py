"""axe finds nothing on any page that the public sees, wide and narrow, light and dark; and it does find mistakes."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.axe import all_complaints, complaints
from tests.browser.shots import first_link, log_in
from tests.installations import Embedded

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
COMMENT = """
from django.utils import timezone
from newsletters.models import Article, Comment
article = Article.objects.published().filter(authors__isnull=False).newest_first().first()
first = Comment.objects.create(article=article, name="Ada", email="ada@example.org", text="See https://example.org/",
                               state="approved", decided_at=timezone.now())
Comment.objects.create(article=article, parent=first, name="Bert", email="bert@example.org", text="I did.",
                       state="approved", decided_at=timezone.now())
print(article.slug, first.pk)
"""
SCHEDULED = """
from datetime import timedelta
from django.utils import timezone
from newsletters.editions import composing, transitions
from newsletters.editions.loading import LoadedEdition
from newsletters.models import Article, Newsletter
from subscribers.models import Subscriber
draft = composing.compose(Newsletter.objects.get(), articles=Article.objects.published()[:2])
repeats = LoadedEdition(draft).repeats.token
transitions.queue(draft.pk, revision=draft.revision, by="Ada", send_at=timezone.now() + timedelta(1), repeats=repeats)
print(draft.pk, Subscriber.objects.first().pk)
"""


def public_pages(page: Page, iria: Embedded) -> list[str]:
    slug, comment = iria.manage("shell", "--verbosity", "0", "-c", COMMENT).split()
    article = f"/articles/{slug}/"
    return [
        "/", "/ar/", article, f"/ar{article}", f"{article}comments/", f"{article}comment/?to={comment}",
        f"{article}comment/held/", first_link(page, "/", r"/topics/[^/]+/$"), first_link(page, article, r"/authors/"),
        "/archive/", first_link(page, "/archive/", r"/archive/[^/]+/$"), "/search/", "/search/?q=iran",
        "/search/?q=zeppelin", "/subscribe/", "/subscribe/embed/", "/preferences/", "/articles/there-is-none/",
        "/confirm/damaged/", "/privacy/",
    ]  # fmt: skip


def test_axe_finds_nothing_on_any_public_page(context: BrowserContext, page: Page, iria: Embedded) -> None:
    assert all_complaints(context, public_pages(page, iria)) == []


def test_axe_finds_nothing_where_staff_work_on_an_edition(context: BrowserContext, page: Page, iria: Embedded) -> None:
    sent = next(each["id"] for each in iria.editions() if each["status"] == "sent")
    log_in(page)
    page.goto("/admin/newsletters/edition/add/")
    page.get_by_role("button", name="Create draft").click()
    for kind in ("heading", "text", "picture", "button", "sponsor", "quote", "embed"):
        page.locator(f"[name=_new][value={kind}]").click()
        expect(page.locator(f".iria-row-{kind}")).to_be_visible()
    expect(page.locator("#iria-state")).to_contain_text("Saved at")
    draft = urlsplit(page.url).path
    paths = [
        "/admin/",
        "/admin/api-tokens/",
        "/admin/subscribers/subscriber/?q=a",
        draft,
        draft.replace("change/", "versions/"),
        draft.replace("change/", "approval/"),
        draft.replace("change/", "send/"),
        f"/admin/newsletters/edition/{sent}/change/",
        f"/admin/newsletters/edition/{sent}/ledger/",
    ]
    assert all_complaints(context, paths) == []


def test_axe_finds_nothing_in_the_set_up_nor_in_ones_own_profile(context: BrowserContext, page: Page) -> None:
    log_in(page)
    steps = ("institute", "look", "newsletter", "test", "staff", "import")
    paths = ["/admin/set-up/", *(f"/admin/set-up/{step}/" for step in steps), "/admin/profile/"]
    assert all_complaints(context, paths) == []


def test_axe_finds_nothing_where_staff_are_asked_whether_they_are_sure(
    context: BrowserContext, page: Page, iria: Embedded
) -> None:
    scheduled, person = iria.manage("shell", "--verbosity", "0", "-c", SCHEDULED).split()
    log_in(page)
    paths = [
        f"/admin/newsletters/edition/{scheduled}/cancel/",
        f"/admin/subscribers/subscriber/{person}/do/suppress/",
        f"/admin/subscribers/subscriber/{person}/do/erase/",
        f"/admin/subscribers/subscriber/{person}/receipts/",
        "/admin/newsletters/edition/sending-stopped/",
        "/admin/newsletters/newsletter/calendar/",
    ]
    assert all_complaints(context, paths) == []
    # Axe doesn't judge the contrast of words above a picture, as Django's icon for deleting is one.
    for path in (paths[0], paths[2]):
        page.goto(path)
        grave = page.locator("#content form [type=submit]")
        expect(grave).to_have_css("color", "rgb(255, 255, 255)")
        expect(grave).to_have_css("background-color", "rgb(162, 27, 27)")
        expect(grave).to_have_css("background-image", "none")


def test_axe_finds_what_is_wrong(page: Page) -> None:
    page.goto("/")
    page.evaluate("document.querySelector('.brand').insertAdjacentHTML('afterend', '<input><img src=x>')")
    assert {complaint.partition(":")[0] for complaint in complaints(page)} >= {"image-alt", "label"}
