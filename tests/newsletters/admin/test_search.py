"""The search of the admin finds what the visitor may open, at a bounded cost, as a page and for the dialog."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from newsletters.models import Article
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader, start

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def found(client: Client, typed: str) -> dict[str, list[str]]:
    answer = client.get("/admin/search/", {"q": typed}, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    groups: list[dict[str, Any]] = answer.json()["groups"]
    for group in groups:
        for entry in group["entries"]:
            assert client.get(entry["address"]).status_code == 200
    return {group["name"]: [entry["title"] for entry in group["entries"]] for group in groups}


def test_articles_by_headline_and_by_text_also_drafts(editor: Client) -> None:
    make_article(title="Grain returns to Odesa")
    make_article(title="Ships at anchor", status=Article.Status.DRAFT)
    make_article(title="Other news", body="<p>The harvest was plentiful.</p>")
    assert found(editor, "odes") == {"Articles": ["Grain returns to Odesa"]}
    assert found(editor, "ANCHOR ships") == {"Articles": ["Ships at anchor"]}
    assert found(editor, "harvest")["Articles"] == ["Other news"]


def test_editions_by_number_subject_and_article(editor: Client) -> None:
    mailing_list = make_list()
    make_reader(mailing_list)
    newsletter = make_newsletter(mailing_list, name="Weekly Brief")
    start(make_edition(newsletter, articles=[make_article(title="Grain returns")], subject="{{ lead }}"))
    make_edition(newsletter, subject="About harbours")
    assert found(editor, "brief 1")["Editions"] == ["Weekly Brief 1"]
    assert found(editor, "harbours")["Editions"] == ["Weekly Brief, draft"]
    assert found(editor, "grain")["Editions"] == ["Weekly Brief 1"]
    page = editor.get("/admin/search/", {"q": "brief 1"}).content.decode()
    assert "sent" in page or "sending" in page
    assert "Grain returns" in page
    assert "{{" not in page.replace("{{ lead }}", "") and "{{ lead }}" not in page


def test_people_by_the_beginning_of_address_or_name_for_those_who_may(browser_of: Callable[[str], Client]) -> None:
    reader = make_reader(make_list(), email="Anna.Berg@Example.org")
    reader.name = "Anna Berg"
    reader.save()
    manager = browser_of("Manager")
    for typed in ("anna.b", "ANNA.BERG@example.org", "anna b"):
        assert found(manager, typed)["Subscribers"] == [reader.email]
    assert "Subscribers" not in found(manager, "berg@")  # not in the middle: no index finds it
    assert "Subscribers" not in found(browser_of("Editor"), "anna")


def test_pages_are_those_that_one_may_open(browser_of: Callable[[str], Client]) -> None:
    assert found(browser_of("Owner"), "rate lim")["Pages"] == ["Rate limits", "New rate limit"]
    editor = browser_of("Editor")
    assert "Pages" not in found(editor, "rate lim")
    assert "New edition" in found(editor, "new ed")["Pages"]


@pytest.mark.parametrize(
    "typed", ["", "   ", "\x00", "%", "_", "'", '"', "-", "<script>", "a" * 5000, "a " * 5000, "😀"]
)
def test_whatever_is_typed_is_answered(browser_of: Callable[[str], Client], typed: str) -> None:
    make_article(title="Grain")
    client = browser_of("Superuser")
    assert client.get("/admin/search/", {"q": typed}).status_code in (200, 400)
    assert "<script>alert" not in client.get("/admin/search/", {"q": "<script>alert"}).content.decode()


def test_it_is_for_staff(client: Client) -> None:
    assert client.get("/admin/search/").status_code == 302


def test_it_costs_the_same_for_few_and_many(browser_of: Callable[[str], Client]) -> None:
    client, mailing_list = browser_of("Superuser"), make_list()
    newsletter = make_newsletter(mailing_list)

    def cost(count: int) -> int:
        for number in range(count):
            make_reader(mailing_list, email=f"grain{count}-{number}@example.org")
            make_edition(newsletter, articles=[make_article(title=f"Grain {count} {number}")], subject="Grain")
        with CaptureQueriesContext(connection) as captured:
            client.get("/admin/search/", {"q": "grain"})
        return len(captured)

    cost(1)
    few, many = cost(2), cost(12)
    assert many <= few <= 20


def test_every_page_has_the_button_and_the_dialog(editor: Client) -> None:
    page = editor.get("/admin/newsletters/article/").content.decode()
    assert 'href="/admin/search/"' in page
    assert '<dialog id="iria-find"' in page
    assert 'role="combobox"' in page
