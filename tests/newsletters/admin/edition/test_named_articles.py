"""The button beside “the subject names an article that some readers don't get”."""

from __future__ import annotations

import pytest
from django.test import Client

from newsletters.editions import editing
from newsletters.models import Edition
from tests.newsletters.admin.edition.conftest import at, words
from tests.newsletters.editions.preflight.test_variants import found, make_partly_read_edition, make_topics

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> Edition:
    return make_partly_read_edition(make_topics())


@pytest.mark.parametrize("field", ["subject", "preheader", "introduction"])
def test_the_button_puts_the_merge_field_there(editor: Client, edition: Edition, field: str) -> None:
    text = "Grain comes back, and more"
    edition = editing.reword(edition, **{field: f"<p>{text}</p>" if field == "introduction" else text})  # type: ignore[arg-type]
    page = words(edition, editor)
    assert "Use {{ lead }} instead" in page
    (finding,) = found(edition, "named_article")
    said = editor.post(at(edition, "use-lead/"), {"field": field, "article": finding.names}, follow=True)
    assert f"The {field} now names the first article that each reader gets." in said.content.decode()
    edition.refresh_from_db()
    assert "{{ lead }}, and more" in getattr(edition, field)
    assert not found(edition, "named_article")
    assert editing.undo(edition.pk, revision=edition.revision)


@pytest.mark.parametrize(
    "data", [{}, {"field": "subject"}, {"field": "status", "article": "1"}, {"field": "subject", "article": "9" * 30}]
)
def test_what_the_button_cannot_do_it_says(editor: Client, edition: Edition, data: dict[str, str]) -> None:
    said = editor.post(at(edition, "use-lead/"), data, follow=True).content.decode()
    assert "There was nothing to replace." in said
    assert Edition.objects.get(pk=edition.pk).revision == edition.revision
