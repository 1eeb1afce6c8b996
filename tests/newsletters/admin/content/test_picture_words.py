"""The words of a picture that others show: a draft that saves by itself leaves them to a button, and the button is for
those who may publish."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from newsletters.models import Picture
from tests.factories import make_article, make_topic
from tests.images import stored_picture
from tests.newsletters.admin.content.test_article_saving import opened, page_of
from tests.newsletters.admin.content.test_articles import typed

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


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


NEEDS = "Published pages show this picture. Its words and focal point need the role Editor, Publisher or Owner."


def words_of(picture: Picture, **changed: object) -> dict[str, object]:
    return {"alt": picture.alt, "caption": "", "credit": "", "from_left": 50, "from_top": 50, **changed}


@pytest.fixture
def writer(browser_of: Callable[[str], Client]) -> Client:
    return browser_of("Writer")


def test_a_writer_leaves_the_words_of_a_picture_that_readers_see(writer: Client) -> None:
    topic, picture = make_topic(), stored_picture()
    make_article(lead_picture=picture)
    draft = make_article(status="draft", lead_picture=picture, topics=[topic])
    fields = typed(topic, lead_picture=picture.pk, lead_picture_alt=picture.alt)
    page = opened(writer, draft, fields, "w").type(lead_picture_credit="Mine")
    assert NEEDS in page.said["said"]
    refused = writer.post(page.address, page.fields)
    assert refused.status_code == 200
    text = refused.content.decode()
    assert NEEDS in text
    assert "Or upload the file again" in text
    assert 'value="Mine"' in text, "what was typed is still there"
    picture.refresh_from_db()
    assert picture.credit == ""
    page.fields["lead_picture_credit"] = ""
    assert writer.post(page.address, page.fields).status_code == 302, "everything else is saved"


@pytest.mark.parametrize("changed", [{"alt": "Mine"}, {"credit": "Mine"}, {"from_left": 1}])
def test_a_writer_only_looks_at_the_page_of_a_picture_that_readers_see(
    writer: Client, changed: dict[str, object]
) -> None:
    picture = stored_picture()
    address = reverse("admin:newsletters_picture_change", args=[picture.pk])
    before = (picture.alt, picture.credit, picture.focus_x)
    make_article(lead_picture=picture)
    page = writer.get(address).content.decode()
    assert NEEDS in page
    assert 'name="_save"' not in page
    late = writer.post(address, words_of(picture, **changed))  # from a page that was opened before
    assert NEEDS in late.content.decode()
    picture.refresh_from_db()
    assert (picture.alt, picture.credit, picture.focus_x) == before


def test_a_writer_describes_a_picture_that_drafts_alone_show(
    writer: Client, browser_of: Callable[[str], Client]
) -> None:
    picture = stored_picture()
    make_article(status="draft", lead_picture=picture)
    address = reverse("admin:newsletters_picture_change", args=[picture.pk])
    assert NEEDS not in writer.get(address).content.decode()
    assert writer.post(address, words_of(picture, alt="A tower")).status_code == 302
    picture.refresh_from_db()
    assert picture.alt == "A tower"
    make_article(lead_picture=picture)
    assert browser_of("Editor").post(address, words_of(picture, alt="Two towers")).status_code == 302
    picture.refresh_from_db()
    assert picture.alt == "Two towers"


ONLY_ON_THE_SITE = "this one is seen on the site"


def test_the_editor_of_an_article_says_that_pictures_in_its_text_reach_no_email(editor: Client) -> None:
    page = editor.get(reverse("admin:newsletters_article_add")).content.decode()
    assert "the pictures in it don" in page
    assert "/picture/choose/?of=article" in page, "the dialog is told what text it is for"
    chooser = reverse("admin:newsletters_picture_choose")
    for query in ("?of=article", "?of=article&q=tower"):
        assert ONLY_ON_THE_SITE in editor.get(chooser + query).content.decode()
    assert ONLY_ON_THE_SITE not in editor.get(chooser).content.decode(), "a lead picture, or one of an edition"
    assert 'name="of" value="article"' in editor.get(chooser + "?of=article").content.decode()
