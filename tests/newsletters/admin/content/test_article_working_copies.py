"""Working copies of articles: whose they are, what they are compared with, and how they come to an end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from iria.models import StaffProfile
from newsletters.admin.content.articles import ArticleAdmin
from newsletters.admin.roles import make_roles
from newsletters.articles import decoding, pictures, revisions
from newsletters.models import Article, Picture
from subscribers.models import Topic
from tests.factories import make_article
from tests.newsletters.admin.conftest import picture_file
from tests.newsletters.admin.content.test_article_saving import Window, opened, page_of, public_page, published, topic
from tests.newsletters.admin.content.test_articles import ADD, typed

pytestmark = [pytest.mark.django_db]
__all__ = ["topic"]


@pytest.mark.parametrize("fields", [{}, {"opened_version": ""}])
def test_the_first_save_of_a_draft_without_versions_is_no_conflict(
    editor: Client, topic: Topic, fields: dict[str, Any]
) -> None:
    article = make_article(status="draft", title="By a program", body="<p>As it was.</p>")
    page = opened(editor, article, typed(topic), "w1").type(body="<p>Changed.</p>", **fields)
    article.refresh_from_db()
    assert article.body == "<p>Changed.</p>"
    assert page.said["problems"] == []
    assert page.said["undo"]


def discard(client: Client, page: Window) -> str:
    answer = client.post(page.address, page.fields | {"_discard": "1"}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_discard_after_hours_of_saving_leaves_what_readers_see(editor: Client, topic: Topic) -> None:
    article = published(editor, topic)
    for n in range(revisions.KEPT + 20):
        revisions.store_revision(article, [["title", str(n)]], is_applied=False, window="w2", by="", user=None)
    assert article.revisions.filter(is_applied=True).exists()
    page = opened(editor, article, typed(topic, status="published"), "w2")
    assert "The unpublished changes were discarded." in discard(editor, page)
    assert revisions.working_copy(article) is None
    last = revisions.newest(article)
    assert last is not None
    assert revisions.query_of(last.fields)["title"] == "Rivers rise"


def test_a_discard_can_be_undone(editor: Client, topic: Topic) -> None:
    article = published(editor, topic)
    page = opened(editor, article, typed(topic, status="published"), "w2").type(body="<p>Precious</p>")
    assert "&lt;p&gt;Precious&lt;/p&gt;" not in discard(editor, page)
    last = revisions.newest(article)
    seen = {"opened_version": last.number if last else 0, "window": "w3", "_undo": "1"}
    assert "&lt;p&gt;Precious&lt;/p&gt;" in editor.post(page.address, page.fields | seen, follow=True).content.decode()
    assert "Precious" not in public_page(article)


def test_a_page_that_knows_less_discards_nothing(editor: Client, topic: Topic) -> None:
    article = published(editor, topic)
    stale = opened(editor, article, typed(topic, status="published"), "stale")
    opened(editor, article, typed(topic, status="published"), "hers").type(body="<p>Hers</p>")
    assert "Someone else saved this article" in discard(editor, stale)
    copy = revisions.working_copy(article)
    assert copy is not None
    assert revisions.query_of(copy.fields)["body"] == "<p>Hers</p>"


def test_what_was_seen_before_a_discard_is_not_the_newest_after_it(editor: Client, topic: Topic) -> None:
    article = published(editor, topic)
    hers = opened(editor, article, typed(topic, status="published"), "hers").type(body="<p>Hers</p>")
    stale = opened(editor, article, typed(topic, status="published", body="<p>Hers</p>"), "stale")
    discard(editor, hers)
    opened(editor, article, typed(topic, status="published"), "third").type(body="<p>Third</p>")
    stale.type(409, body="<p>Hers, and more</p>")


@pytest.mark.parametrize(
    "button", ["_save", "_continue", "_addanother", "_publish", "_edition", "_keep", "_preview", ""]
)
@pytest.mark.parametrize("published_at", [None, datetime(2099, 1, 1, 7, tzinfo=UTC)])
def test_who_may_not_publish_changes_nothing_that_is_published(
    browser_of: Callable[[str], Client], topic: Topic, button: str, published_at: datetime | None
) -> None:
    article = make_article(title="As it was", topics=[topic], published_at=published_at)
    page = opened(browser_of("Writer"), article, typed(topic, title="By a writer"), "w1")
    headers = {} if button else {"Accept": "application/json"}
    answer = page.client.post(page.address, page.fields | {button or "x": "1"}, headers=headers)
    assert answer.status_code == (302 if button else 200)
    before = article.revision
    article.refresh_from_db()
    assert (article.title, article.revision) == ("As it was", before)
    shown = page.client.get(page.address).content.decode()
    assert 'value="By a writer"' in shown


def test_who_may_not_publish_gets_no_button_for_it(browser_of: Callable[[str], Client], topic: Topic) -> None:
    article = make_article(topics=[topic])
    words = ("Publish changes", 'name="_save"', 'name="_addanother"', 'name="_continue"')
    shown = browser_of("Writer").get(page_of(article)).content.decode()
    assert [word for word in words if word in shown] == []
    assert shown.count('name="_keep"') == 2
    shown = browser_of("Editor").get(page_of(article)).content.decode()
    assert [word for word in words if word not in shown] == []


def test_what_a_writer_kept_is_published_by_an_editor(browser_of: Callable[[str], Client], topic: Topic) -> None:
    article = make_article(title="As it was", topics=[topic])
    fields = {
        k: v for k, v in typed(topic, title="By a writer").items() if k not in {"status"} and "published" not in k
    }
    opened(browser_of("Writer"), article, fields, "w1").type(title="By a writer")
    form = browser_of("Editor").get(page_of(article)).context["adminform"].form
    assert form["title"].value() == "By a writer"
    assert form["status"].value() == "published"
    assert form["published_at"].subwidgets[0].data["value"][0]


@pytest.mark.parametrize("button", ["_keep", "_discard", "_undo", ""])
def test_an_article_that_is_deleted_meanwhile_is_told_of(
    editor: Client, topic: Topic, button: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = published(editor, topic)
    page = opened(editor, article, typed(topic), "w2")
    found = ArticleAdmin.get_object

    def deleted_then(self: ArticleAdmin, *args: Any) -> Any:
        it = found(self, *args)
        Article.objects.all().delete()
        return it

    monkeypatch.setattr(ArticleAdmin, "get_object", deleted_then)
    headers = {} if button else {"Accept": "application/json"}
    answer = editor.post(page.address, page.fields | {button or "x": "1"}, headers=headers)
    assert answer.status_code == 404


def test_a_time_is_read_in_the_zone_it_was_typed_in(browser_of: Callable[[str], Client], topic: Topic) -> None:
    ada, ben = browser_of("Editor"), browser_of("Publisher")
    StaffProfile.objects.create(user=User.objects.get(username="editor"), zone="Europe/Berlin")
    StaffProfile.objects.create(user=User.objects.get(username="publisher"), zone="America/New_York")
    article = published(ada, topic)
    fields = typed(topic, status="published")
    hers = opened(ada, article, fields, "hers").type(published_at_0="2020-07-01", published_at_1="09:00")
    shown = ben.get(page_of(article)).content.decode()
    assert 'value="03:00:00"' in shown
    assert 'value="09:00:00"' in ada.get(page_of(article)).content.decode()
    his = opened(ben, article, hers.fields | {"published_at_1": "03:00:00"}, "his")
    assert ben.post(his.address, his.fields | {"_continue": "1"}).status_code == 302
    article.refresh_from_db()
    assert article.published_at == datetime(2020, 7, 1, 7, tzinfo=UTC)


def test_a_time_that_is_none_yet_is_kept_as_it_was_typed(editor: Client, topic: Topic) -> None:
    article = published(editor, topic)
    fields = typed(topic, status="published")
    opened(editor, article, fields, "w2").type(published_at_0="2020-07-", published_at_1="9 o'clock")
    shown = editor.get(page_of(article)).content.decode()
    assert 'value="2020-07-"' in shown
    assert 'value="9 o&#x27;clock"' in shown


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", ["draft", "published"])
def test_a_picture_is_decoded_while_others_can_write(
    browser_of: Callable[[str], Client], topic: Topic, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_roles()
    editor = browser_of("Editor")
    decoded: list[bool] = []
    decode = decoding.decode

    def seen(data: bytes, **more: Any) -> Any:
        decoded.append(connection.in_atomic_block)
        return decode(data, **more)

    monkeypatch.setattr(pictures, "decode", seen)
    editor.post(ADD, typed(topic, status=status))
    article = Article.objects.get()
    page = opened(editor, article, typed(topic, status=status), "w2").type(lead_picture_file=picture_file())
    assert decoded == [False]
    assert page.said["fields"]["lead_picture"] == str(Picture.objects.get().pk)
    if status == "draft":
        article.refresh_from_db()
        assert article.lead_picture == Picture.objects.get()


def test_a_page_that_knows_less_makes_no_picture(editor: Client, topic: Topic) -> None:
    article = published(editor, topic)
    stale = opened(editor, article, typed(topic, status="published"), "stale")
    opened(editor, article, typed(topic, status="published"), "hers").type(body="<p>Hers</p>")
    stale.type(409, lead_picture_file=picture_file())
    assert not Picture.objects.exists()


def test_a_file_that_is_no_picture_is_told_of_without_a_script(editor: Client, topic: Topic) -> None:
    article = published(editor, topic)
    page = opened(editor, article, typed(topic, status="published"), "w2")
    file = SimpleUploadedFile("a.jpg", b"no picture")
    answer = editor.post(page.address, page.fields | {"_keep": "1", "lead_picture_file": file}, follow=True)
    assert "Picture file: " in answer.content.decode()
