"""Wherever staff see a subject, its merge fields show what they stand for now, and never braces."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from newsletters.admin.edition.merge_chips import chips
from newsletters.editions import editing
from newsletters.models import Edition, Newsletter
from newsletters.rendering import merge
from newsletters.rendering.mail import value_for_anybody
from tests.factories import begin, make_article, make_edition, queue
from tests.newsletters.admin.edition.conftest import words

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
LIST = "/admin/newsletters/edition/"
TITLE = "Merge field “lead”: the headline of the first article this reader gets"
CHIP = f'<span class="iria-chip" title="{TITLE}">Grain</span>'


@pytest.fixture
def edition(newsletter: Newsletter) -> Edition:
    articles = [make_article(title="Grain"), make_article(title="Ships")]
    return make_edition(newsletter, articles=articles, subject="Today: {{ lead }}")


@pytest.mark.parametrize("page", ["send/", "approval/"])
def test_pages_of_a_draft(publisher: Client, edition: Edition, page: str) -> None:
    assert f"Today: {CHIP}" in words(edition, publisher, page)
    assert "{{" not in words(edition, publisher, page)


def test_the_list_and_the_page_of_what_was_sent(publisher: Client, edition: Edition) -> None:
    assert f"Today: {CHIP}" in publisher.get(LIST).content.decode()
    queue(edition)
    assert begin(edition, candidates=43)
    editing_later = make_article(title="Other")
    edition.items.filter(article__title="Grain").update(article=editing_later)  # what was sent stays what it was
    for page in (publisher.get(LIST).content.decode(), words(edition, publisher)):
        assert f"Today: {CHIP}" in page


def test_a_field_without_a_value_says_what_it_will_be(publisher: Client, edition: Edition) -> None:
    edition.items.all().delete()
    page = publisher.get(LIST).content.decode()
    assert "iria-chip-empty" in page
    assert ">the headline of the first article this reader gets</span>" in page


def test_what_was_typed_is_escaped_and_what_is_no_field_stays(publisher: Client, edition: Edition) -> None:
    parts = merge.parts("<b> {{ lead }} {{ nothing }} {{ name|A & B }}", value_for_anybody({"lead": "<i>"}, (), "en"))
    shown = chips(parts)
    assert shown.startswith("&lt;b&gt; <span")
    assert "&lt;i&gt;</span>" in shown
    assert "{{ nothing }}" in shown


def test_fallbacks_stand_for_names(publisher: Client, edition: Edition) -> None:
    editing.reword(edition, subject="Dear {{ first_name|reader }}")
    assert ">reader</span>" in publisher.get(LIST).content.decode()


def test_the_list_costs_the_same_for_few_and_many(publisher: Client, newsletter: Newsletter) -> None:
    def cost(count: int) -> int:
        for _ in range(count):
            make_edition(newsletter, articles=[make_article()], subject="{{ number }}: {{ lead }}")
        with CaptureQueriesContext(connection) as captured:
            assert publisher.get(LIST).status_code == 200
        return len(captured)

    cost(1)
    assert cost(1) == cost(8)
