"""The composer's own abilities: blocks, saving by itself, undo, versions, previews for a reader, who else is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from newsletters.blocks.registry import kinds
from newsletters.editions import drafts, editing, transitions
from newsletters.editions.drafts import Block, Draft
from newsletters.models import Article, Edition
from tests.factories import make_article, make_edition, make_newsletter, make_reader, make_topic
from tests.newsletters.admin.edition.test_composing import blocks, page_of, shown_order, typed

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
JSON = {"Accept": "application/json"}


@pytest.fixture
def articles() -> list[Article]:
    return [make_article(title=title) for title in ("Alpha", "Beta")]


@pytest.fixture
def edition(articles: list[Article]) -> Edition:
    return make_edition(articles=articles, subject="Two letters")


def block(key: str, kind: str, **fields: str) -> dict[str, Any]:
    return {f"kind-{key}": kind} | {f"{name}-{key}": value for name, value in fields.items()}


def everything(edition: Edition, *keys: str, **fields: Any) -> dict[str, Any]:
    """The form with these blocks behind its articles."""
    form = typed(edition)
    form["block"] = [*form["block"], *keys]
    return form | fields


def as_shown(edition: Edition) -> dict[str, Any]:
    """The form as the page holds it when nothing was typed."""
    edition = Edition.objects.get(pk=edition.pk)
    draft = drafts.draft_of(edition)
    form: dict[str, Any] = {"revision": edition.revision, "subject": draft.subject, "preheader": draft.preheader}
    form |= {"introduction": draft.introduction, "block": [shown.key for shown in draft.blocks]}
    for shown in draft.blocks:
        form |= block(shown.key, shown.kind, article=str(shown.article_id))
    return form


# --- Blocks -------------------------------------------------------------------------------------------------------
def test_every_kind_of_block_is_saved_as_it_was_typed_and_cleaned(editor: Client, edition: Edition) -> None:
    form = everything(edition, "h1", "t1", "b1", "d1", "s1") | block("h1", "heading", headline="  Middle   East ")
    form |= block("t1", "text", html="<p>Hello {{ name|reader }}</p><script>x</script>")
    form |= block("b1", "button", headline="Register", url="https://example.org/")
    form |= block("d1", "divider")
    form |= block("s1", "sponsor", label="Sponsored", html="<p>By us.</p>", url="/articles/x/")
    assert editor.post(page_of(edition), form | {"_save": "1"}).status_code == 302
    edition.refresh_from_db()
    saved = {b.key: b for b in drafts.draft_of(edition).blocks}
    assert list(saved)[2:] == ["h1", "t1", "b1", "d1", "s1"]
    assert saved["h1"].headline == "Middle East"
    assert saved["t1"].html == "<p>Hello {{ name|reader }}</p>"
    assert (saved["b1"].headline, saved["b1"].url) == ("Register", "https://example.org/")
    assert saved["d1"].kind == "divider"
    assert (saved["s1"].label, saved["s1"].url) == ("Sponsored", "/articles/x/")


@pytest.mark.parametrize("kind", [kind.name for kind in kinds() if kind.is_added_by_button])
def test_a_new_block_comes_at_the_end_and_nothing_typed_is_lost(editor: Client, edition: Edition, kind: str) -> None:
    page = editor.post(page_of(edition), typed(edition, _new=kind)).content.decode()
    assert f'class="iria-row iria-row-{kind} iria-row-new"' in page
    assert 'value="Typed subject"' in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "button", "headline": "x", "url": "example.org"}, "a web address: enter it in full"),
        ({"kind": "button", "headline": "x", "url": "javascript:alert(1)"}, "a web address: enter it in full"),
        ({"kind": "button", "headline": "x", "url": "//evil.example/"}, "a web address: enter it in full"),
        ({"kind": "button", "headline": "x", "url": "http://[1::"}, "a web address: enter it in full"),
        ({"kind": "heading", "headline": "Dear {{ nmae|you }}"}, "There is no merge field “nmae”"),
        ({"kind": "text", "html": "<p>{{ name }}</p>"}, "needs a fallback"),
        ({"kind": "text", "html": "<b>" * 201 + "deep"}, "nested too deeply"),
        ({"kind": "heading", "headline": "x" * 201}, "This headline has 201 characters; at most 200 fit."),
        ({"kind": "sponsor", "label": "x" * 61}, "This label has 61 characters; at most 60 fit."),
        ({"kind": "quote", "summary": "x" * 601}, "This quote has 601 characters; at most 600 fit."),
        ({"kind": "quote", "headline": "x" * 201}, "This source has 201 characters; at most 200 fit."),
        ({"kind": "embed", "headline": "x", "url": "/articles/x/"}, "the address of a video or post: copy it in full"),
        (
            {"kind": "embed", "url": "https://youtu.be/" + "x" * 1984},
            "This address has 2001 characters; at most 2000 fit.",
        ),
    ],
)
def test_what_is_wrong_in_a_block_is_said_beside_it_and_kept(
    editor: Client, edition: Edition, fields: dict[str, str], sentence: str
) -> None:
    form = everything(edition, "k1") | block("k1", **fields)
    answer = editor.post(page_of(edition), form | {"_save": "1"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page
    assert 'href="#block-k1"' in page
    assert Edition.objects.get().items.count() == 2


def test_a_block_of_no_kind_and_a_key_that_could_not_be_ours_are_passed_over(editor: Client, edition: Edition) -> None:
    form = everything(edition, "k1", 'x"><script>') | block("k1", "nonsense")
    form |= block('x"><script>', "divider")
    assert editor.post(page_of(edition), form).status_code == 302
    assert edition.items.count() == 2


def test_an_articles_own_words_come_back(editor: Client, edition: Edition, articles: list[Article]) -> None:
    key = str(articles[0].pk)
    form = typed(edition, **{f"headline-{key}": "Ours", f"without_picture-{key}": "on"})
    page = editor.post(page_of(edition), form | {"_reset": key}).content.decode()
    assert 'value="Ours"' not in page
    assert f'name="without_picture-{key}" checked' not in page


def test_an_article_that_two_windows_added_stands_there_once(editor: Client, edition: Edition) -> None:
    one = edition.items.first()
    assert one is not None
    form = everything(edition, "again") | block("again", "article", article=str(one.article_id))
    editor.post(page_of(edition), form)
    assert edition.items.count() == 2


def test_a_half_done_block_is_saved_and_preflight_names_it(publisher: Client, edition: Edition) -> None:
    form = everything(edition, "b1") | block("b1", "button", headline="Register")
    assert publisher.post(page_of(edition), form).status_code == 302
    page = publisher.get(page_of(edition)).content.decode()
    assert "This button needs a label and the address it leads to." in page
    assert "#block-b1" in page
    assert "Register" not in publisher.get(f"/admin/newsletters/edition/{edition.pk}/preview/html/").content.decode()


def test_the_number_of_queries_stays_with_more_blocks(
    editor: Client, edition: Edition, django_assert_max_num_queries: Any
) -> None:
    def add_texts(number: int) -> None:
        edition.refresh_from_db()
        blocks = drafts.draft_of(edition).blocks + tuple(Block(kind="text", html="<p>x</p>") for _ in range(number))
        editing.save(edition.pk, Draft("s", blocks=blocks), revision=edition.revision)

    add_texts(1)
    with django_assert_max_num_queries(23) as few:
        assert editor.get(page_of(edition)).status_code == 200
    add_texts(30)
    with django_assert_max_num_queries(len(few)):
        assert editor.get(page_of(edition)).status_code == 200


# --- Saving by itself ---------------------------------------------------------------------------------------------
def autosaved(client: Client, edition: Edition, form: dict[str, Any]) -> Any:
    return client.post(page_of(edition), form, headers=JSON)


def test_the_page_saves_by_itself_and_is_told_what_the_mail_became(editor: Client, edition: Edition) -> None:
    answer = autosaved(editor, edition, typed(edition, subject="For {{ newsletter }}"))
    assert answer.status_code == 200
    said = answer.json()
    edition.refresh_from_db()
    assert said["revision"] == edition.revision
    assert said["said"].startswith("Saved at ")
    assert said["undo"] is True
    assert said["redo"] is False
    assert said["figures"]["subject"] == f"For {edition.newsletter.name}"
    assert said["figures"]["bytes"] > 5000
    assert "Saved" not in editor.get(page_of(edition)).content.decode().split("messagelist")[-1][:200]


def test_saving_by_itself_what_is_wrong_names_the_place_and_saves_nothing(editor: Client, edition: Edition) -> None:
    answer = autosaved(editor, edition, typed(edition, subject="Dear {{ nmae|you }}"))
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["id"] == "id_subject"
    assert "nmae" in error["message"]
    edition.refresh_from_db()
    assert edition.subject == "Two letters"


def test_saving_by_itself_over_somebody_elses_save_is_a_conflict_with_both_texts(
    editor: Client, edition: Edition
) -> None:
    form = typed(edition)
    editing.reword(edition, subject="Hers", by="Ada")
    answer = autosaved(editor, edition, form)
    assert answer.status_code == 409
    html = answer.json()["html"]
    assert "Hers" in html
    assert "Ada saved this edition at" in html
    assert "Overwrite with my version" in html


def test_saving_after_the_session_ended_answers_401_and_keeps_what_was_typed(edition: Edition) -> None:
    """The script that saves keeps the form open; of a form that was sent, the page that answers holds the words."""
    form = typed(edition, subject="Typed for an hour")
    by_itself = Client().post(page_of(edition), form, headers=JSON)
    assert by_itself.status_code == 401 and "signed out" in by_itself.json()["error"]
    answer = Client().post(page_of(edition), form)
    assert answer.status_code == 401
    page = answer.content.decode()
    assert 'name="subject" value="Typed for an hour"' in page
    assert "Sign in in a new window" in page


@pytest.mark.parametrize("character", ["\x00", "\x02", "\x0b", "\x1f", "\ufffe"])
def test_a_character_that_no_mail_can_hold_is_left_out(editor: Client, edition: Edition, character: str) -> None:
    form = everything(edition, "h1") | block("h1", "heading", headline=f"Mid{character}dle")
    form["subject"] = f"Sub{character}ject" if character != "\x00" else "Subject"  # which every form refuses by itself
    key = str(edition.items.values_list("article_id", flat=True)[0])
    assert autosaved(editor, edition, form | {f"summary-{key}": f"Su{character}m"}).status_code == 200
    edition.refresh_from_db()
    assert edition.subject == "Subject"
    assert edition.items.get(key="h1").headline == "Middle"
    Article.objects.update(title=f"Ti{character}tle" if character != "\x00" else "Title")
    assert editor.get(page_of(edition)).status_code == 200
    assert "Title" in editor.get(f"/admin/newsletters/edition/{edition.pk}/preview/html/").content.decode()


def test_a_page_whose_last_answer_was_lost_goes_on_without_a_conflict(editor: Client, edition: Edition) -> None:
    form = typed(edition, window="w1")
    assert autosaved(editor, edition, form | {"subject": "The answer to this was lost"}).status_code == 200
    assert autosaved(editor, edition, form | {"subject": "And this came after"}).status_code == 200
    assert autosaved(editor, edition, form | {"subject": "Another window", "window": "w2"}).status_code == 409
    edition.refresh_from_db()
    assert edition.subject == "And this came after"


def test_saving_by_itself_what_was_sent_meanwhile_says_so(editor: Client, edition: Edition) -> None:
    make_reader(edition.newsletter.mailing_list)
    form = typed(edition)
    transitions.queue(edition.pk, revision=edition.revision, by="Paula")
    answer = autosaved(editor, edition, form)
    assert answer.status_code == 409
    assert "so you can no longer change it" in answer.json()["conflict"]
    assert "Show the edition" in answer.json()["html"]
    ping = editor.post(f"/admin/newsletters/edition/{edition.pk}/presence/").json()
    assert ping["gone"] is True
    assert ping["newer"] == "This edition is now “queued”."


# --- Undo and versions --------------------------------------------------------------------------------------------
def test_undo_saves_what_is_typed_first_so_that_redo_has_it(editor: Client, edition: Edition) -> None:
    editor.post(page_of(edition), as_shown(edition) | {"subject": "Typed", "_undo": "1"})
    assert Edition.objects.get().subject == "Two letters"
    editor.post(page_of(edition), as_shown(edition) | {"_redo": "1"})
    assert Edition.objects.get().subject == "Typed"


def test_earlier_versions_say_who_changed_what_and_can_be_gone_back_to(editor: Client, edition: Edition) -> None:
    editing.reword(Edition.objects.get(), subject="By Ada", by="Ada")
    versions = f"/admin/newsletters/edition/{edition.pk}/versions/"
    page = editor.get(versions).content.decode()
    assert "Ada" in page
    assert "Subject: “By Ada”" in page
    old = Edition.objects.get().revisions.last()
    assert old is not None
    assert "Alpha" in editor.get(f"{versions}{old.number}/").content.decode()
    revision = Edition.objects.get().revision
    assert editor.post(versions, {"number": old.number, "revision": revision}).status_code == 302
    assert Edition.objects.get().subject != "By Ada"


def test_going_back_does_not_overwrite_what_somebody_saved_meanwhile(editor: Client, edition: Edition) -> None:
    editing.reword(Edition.objects.get(), subject="By Ada", by="Ada")
    seen = Edition.objects.get().revision
    editing.reword(Edition.objects.get(), subject="By Bob", by="Bob")
    versions = f"/admin/newsletters/edition/{edition.pk}/versions/"
    answer = editor.post(versions, {"number": "1", "revision": seen}, follow=True)
    assert "Someone else saved this edition" in answer.content.decode()
    assert Edition.objects.get().subject == "By Bob"


# --- As a reader sees it ------------------------------------------------------------------------------------------
def test_the_preview_shows_what_a_reader_of_one_topic_gets(editor: Client) -> None:
    east, west = make_topic(name="East"), make_topic(name="West")
    articles = [make_article(title="Sunrise", topics=[east]), make_article(title="Sunset", topics=[west])]
    edition = make_edition(articles=articles)
    path = f"/admin/newsletters/edition/{edition.pk}/preview/html/"
    page = editor.get(path, {"topic": east.pk}).content.decode()
    assert "Sunrise" in page
    assert "Sunset" not in page
    nothing = editor.get(path, {"topic": make_topic().pk}).content.decode()
    assert "This reader gets nothing" in nothing


def test_the_preview_as_a_certain_reader_is_for_those_who_may_see_readers(
    browser_of: Callable[[str], Client], edition: Edition
) -> None:
    reader = make_reader(edition.newsletter.mailing_list, email="ada@example.org")
    reader.name = "Ada Lovelace"
    reader.save()
    editing.reword(edition, introduction="<p>Dear {{ name|reader }}</p>")
    path = f"/admin/newsletters/edition/{edition.pk}/preview/html/"
    assert "Dear Ada Lovelace" in browser_of("Owner").get(path, {"as": "ADA@example.org"}).content.decode()
    answer = browser_of("Editor").get(path, {"as": "ada@example.org"}).content.decode()
    assert "Ada Lovelace" not in answer
    unknown = browser_of("Publisher").get(path, {"as": "nobody@example.org"}).content.decode()
    assert "Dear" not in unknown


def test_the_dark_preview_is_dark_whatever_the_browser_prefers(editor: Client, edition: Edition) -> None:
    path = f"/admin/newsletters/edition/{edition.pk}/preview/html/"
    assert "@media all" in editor.get(path, {"dark": "1"}).content.decode()
    light = editor.get(path).content.decode()
    assert "prefers-color-scheme: dark" not in light
    assert "@media not all" in light


# --- Who else is there --------------------------------------------------------------------------------------------
def test_two_editors_see_each_other_and_a_newer_save(editor: Client, publisher: Client, edition: Edition) -> None:
    cache.clear()
    ping = f"/admin/newsletters/edition/{edition.pk}/presence/"
    assert editor.post(ping).json()["others"] == ""
    assert publisher.post(ping).json()["others"] == "editor is editing this too."
    assert "publisher is editing this too." in editor.get(page_of(edition)).content.decode()
    editing.reword(Edition.objects.get(), subject="By Ada", by="Ada")
    said = editor.post(ping).json()
    assert said["revision"] == Edition.objects.get().revision
    assert said["newer"] == "Ada saved a newer version."


def test_a_letter_without_articles_goes_to_everybody(publisher: Client) -> None:
    newsletter = make_newsletter()
    make_reader(newsletter.mailing_list, topics=[make_topic()])
    edition = make_edition(newsletter)
    text = Block(kind="text", html="<p>A word to all.</p>")
    editing.save(edition.pk, Draft("A letter", "To all of you, from us", blocks=(text,)), revision=edition.revision)
    page = publisher.get(f"/admin/newsletters/edition/{edition.pk}/send/").content.decode()
    assert "1 reader of" in page


def test_blocks_keep_their_order_by_the_numbers_that_were_typed(editor: Client, edition: Edition) -> None:
    form = everything(edition, "h1") | block("h1", "heading", headline="First", position="1")
    page = editor.post(page_of(edition), form | {"_sort": "1"}).content.decode()
    assert shown_order(page) == ["section heading: First", "Alpha", "Beta"]
    assert blocks() == {"block": []}
