"""The form of a standing page saves by itself: nothing typed is lost, nothing becomes public but by a button."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction
from django.test import Client

from newsletters.admin.system.pages import preview_path
from newsletters.articles import revisions
from newsletters.articles.pages import begin_page
from newsletters.models import Page
from tests.factories import make_page
from tests.newsletters.admin.content.test_article_saving import Window
from tests.newsletters.admin.system.test_pages import ADD, typed

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
BLANK = typed(title="", body="", status="draft")


@pytest.fixture
def owner(client: Client) -> Client:
    user = User.objects.create_user("owner", is_staff=True)
    user.groups.add(Group.objects.get(name="Owner"))
    client.force_login(user)
    return client


def form_of(page: Page) -> str:
    return f"/admin/newsletters/page/{page.pk}/change/"


def opened(client: Client, page: Page, window: str = "w2", **fields: Any) -> Window:
    last = revisions.newest(page)
    stored = typed(title=page.title, slug=page.slug, kind=page.kind, status=page.status, body=page.body)
    seen = {"opened_revision": page.revision, "opened_version": last.number if last else 0}
    return Window(client, stored | seen | fields, form_of(page), window)


def public(page: Page) -> str:
    return Client().get(page.get_absolute_url()).content.decode()


def test_a_new_page_is_a_draft_from_its_first_word_on(owner: Client) -> None:
    form = Window(owner, BLANK, ADD).type()
    assert form.said["said"] == "Nothing to save yet" and not Page.objects.exists()
    form.type(body="<p>What we keep</p>").type(title="Privacy", slug="").type(body="<p>What we <b>keep</b>.</p>")
    page = Page.objects.get()
    assert (page.kind, page.title, page.slug, page.status) == ("privacy", "Privacy", "privacy", "draft")
    assert page.body == "<p>What we <strong>keep</strong>.</p>"
    assert form.said["address"] == form_of(page) and form.said["said"].startswith("Saved at")


def test_a_lost_answer_makes_no_second_page(owner: Client) -> None:
    for title in ("Once", "Once again"):
        Window(owner, BLANK, ADD, "lost").type(title=title)
    assert [page.title for page in Page.objects.all()] == ["Once again"]


@pytest.mark.parametrize("title", ["Archive", "", "Privacy", "аdmin"])
def test_a_draft_is_kept_whatever_its_address_would_be(owner: Client, title: str) -> None:
    make_page(kind="privacy", title="Privacy", slug="privacy")
    form = Window(owner, BLANK, ADD).type(title=title, body="<p>Mine</p>")
    assert form.said["problems"] and form.said["said"].startswith("Kept at")
    page = Page.objects.latest("pk")
    assert page.status == "draft" and page.slug not in ("privacy", "archive")
    assert "&lt;p&gt;Mine&lt;/p&gt;" in owner.get(form_of(page)).content.decode()
    form.type(title="Of our own", kind="other")
    page.refresh_from_db()
    assert (page.title, page.slug, form.said["problems"]) == ("Of our own", "of-our-own", [])


def test_addresses_of_drafts_are_free_ones() -> None:
    assert [begin_page(title).slug for title in ("Work", "Work", "", "", "Archive", "аdmin")] == [
        "work", "work-2", "other", "other-2", "other-3", "other-4"
    ]  # fmt: skip


def test_changes_of_a_published_page_wait_for_their_button(owner: Client) -> None:
    page = make_page(kind="about", title="About us", slug="about", body="<p>As it was</p>")
    form = opened(owner, page).type(body="<p>Half a sent</p>")
    assert "not published yet" in form.said["said"]
    assert "As it was" in public(page) and "Half a sent" not in public(page)
    shown = owner.get(form_of(page)).content.decode()
    assert "Half a sent" in shown and "Below are unpublished changes" in shown and "Publish changes" in shown
    assert "Half a sent" in owner.get(preview_path(page)).content.decode()
    assert owner.post(form_of(page), form.fields | {"body": "<p>Whole</p>", "_continue": "1"}).status_code == 302
    assert "Whole" in public(page)


def test_unpublished_changes_are_kept_and_discarded_without_javascript(owner: Client) -> None:
    page = make_page(title="About us", slug="about", body="<p>As it was</p>")
    fields = opened(owner, page, body="<p>Later</p>").fields
    owner.post(form_of(page), fields | {"_keep": "1"})
    assert "As it was" in public(page) and "Later" in owner.get(form_of(page)).content.decode()
    last = revisions.newest(page)
    assert last is not None and last.fields != []
    owner.post(form_of(page), fields | {"opened_version": last.number, "_discard": "1"})
    assert revisions.working_copy(page) is None
    assert "Later" not in owner.get(form_of(page)).content.decode()


def test_a_draft_is_undone_and_redone(owner: Client) -> None:
    form = Window(owner, BLANK, ADD).type(title="Privacy", body="<p>One</p>").type(body="<p>Two</p>")
    page = Page.objects.get()
    assert form.said["undo"] and not form.said["redo"]
    for button, body in (("_undo", "<p>One</p>"), ("_redo", "<p>Two</p>")):
        last = revisions.newest(page)
        assert last is not None
        seen = {"opened_revision": page.revision, "opened_version": last.number}
        owner.post(form_of(page), form.fields | seen | {button: "1"})
        page.refresh_from_db()
        assert page.body == body


def test_the_second_of_two_is_told_and_overwrites_nobody(owner: Client) -> None:
    page = make_page(title="Draft", slug="draft", status="draft", body="<p>Before</p>")
    theirs, mine = opened(owner, page, "theirs"), opened(owner, page, "mine")
    theirs.type(body="<p>Theirs</p>")
    mine.type(409, body="<p>Mine</p>")
    assert "Someone else saved this page" in mine.said["conflict"]
    assert f'href="{form_of(page)}"' in mine.said["html"]
    page.refresh_from_db()
    assert page.body == "<p>Theirs</p>"
    pinged = owner.post(f"/admin/newsletters/page/{page.pk}/presence/").json()
    assert pinged["revision"] == 2 and not pinged["own"]


def test_versions_are_compared_and_restored(owner: Client) -> None:
    form = Window(owner, BLANK, ADD).type(title="Privacy", body="<p>One</p>").type(body="<p>Two</p>", title="Data")
    page = Page.objects.get()
    shown = owner.get(f"/admin/newsletters/page/{page.pk}/versions/?compare=1").content.decode()
    assert "<dt>Title</dt>" in shown and "<del>One</del>" in shown and "<ins>Two</ins>" in shown
    restored = owner.get(f"{form_of(page)}?version=1").content.decode()
    assert "&lt;p&gt;One&lt;/p&gt;" in restored and "data-unsaved" in restored
    assert form.said["versions"] in shown


def test_a_deleted_page_is_said(owner: Client) -> None:
    page = make_page(status="draft")
    presence = f"/admin/newsletters/page/{page.pk}/presence/"
    form = opened(owner, page)
    page.delete()
    answer = owner.post(form.address, form.fields, headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert owner.post(presence).json()["newer"] == "This page was deleted."


def test_the_database_keeps_a_form_from_beginning_two_pages() -> None:
    def begin() -> Page:
        page = begin_page("Work")
        revisions.store_revision(page, [], is_applied=True, window="w1", by="", user=None)
        return page

    first = begin()
    with pytest.raises(IntegrityError), transaction.atomic():
        begin()
    assert revisions.begun_in(Page, "w1") == first
    assert revisions.begun_in(Page, "") is None
