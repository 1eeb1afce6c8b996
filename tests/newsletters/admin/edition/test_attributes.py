"""Attributes of readers in the composer: offered, checked, previewed with a sample, and sent as a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from newsletters.editions import editing
from newsletters.models import Edition
from tests.factories import make_attribute, make_edition, make_reader
from tests.newsletters.admin.edition.test_composing import page_of, typed

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.fixture
def edition() -> Edition:
    make_attribute("city")
    make_attribute("plan", default="Basic")
    make_attribute("score", staff_may="nothing")
    return make_edition(subject="Two letters")


def preview(client: Client, edition: Edition, **asked: str) -> str:
    page: Any = client.get(f"/admin/newsletters/edition/{edition.pk}/preview/html/", asked)
    return str(page.content.decode())


def test_the_menu_offers_them_with_a_fallback_where_there_is_no_default(editor: Client, edition: Edition) -> None:
    page = editor.get(page_of(edition)).content.decode()
    assert 'data-put="{{ city|your city }}"' in page
    assert 'data-put="{{ plan }}"' in page


def test_what_is_typed_is_checked_against_the_attributes_that_there_are(editor: Client, edition: Edition) -> None:
    path = page_of(edition)
    answer = editor.post(path, typed(edition) | {"subject": "News for {{ town|you }}"})
    said = answer.content.decode()
    assert "There is no merge field “town”" in said
    assert "city, plan, score" in said
    editor.post(path, typed(edition) | {"subject": "News for {{ city|you }}"})
    edition.refresh_from_db()
    assert edition.subject == "News for {{ city|you }}"


def test_the_preview_shows_a_sample_and_of_a_reader_what_staff_may_see(
    browser_of: Callable[[str], Client], edition: Edition
) -> None:
    editing.reword(edition, introduction="<p>In {{ city|your city }}, {{ plan }}, {{ score|no score }}</p>")
    reader = make_reader(edition.newsletter.mailing_list, email="ada@example.org")
    reader.attributes = {"city": "<Oslo>", "score": "secret"}
    reader.save()
    owner = browser_of("Owner")
    assert "In City, Basic, Score" in preview(owner, edition)
    assert "In &lt;Oslo&gt;, Basic, no score" in preview(owner, edition, **{"as": "ada@example.org"})


def test_lists_show_the_fallback_or_the_default(publisher: Client, edition: Edition) -> None:
    editing.reword(edition, subject="News for {{ city|all towns }} and {{ plan }}")
    page = publisher.get("/admin/newsletters/edition/").content.decode()
    assert "all towns" in page
    assert "Basic" in page
