"""The words of a picture that others show: a draft that saves by itself leaves them to a button."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import make_article, make_topic
from tests.images import stored_picture
from tests.newsletters.admin.content.test_article_saving import opened, page_of
from tests.newsletters.admin.content.test_articles import typed

pytestmark = pytest.mark.django_db


def test_a_draft_that_saves_by_itself_changes_no_words_that_readers_see(editor: Client) -> None:
    topic, picture = make_topic(), stored_picture()
    make_article(lead_picture=picture)
    draft = make_article(status="draft", lead_picture=picture, topics=[topic])
    fields = typed(topic, lead_picture=picture.pk, lead_picture_alt=picture.alt)
    page = opened(editor, draft, fields, "w").type(lead_picture_caption="Half a cap", summary="Typed.")
    picture.refresh_from_db()
    draft.refresh_from_db()
    assert (picture.caption, draft.summary) == ("", "Typed.")
    assert "save to change its words" in page.said["said"]
    assert "Half a cap" in editor.get(page_of(draft)).content.decode()  # nothing that was typed is lost
    page.type(summary="More.")
    assert editor.post(page.address, page.fields).status_code == 302
    picture.refresh_from_db()
    assert picture.caption == "Half a cap"


def test_the_words_of_a_picture_of_drafts_alone_are_saved_with_them(editor: Client) -> None:
    topic, picture = make_topic(), stored_picture()
    draft = make_article(status="draft", lead_picture=picture, topics=[topic])
    page = opened(editor, draft, typed(topic, lead_picture=picture.pk, lead_picture_alt=picture.alt), "w")
    page.type(lead_picture_caption="A caption")
    picture.refresh_from_db()
    assert picture.caption == "A caption"
    assert page.said["problems"] == []
    assert "Saved at" in page.said["said"]
