"""Who uses a picture, another in its place everywhere, and the point that stays in sight where it is cropped."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from newsletters.admin.content.picture_replacing import uses_in_words
from newsletters.articles.picture_uses import count_of_uses, replace_everywhere, uses
from newsletters.articles.pictures import picture_path, render
from newsletters.articles.revisions import NewerVersion, Seen, must_be_newest, store_revision, working_copy
from newsletters.editions import editing, snapshot
from newsletters.editions.drafts import Block, Draft
from newsletters.editions.templates import save_template
from newsletters.editions.transitions import Conflict
from newsletters.models import Article, Picture
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_page, make_reader, queue
from tests.images import image_bytes, stored_picture
from tests.newsletters.admin.conftest import *  # noqa: F403 - its fixtures
from tests.newsletters.admin.conftest import picture_file

pytestmark = pytest.mark.django_db


def figure(picture: Picture) -> str:
    return f'<p>Text.</p><figure><img src="{picture_path(picture, 1200)}" alt="A" data-picture="{picture.pk}"></figure>'


def test_leads_texts_blocks_and_logos_use_it() -> None:
    picture = stored_picture()
    lead, text = make_article(lead_picture=picture), make_article(body=figure(picture))
    newsletter = make_newsletter(make_list(), logo=picture)
    draft = make_edition(newsletter, articles=[lead])
    blocks = (Block(kind="picture", picture_id=picture.pk), Block(kind="text", html=figure(picture)))
    editing.save(draft.pk, Draft(subject="s", blocks=blocks), revision=draft.revision)
    make_article(body=figure(stored_picture(801)))
    assert {use.row for use in uses(picture)} == {lead, text, newsletter, draft}
    assert uses(stored_picture(802)) == []


def test_replaced_everywhere_but_not_in_what_was_sent() -> None:
    picture, other = stored_picture(), stored_picture(801)
    old = picture.file
    both = make_article(body=figure(picture) + figure(other), lead_picture=picture)
    newsletter = make_newsletter(make_list())
    make_reader(newsletter.mailing_list)
    sent = queue(make_edition(newsletter, articles=[both]))
    revision = both.revision
    assert replace_everywhere(picture, render(image_bytes(900, 600))) == 1
    both.refresh_from_db()
    picture.refresh_from_db()
    assert picture.file != old
    assert (picture.width, picture.alt) == (900, "Two halves")
    assert old.partition("-")[0] not in both.body
    assert picture_path(picture, 1200) in both.body
    assert picture_path(other, 1200) in both.body
    assert both.revision == revision + 1
    (shown,) = snapshot.content_of(sent).articles
    assert shown.picture is not None
    assert old.partition("-")[0] in shown.picture.path


def test_what_is_typed_in_a_page_gets_it_too_and_its_open_form_is_told() -> None:
    picture = stored_picture()
    page = make_page(body=figure(picture))
    fields = [["title", "Typed"], ["body", figure(picture)]]
    store_revision(page, fields, is_applied=False, window="w", by="", user=None)
    seen = Seen(page.revision, 1, "w")
    replace_everywhere(picture, render(image_bytes(900, 600)))
    page.refresh_from_db()
    kept = working_copy(page)
    assert kept is not None and page.body == kept.fields[1][1] == figure(Picture.objects.get(pk=picture.pk))
    with pytest.raises(NewerVersion), transaction.atomic():
        must_be_newest(page, seen)


def test_what_is_typed_and_not_published_yet_gets_it_too() -> None:
    picture = stored_picture()
    article = make_article(body=figure(picture))
    typed = [["title", "Changed"], ["body", figure(picture)]]
    store_revision(article, typed, is_applied=False, window="w", by="ada", user=None)
    replace_everywhere(picture, render(image_bytes(900, 600)))
    article.refresh_from_db()
    kept = working_copy(article)
    assert kept is not None
    assert picture_path(picture, 1200) in dict(kept.fields)["body"]
    assert dict(kept.fields)["title"] == "Changed"


def test_who_has_it_open_is_told_instead_of_saving_the_old_one_back() -> None:
    picture = stored_picture()
    article, page = make_article(body=figure(picture)), make_page(body=figure(picture))
    store_revision(article, [["body", figure(picture)]], is_applied=False, window="w", by="ada", user=None)
    draft = make_edition(make_newsletter(make_list()), articles=[article])
    blocks = (Block(kind="text", html=figure(picture)),)
    draft = editing.save(draft.pk, Draft(subject="s", blocks=blocks), revision=draft.revision)
    seen = Seen(article.revision, 1, "w")
    before = page.updated_at
    assert replace_everywhere(picture, render(image_bytes(900, 600))) == 3
    with pytest.raises(Conflict):
        editing.save(draft.pk, Draft(subject="typed", blocks=blocks), revision=draft.revision)
    assert picture_path(picture, 1200) in draft.items.get().html
    with pytest.raises(NewerVersion), transaction.atomic():
        must_be_newest(article, seen)
    page.refresh_from_db()
    assert page.updated_at > before


def test_templates_of_editions_have_it_too() -> None:
    picture, other = stored_picture(), stored_picture(801)
    edition = make_edition(make_newsletter(make_list()))
    blocks = (Block(kind="text", html=figure(picture)), Block(kind="text", html=figure(other)))
    edition = editing.save(edition.pk, Draft("s", "", figure(picture), blocks), revision=edition.revision)
    written = save_template(edition, "Written")
    blocks = (Block(kind="picture", picture_id=picture.pk), Block(kind="heading", headline='"picture_id": 1, "'))
    edition = editing.save(edition.pk, Draft("s", "", "", blocks), revision=edition.revision)
    chosen = save_template(edition, "Chosen")
    assert {use.row for use in uses(picture)} == {written, chosen, edition}
    assert {use.row for use in uses(other)} == {written}
    replace_everywhere(picture, render(image_bytes(900, 600)))
    written.refresh_from_db()
    draft = Draft.from_json(written.draft)
    assert picture_path(picture, 1200) in draft.introduction
    assert [block.html for block in draft.blocks] == [figure(picture), figure(other)]


def test_all_places_are_counted_by_few_queries(editor: Client, django_assert_max_num_queries: Any) -> None:
    picture, newsletter = stored_picture(), make_newsletter(make_list())
    for _n in range(52):
        make_edition(newsletter, articles=[], introduction=figure(picture))
    assert count_of_uses(picture) == 52
    with django_assert_max_num_queries(30):
        words = uses_in_words(picture)
    assert "Used in 52 places:" in words
    assert "and 2 more" in words
    address = f"/admin/newsletters/picture/{picture.pk}/replace/"
    assert "in 52 places." in editor.post(address, {"file": picture_file()}, follow=True).content.decode()


def test_of_two_pictures_of_one_file_only_the_chosen_one_is_replaced() -> None:
    first, twin = stored_picture(), stored_picture()
    mine, theirs = make_article(body=figure(first)), make_article(body=figure(twin))
    replace_everywhere(first, render(image_bytes(900, 600)))
    assert picture_path(Picture.objects.get(pk=first.pk), 1200) in Article.objects.get(pk=mine.pk).body
    assert Article.objects.get(pk=theirs.pk).body == theirs.body


def test_the_page_says_where_it_is_and_replaces_it(editor: Client) -> None:
    picture = stored_picture()
    make_article(title="Uses it", lead_picture=picture)
    page = editor.get(f"/admin/newsletters/picture/{picture.pk}/replace/").content.decode()
    assert "Used in 1 place:" in page
    assert "Uses it" in page
    assert "Used in 1 place:" in editor.get(f"/admin/newsletters/picture/{picture.pk}/change/").content.decode()
    bad = editor.post(f"/admin/newsletters/picture/{picture.pk}/replace/", {"file": BytesIO(b"no picture")})
    assert "We can&#x27;t use this file as a picture." in bad.content.decode()
    done = editor.post(f"/admin/newsletters/picture/{picture.pk}/replace/", {"file": picture_file()}, follow=True)
    assert "The picture was replaced in 1 place." in done.content.decode()
    assert Picture.objects.get().file != picture.file


def test_who_may_not_publish_replaces_nothing_that_readers_see(browser_of: Callable[[str], Client]) -> None:
    writer, picture = browser_of("Writer"), stored_picture()
    make_article(lead_picture=picture)
    change = f"/admin/newsletters/picture/{picture.pk}/change/"
    assert "Replace everywhere" not in writer.get(change).content.decode()
    for answer in (
        writer.get(change.replace("change", "replace")),
        writer.post(change.replace("change", "replace"), {"file": picture_file()}),
    ):
        assert answer.status_code == 403
        assert "You need the role Editor, Publisher or Owner." in answer.content.decode()
    assert Picture.objects.get().file == picture.file
    assert "Replace everywhere" in browser_of("Editor").get(change).content.decode()


def test_the_focal_point_holds_where_a_card_crops(editor: Client, client: Client) -> None:
    picture = stored_picture()
    make_article(lead_picture=picture)
    assert "fx" not in client.get("/").content.decode()
    words = {"alt": "A", "caption": "", "credit": ""}
    change = f"/admin/newsletters/picture/{picture.pk}/change/"
    assert editor.post(change, {**words, "from_left": 101, "from_top": 0}).status_code == 200
    assert editor.post(change, {**words, "from_left": 18, "from_top": 100}).status_code == 302
    assert 'class="fx20 fy100"' in client.get("/").content.decode()
