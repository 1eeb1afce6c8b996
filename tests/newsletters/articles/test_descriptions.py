"""Alternative text: words, or none on purpose, which is something else than forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from newsletters.admin.content.picture_form import PictureWordsForm
from newsletters.articles import publishing
from newsletters.articles.body_pictures import show_pictures, undescribed
from newsletters.articles.pictures import picture_path
from newsletters.articles.writing import clean_body
from newsletters.editions import preflight, snapshot
from newsletters.editions.loading import LoadedEdition
from newsletters.models import Article, Edition, EditionItem, Newsletter, Picture
from newsletters.rendering.content import EditionContent
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader, make_topic
from tests.images import stored_picture
from tests.newsletters.admin.conftest import browser_of, editor, picture_file

__all__ = ["browser_of", "editor"]
pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
CHOOSE = "/admin/newsletters/picture/choose/"


def decorative(**fields: Any) -> Picture:
    picture = stored_picture(alt="", **fields)
    Picture.objects.filter(pk=picture.pk).update(is_decorative=True)
    picture.refresh_from_db()
    return picture


# --- Asked for ------------------------------------------------------------------------------------------------
def test_an_upload_asks_for_words_or_for_the_word_that_there_are_none(editor: Client) -> None:
    said = editor.post(CHOOSE, {"file": picture_file()}).content.decode()
    assert "Describe the picture in a few words for people who can&#x27;t see it, or say it is decorative." in said
    assert not Picture.objects.exists()
    editor.post(CHOOSE, {"file": picture_file(), "is_decorative": "on"})
    picture = Picture.objects.get()
    assert (picture.alt, picture.is_decorative, picture.is_described) == ("", True, True)
    chooser = editor.get(CHOOSE).content.decode()
    assert "data-decorative" in chooser
    assert f"Picture {picture.pk}" in chooser


@pytest.mark.parametrize(
    ("alt", "ticked", "kept"),
    [("Words", False, ("Words", False)), ("", True, ("", True)), ("Words", True, ("", True)), ("", False, None)],
)
def test_the_page_of_a_picture(alt: str, ticked: bool, kept: tuple[str, bool] | None) -> None:
    data = {"alt": alt, "from_left": 50, "from_top": 50} | ({"is_decorative": "on"} if ticked else {})
    form = PictureWordsForm(data, instance=stored_picture())
    assert form.is_valid() == (kept is not None)
    if kept is not None:
        form.save()
        saved = Picture.objects.get()
        assert (saved.alt, saved.is_decorative) == kept


def test_an_article_is_published_with_a_decorative_lead_picture_and_not_with_a_forgotten_one() -> None:
    article = make_article(lead_picture=stored_picture(alt=" "), status="draft", topics=[make_topic()])
    assert any("decorative" in sentence for sentence in publishing.lacking(article))
    article.lead_picture = decorative()
    assert list(publishing.lacking(article)) == []


# --- In texts -------------------------------------------------------------------------------------------------
def test_in_a_text_it_is_an_attribute_of_its_own() -> None:
    picture = stored_picture(alt="")
    source = f'<figure><img src="{picture_path(picture, 1200)}" alt="" role="presentation"></figure>'
    body = clean_body(source)
    assert 'role="presentation"' in body
    assert clean_body(body) == body
    assert undescribed(body) == 0
    assert 'alt="" role="presentation"' in show_pictures(body)
    assert "role" not in clean_body(source.replace("presentation", "button"))


def test_forgotten_ones_are_counted() -> None:
    picture, adorns = stored_picture(300, alt=""), decorative(width=301)
    described = stored_picture(302, alt="Words")
    image = '<figure><img src="{}" alt=""></figure>'
    body = "".join(image.format(picture_path(each, 1200)) for each in (picture, adorns, described, picture))
    assert undescribed(body) == 2
    shown = show_pictures(body)
    assert shown.count('role="presentation"') == 1
    assert 'alt="Words"' in shown


def test_the_person_who_publishes_is_told_of_forgotten_ones(editor: Client) -> None:
    picture = stored_picture(alt="")
    body = f'<p>Text</p><figure><img src="{picture_path(picture, 1200)}" alt=""></figure>'
    form = {
        "title": "A headline", "slug": "", "summary": "A summary.", "body": body, "topics": [make_topic().pk],
        "language": "en", "articleauthor_set-TOTAL_FORMS": "0", "articleauthor_set-INITIAL_FORMS": "0",
        "status": "draft", "published_at_0": "", "published_at_1": "", "comments_open": "on", "_publish": "1",
    }  # fmt: skip
    said = editor.post("/admin/newsletters/article/add/", form, follow=True).content.decode()
    assert Article.objects.get().is_public
    assert "A picture in the text has no alternative text." in said


# --- In mails -------------------------------------------------------------------------------------------------
@pytest.fixture
def newsletter(db: None) -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list)
    return make_newsletter(mailing_list)


@pytest.mark.parametrize("design", ["headlines", "brief", "letter", "plain"])
def test_a_mail_says_nothing_of_a_decorative_one_and_preflight_finds_the_forgotten(
    newsletter: Newsletter, design: str
) -> None:
    Newsletter.objects.update(design=design)
    article = make_article(lead_picture=decorative())
    edition = make_edition(articles=[article], newsletter=newsletter)
    item = edition.items.get()
    EditionItem.objects.create(
        edition=edition, kind="picture", position=item.position + 1, picture=decorative(width=300)
    )
    edition = Edition.objects.get()
    assert "alt" not in {finding.code for finding in preflight.check(edition)}
    assert "link_words" not in {finding.code for finding in preflight.check(edition)}
    mail = LoadedEdition(edition).mail
    assert "[Image: ]" not in mail.text
    Picture.objects.update(is_decorative=False)
    codes = {finding.code for finding in preflight.check(Edition.objects.get())}
    assert "alt" in codes


def test_what_was_approved_before_keeps_its_hash(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter, articles=[make_article(lead_picture=stored_picture())])
    content = snapshot.of_edition(edition)
    assert "decorative" not in str(content.to_json())
    assert EditionContent.from_json(content.to_json()) == content
    logo = snapshot.picture_content(decorative(), 100)
    adorned = replace(content, logo=logo)
    assert EditionContent.from_json(adorned.to_json()).logo == logo
