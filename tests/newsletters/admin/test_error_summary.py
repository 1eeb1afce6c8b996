"""What is wrong with any form of the admin stands on top of it, each with a link to its place, rows included."""

from __future__ import annotations

import pytest
from django import forms
from django.test import Client
from django.utils.html import format_html

from newsletters.admin.error_summary import plain_errors_of
from subscribers.models import Topic
from tests.newsletters.admin.content.test_articles import ADD, typed

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def test_each_error_leads_to_its_field(editor: Client) -> None:
    page = editor.post("/admin/newsletters/author/add/", {"name": "", "slug": ""}).content.decode()
    assert "Please fix these 2 first:" in page
    assert '<a href="#id_name">Name</a>: This field is required.' in page
    assert '<a href="#id_slug">' in page
    assert "admin_iria/errors" in page


def test_errors_of_a_row_say_which_row_it_is(editor: Client) -> None:
    topic = Topic.objects.create(name="Water", slug="water")
    rows = {
        "articleauthor_set-TOTAL_FORMS": "1",
        "articleauthor_set-0-author": "999",
        "articleauthor_set-0-position": "first",
    }
    page = editor.post(ADD, typed(topic, **rows)).content.decode()
    assert '<a href="#id_articleauthor_set-0-author">Author 1, Author</a>: Select a valid choice' in page
    assert '<a href="#id_articleauthor_set-0-position">Author 1, Position</a>: Enter a whole number.' in page


def test_a_form_that_is_right_has_no_summary(editor: Client) -> None:
    page = editor.get("/admin/newsletters/author/add/").content.decode()
    assert "iria-error-summary" not in page
    assert "admin_iria/errors" not in page


def test_a_script_is_told_in_plain_words() -> None:
    form = forms.Form({})
    form.add_error(None, format_html('Saved by <a href="{}">Ann &amp; Bob</a>.', "/x/"))
    form.add_error(None, "1 <b> 2")
    assert [error["message"] for error in plain_errors_of(form)] == ["Saved by Ann & Bob.", "1 <b> 2"]
