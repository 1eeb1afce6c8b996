"""Draft, ready for review, published: who asks, who is told, who answers; and links to a draft that end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from mail.models import Message
from newsletters.articles import corrections, private_previews, reviewing, revisions
from newsletters.articles.publishing import publish
from newsletters.articles.writing import save_article
from newsletters.models import Article, ReviewRequest
from tests.factories import make_article, make_list, make_newsletter, make_topic
from tests.newsletters.admin.content.test_article_saving import opened
from tests.newsletters.admin.content.test_articles import typed

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def person(role: str) -> User:
    user = User.objects.create_user(role.lower(), f"{role.lower()}@iria.example", "pw", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(article: Article) -> str:
    return f"/admin/newsletters/article/{article.pk}/publishing/"


def press(user: User, article: Article, action: str, **more: Any) -> str:
    """What the page says after a button of it was pressed."""
    answer = signed_in(user).post(page_of(article), {"action": action, **more}, follow=True)
    assert answer.status_code == 200
    article.refresh_from_db()
    return answer.content.decode()


@pytest.fixture
def draft() -> Article:
    return make_article(
        title="A fragile truce", slug="truce", status=Article.Status.DRAFT, topics=[make_topic(name="Middle East")]
    )


def test_a_writer_asks_an_editor_publishes(draft: Article) -> None:
    writer, editor = person("Writer"), person("Editor")
    assert "Publish now" not in signed_in(writer).get(page_of(draft)).content.decode()
    assert "Sent for review." in press(writer, draft, "ask")
    assert (draft.get_status_display(), draft.is_public) == ("ready for review", False)
    told = Message.objects.filter(kind="review_requested")
    assert [message.address for message in told] == [editor.email]
    dashboard = signed_in(editor).get("/admin/").content.decode()
    assert "writer asks for a review of “A fragile truce”." in dashboard
    assert "asks for a review" not in signed_in(writer).get("/admin/").content.decode()
    assert "Now published on" in press(editor, draft, "publish")
    assert draft.is_public
    assert ReviewRequest.objects.get().state == ReviewRequest.State.PUBLISHED
    assert "asks for a review" not in signed_in(editor).get("/admin/").content.decode()


def test_it_comes_back_with_a_note_and_the_writer_is_told(draft: Article) -> None:
    writer, editor = person("Writer"), person("Editor")
    press(writer, draft, "ask")
    assert "Write what needs to change." in press(editor, draft, "send_back", note=" ")
    assert draft.status == Article.Status.REVIEW
    press(editor, draft, "send_back", note="Who counted?")
    assert draft.status == Article.Status.DRAFT
    assert [m.address for m in Message.objects.filter(kind="review_returned")] == [writer.email]
    assert "Who counted?" in signed_in(writer).get(page_of(draft)).content.decode()
    press(writer, draft, "ask")  # once more
    assert draft.status == Article.Status.REVIEW


def test_who_may_not_publish_can_do_neither(draft: Article) -> None:
    writer = person("Writer")
    press(writer, draft, "ask")
    for action in ("publish", "send_back", "correct", "remove_correction", "put_in"):
        answer = signed_in(writer).post(page_of(draft), {"action": action, "note": "x", "text": "x"})
        assert answer.status_code == 403, action
    draft.refresh_from_db()
    assert draft.status == Article.Status.REVIEW
    assert "A draft again." in press(writer, draft, "withdraw")


def test_what_moved_on_meanwhile_is_said(draft: Article) -> None:
    writer, editor = person("Writer"), person("Editor")
    press(writer, draft, "ask")
    assert "This article is “ready for review”" in press(editor, draft, "ask")
    press(editor, draft, "publish")
    assert "isn&#x27;t waiting for review any more" in press(editor, draft, "send_back", note="late")
    assert draft.is_public


def test_saving_it_as_a_draft_or_published_answers_the_request(draft: Article) -> None:
    editor = person("Editor")
    for status, state in (("draft", "withdrawn"), ("published", "published")):
        reviewing.ask(draft, by=editor)
        draft.status = status
        save_article(draft)
        assert reviewing.open_request(draft) is None
        assert ReviewRequest.objects.first().state == state  # type: ignore[union-attr]


def test_an_open_page_does_not_withdraw_a_review(draft: Article) -> None:
    """It still says “draft”: what it saves by itself, and what an undo brings back, leaves the article in review."""
    editor = person("Editor")
    client = signed_in(editor)
    fields: dict[str, Any] = typed(draft.topics.get(), title=draft.title)
    for window in ("that page", "another page"):  # also with what is kept and not complete
        page = opened(client, draft, fields, "that page").type(summary=f"Before {window}.")
        reviewing.ask(draft, by=editor)
        assert "Someone else saved" in page.type(409, summary="After.").said["conflict"]
        draft.refresh_from_db()
        assert draft.status == Article.Status.REVIEW
        page = opened(client, draft, page.fields, window).type(summary="A better one.")
        page.type(summary="The best.")
        client.post(page.address, page.fields | {"_undo": "1"})
        draft.refresh_from_db()
        assert (draft.summary, draft.status) == ("A better one.", Article.Status.REVIEW)
        assert reviewing.open_request(draft) is not None
        reviewing.withdraw(draft, by=editor)
        draft.refresh_from_db()
        fields = page.fields


def test_a_button_withdraws_it_and_it_is_known_who_did(draft: Article) -> None:
    editor = person("Editor")
    reviewing.ask(draft, by=person("Writer"))
    page = opened(signed_in(editor), draft, typed(draft.topics.get()), "w")
    assert page.client.post(page.address, page.fields).status_code == 302
    request = ReviewRequest.objects.get()
    assert (request.state, request.decided_by_name) == (ReviewRequest.State.WITHDRAWN, "editor")


def test_what_is_kept_and_not_complete_stays_a_working_copy_when_review_is_asked_for(draft: Article) -> None:
    fields = [["title", "Half"], ["status", "draft"]]
    revisions.store_revision(draft, fields, is_applied=False, window="w", by="", user=None)
    reviewing.ask(draft, by=person("Writer"))
    draft.refresh_from_db()
    kept = revisions.working_copy(draft)
    assert kept is not None
    assert kept.fields == fields


def test_publishing_takes_what_was_saved_meanwhile(draft: Article) -> None:
    opened_before = Article.objects.get(pk=draft.pk)
    draft.title, draft.body = "A truce holds", "<p>Written meanwhile.</p>"
    save_article(draft)
    publish(opened_before)
    draft.refresh_from_db()
    assert (draft.title, draft.body, draft.is_public) == ("A truce holds", "<p>Written meanwhile.</p>", True)
    assert (opened_before.title, opened_before.is_public) == ("A truce holds", True)


@pytest.mark.parametrize("lack", ["title", "summary", "body", "topics"])
def test_what_lacks_something_is_not_published_by_any_button(draft: Article, lack: str) -> None:
    editor = person("Editor")
    newsletter = make_newsletter(make_list())
    if lack == "topics":
        draft.topics.clear()
    else:
        Article.objects.filter(pk=draft.pk).update(**{lack: ""})
    for action, more in (("publish", {}), ("put_in", {"newsletter": newsletter.pk})):
        assert 'class="error"' in press(editor, draft, action, **more)
        assert draft.status == Article.Status.DRAFT


def test_a_time_ahead_is_said_as_scheduled(draft: Article) -> None:
    editor = person("Editor")
    Article.objects.filter(pk=draft.pk).update(published_at=timezone.now() + timedelta(days=3))
    assert "Publish from" in signed_in(editor).get(page_of(draft)).content.decode()
    assert "Now scheduled for" in press(editor, draft, "publish")
    assert draft.is_scheduled
    assert not draft.is_public
    assert "scheduled for" in signed_in(editor).get("/admin/newsletters/article/").content.decode()


# --- Private previews -----------------------------------------------------------------------------------------
def preview(article: Article) -> str:
    (link,) = private_previews.open_links(article)
    return private_previews.url(link).removeprefix("https://news.example.org").removeprefix("http://localhost:8000")


def test_a_private_preview_shows_the_draft_to_anybody_with_the_link_until_it_ends(
    draft: Article, client: Client
) -> None:
    writer = person("Writer")
    assert "that ends on" in press(writer, draft, "preview")
    path = preview(draft)
    shown = client.get(path)
    assert shown.status_code == 200
    page = shown.content.decode()
    assert "A fragile truce" in page
    assert "Private preview" in page
    assert '<meta name="robots" content="noindex">' in page
    assert "/admin/" not in page
    assert shown["X-Robots-Tag"] == "noindex"
    assert shown["Referrer-Policy"] == "no-referrer"
    assert "no-store" in shown["Cache-Control"]
    assert client.get(draft.get_absolute_url()).status_code == 404
    with time_machine.travel(timezone.now() + timedelta(days=private_previews.VALID_DAYS, minutes=1)):
        ended = client.get(path)
        assert ended.status_code == 410
        assert "This preview has ended" in ended.content.decode()
        assert "A fragile truce" not in ended.content.decode()


def test_a_preview_can_be_ended_and_a_made_up_one_is_none(draft: Article, client: Client) -> None:
    writer = person("Writer")
    press(writer, draft, "preview")
    path = preview(draft)
    link = private_previews.open_links(draft).get()
    assert "Ended a private preview." in press(writer, draft, "end_preview", link=link.pk)
    assert client.get(path).status_code == 410
    assert "already ended" in press(writer, draft, "end_preview", link=link.pk)
    damaged = path[:-3] + ("A" if path[-3] != "A" else "B") + path[-2:]
    assert client.get(damaged).status_code == 404
    assert client.get("/preview/x/").status_code == 404


def test_once_published_the_link_leads_to_the_article(draft: Article, client: Client) -> None:
    editor = person("Editor")
    press(editor, draft, "preview")
    path = preview(draft)
    press(editor, draft, "publish")
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"] == draft.get_absolute_url()


# --- Corrections ----------------------------------------------------------------------------------------------
def test_a_correction_stays_below_the_text_whatever_is_edited(client: Client) -> None:
    editor = person("Editor")
    article = make_article(title="A count", body="<p>Nine came.</p>")
    assert 'id="corrections"' not in client.get(article.get_absolute_url()).content.decode()
    before = article.updated_at
    press(editor, article, "correct", text="An earlier version said <eight> came.")
    press(editor, article, "correct", text="صُحّح اسم المدينة.")
    assert article.updated_at > before
    article.body = "<p>Another text altogether.</p>"
    save_article(article)
    page = client.get(article.get_absolute_url()).content.decode()
    assert "An earlier version said &lt;eight&gt; came." in page
    assert '<p lang="ar" dir="rtl"><strong>' in page
    assert "CorrectionComment" in page
    for feed in ("/feed/", "/feed/atom/"):
        assert "An earlier version said" in client.get(feed).content.decode()
    first = article.corrections.first()
    assert first is not None
    assert "Removed a correction" in press(editor, article, "remove_correction", correction=first.pk)
    assert "An earlier version" not in client.get(article.get_absolute_url()).content.decode()
    assert "already gone" in press(editor, article, "remove_correction", correction=first.pk)


def test_a_correction_needs_words_and_a_published_article(draft: Article) -> None:
    editor = person("Editor")
    assert "Only a published article" in press(editor, draft, "correct", text="x")
    article = make_article()
    assert "Write what was wrong" in press(editor, article, "correct", text="  ")
    assert "600 characters" in press(editor, article, "correct", text="x" * (corrections.MOST_LETTERS + 1))
    assert not article.corrections.exists()


def test_unknown_buttons_are_refused(draft: Article) -> None:
    assert signed_in(person("Editor")).post(page_of(draft), {"action": "launch"}).status_code == 400


def test_what_was_changed_since_it_was_looked_at_is_not_published() -> None:
    editor, article = person("Editor"), make_article(status="draft", topics=[make_topic()])
    seen = str(article.revision)
    article.body = "<p>Swapped.</p>"
    save_article(article)
    assert "It was changed since you opened this page." in press(editor, article, "publish", revision=seen)
    assert article.status == Article.Status.DRAFT
    press(editor, article, "publish", revision=str(article.revision))
    assert article.status == Article.Status.PUBLISHED


@pytest.mark.parametrize("text", ["\u200b\u202e", "\0", " . "])
def test_a_correction_says_something(text: str) -> None:
    editor, article = person("Editor"), make_article()
    assert "Write what was wrong" in press(editor, article, "correct", text=text)
    assert not article.corrections.exists()


def test_control_characters_in_notes_are_left_out() -> None:
    editor, article = person("Editor"), make_article(status="draft")
    press(editor, article, "ask")
    press(editor, article, "send_back", note="Too\0 long")
    press(editor, make_article(slug="p"), "correct", text="It was\0 12.")
    assert ReviewRequest.objects.get().note == "Too long"
