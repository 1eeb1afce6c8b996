"""The form of a standing page: what it refuses, in words that say what to do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from newsletters.admin.system.pages import preview_path
from newsletters.models import Page
from tests.factories import make_page

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
ADD = "/admin/newsletters/page/add/"


@pytest.fixture
def owner(client: Client) -> Client:
    user = User.objects.create_user("owner", is_staff=True)
    user.groups.add(Group.objects.get(name="Owner"))
    client.force_login(user)
    return client


def typed(**fields: Any) -> dict[str, Any]:
    return {"kind": "privacy", "title": "Privacy", "slug": "", "language": "", "body": "<p>Text</p>", "position": "0",
            "status": "published", "in_footer": "on", **fields}  # fmt: skip


def test_a_page_is_written_and_read(owner: Client) -> None:
    answer = owner.post(ADD, typed(title="Datenschutz", body="<h1>Was</h1><p onclick=x>wir speichern</p>"))
    assert answer.status_code == 302
    assert b"<h2>Was</h2>" in owner.get("/datenschutz/").content


@pytest.mark.parametrize("slug", ["archive", "Search", "subscribe", "ar", "admin", "healthz"])
def test_an_address_of_the_program_is_refused(owner: Client, slug: str) -> None:
    said = owner.post(ADD, typed(slug=slug)).content.decode()
    assert "is already the address of another part of the site" in said
    assert not Page.objects.exists()


@pytest.mark.parametrize("slug", ["аrchive", "агсһіѵе", "adm1n"])
def test_an_address_that_imitates_one_of_the_program_is_refused(owner: Client, slug: str) -> None:
    assert "looks like another address of the site" in owner.post(ADD, typed(slug=slug)).content.decode()
    assert "looks like another" in owner.post(ADD, typed(title=slug.title())).content.decode(), "made of the title"
    assert not Page.objects.exists()


def test_a_title_whose_address_is_taken_is_refused_as_well(owner: Client) -> None:
    said = owner.post(ADD, typed(kind="other", title="Archive")).content.decode()
    assert "/archive/ is already the address" in said


def test_the_other_page_is_named_and_linked(owner: Client) -> None:
    other = make_page(title="Our <privacy>", slug="privacy")
    said = owner.post(ADD, typed(kind="other", slug="privacy")).content.decode()
    assert f'<a href="/admin/newsletters/page/{other.pk}/change/">Our &lt;privacy&gt;</a>' in said
    said = owner.post(ADD, typed(slug="second")).content.decode()
    assert "There is already such a page" in said
    assert owner.post(ADD, typed(slug="privacy", language="ar")).status_code == 302


def test_nothing_is_published_without_words(owner: Client) -> None:
    assert "Write the text before you publish" in owner.post(ADD, typed(body="<p> </p>")).content.decode()
    assert owner.post(ADD, typed(body="", status="draft")).status_code == 302


def test_a_text_that_is_too_long_is_refused_in_words(owner: Client) -> None:
    assert "MB long" in owner.post(ADD, typed(body="x" * 1_100_000)).content.decode()


@pytest.mark.parametrize("heap", ["a" + "\u0315\u0301\u0327" * 35, "\u0301" * 110])
def test_a_heap_of_accents_is_refused_in_words(owner: Client, heap: str) -> None:
    for fields in ({"title": heap}, {"slug": heap}):
        assert owner.post(ADD, typed(**fields)).status_code == 200
    assert not Page.objects.exists()


def test_the_list_says_which_are_still_to_be_written(owner: Client) -> None:
    said = owner.get("/admin/newsletters/page/").content.decode()
    assert "Not written yet:" in said and f'href="{ADD}?kind=imprint"' in said
    assert 'value="Imprint"' in owner.get(f"{ADD}?kind=imprint").content.decode()
    make_page(kind="imprint", title="Imprint")
    assert "kind=imprint" not in owner.get("/admin/newsletters/page/").content.decode()


def test_save_and_preview_leads_to_the_preview(owner: Client) -> None:
    answer = owner.post(ADD, typed(status="draft", _preview="1"))
    assert answer["Location"] == f"/pages/{Page.objects.get().pk}/preview/"
    assert owner.get(answer["Location"]).status_code == 200


def test_an_editor_does_not_write_the_institutes_pages(client: Client) -> None:
    user = User.objects.create_user("editor", is_staff=True)
    user.groups.add(Group.objects.get(name="Editor"))
    client.force_login(user)
    assert client.get(ADD).status_code == 403


def seen(browser: Client, address: str) -> dict[str, str]:
    """What the form says that it was made from."""
    shown = browser.get(address).content.decode()
    found = dict(re.findall(r'name="(opened_\w+)" value="([^"]+)"', shown))
    assert len(found) == 2
    return found


def test_of_two_who_edit_a_page_the_second_is_told_and_loses_nothing(owner: Client) -> None:
    page = make_page(kind="privacy", title="Privacy", slug="privacy", body="<p>Before</p>")
    address = f"/admin/newsletters/page/{page.pk}/change/"
    opened = seen(owner, address)
    assert owner.post(address, typed(slug="privacy", body="<p>Theirs</p>", **opened)).status_code == 302
    second = owner.post(address, typed(slug="privacy", body="<p>Mine</p>", **opened))
    said = second.content.decode()
    assert "Someone else saved this page while you were working on it" in said
    assert f'href="{preview_path(page)}"' in said
    assert "&lt;p&gt;Mine&lt;/p&gt;" in said
    page.refresh_from_db()
    assert page.body == "<p>Theirs</p>"
    again = dict(re.findall(r'name="(opened_\w+)" value="([^"]+)"', said))
    assert owner.post(address, typed(slug="privacy", body="<p>Mine</p>", **again)).status_code == 302
    page.refresh_from_db()
    assert page.body == "<p>Mine</p>"


def test_who_may_only_look_at_a_page_sees_it(client: Client) -> None:
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_page"))
    client.force_login(user)
    page = make_page()
    assert client.get(f"/admin/newsletters/page/{page.pk}/change/").status_code == 200
