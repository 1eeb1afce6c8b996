"""The page of an article saves by itself: nothing typed is lost, nobody overwritten, nothing public but by a button."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from newsletters.articles import revisions
from newsletters.models import Article, ArticleAuthor, ArticleRevision, Author, Picture
from subscribers.models import Topic
from tests.factories import make_article
from tests.newsletters.admin.conftest import picture_file
from tests.newsletters.admin.content.test_articles import ADD, typed

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.fixture
def topic() -> Topic:
    return Topic.objects.create(name="Water", slug="water")


def by_itself(client: Client, address: str, fields: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = client.post(address, fields, headers={"Accept": "application/json"})
    assert answer.status_code == status, answer.content
    said: dict[str, Any] = answer.json()
    return said


class Window:
    """A page that is open in a browser, and takes over what the server says."""

    def __init__(self, client: Client, fields: dict[str, Any], address: str = ADD, window: str = "w1") -> None:
        self.client, self.address = client, address
        self.fields = fields | {"window": window}
        self.said: dict[str, Any] = {}

    def type(self, answers: int = 200, /, **changes: Any) -> Window:
        self.fields |= changes
        self.said = by_itself(self.client, self.address, self.fields, answers)
        self.fields.pop("lead_picture_file", None)
        self.fields |= {k: v for k, v in self.said.get("fields", {}).items() if k != "lead_picture_file"}
        self.address = self.said.get("address", self.address)
        return self


def opened(client: Client, article: Article, fields: dict[str, Any], window: str) -> Window:
    """Somebody opens the page of an article."""
    last = revisions.newest(article)
    return Window(
        client,
        fields | {"opened_revision": article.revision, "opened_version": last.number if last else 0},
        f"/admin/newsletters/article/{article.pk}/change/",
        window,
    )


def page_of(article: Article, query: str = "") -> str:
    return f"/admin/newsletters/article/{article.pk}/change/{query}"


EMPTY: dict[str, Any] = {"title": "", "slug": "", "summary": "", "body": "", "topics": []}


def test_a_new_article_is_a_draft_from_its_first_word_on(editor: Client, topic: Topic) -> None:
    page = Window(editor, typed(topic) | EMPTY)
    page.type()
    assert not Article.objects.exists()
    page.type(title="R")
    article = Article.objects.get()
    assert (article.title, article.status, article.slug) == ("R", "draft", "r")
    page.type(title="Rivers rise", body="<p>They <b>rise</b>.</p>")
    article.refresh_from_db()
    assert Article.objects.count() == 1
    assert (article.title, article.body, article.slug) == (
        "Rivers rise",
        "<p>They <strong>rise</strong>.</p>",
        "rivers-rise",
    )
    assert page.said["address"] == page_of(article)


def test_a_lost_answer_makes_no_second_article(editor: Client, topic: Topic) -> None:
    fields = typed(topic) | EMPTY | {"window": "lost"}
    by_itself(editor, ADD, fields | {"title": "Once"})
    by_itself(editor, ADD, fields | {"title": "Once again"})
    by_itself(editor, ADD, fields | {"title": "Once again"})
    assert [article.title for article in Article.objects.all()] == ["Once again"]


def test_the_address_follows_the_headline_also_past_another_article(editor: Client, topic: Topic) -> None:
    editor.post(ADD, typed(topic, title="Rivers", slug="rivers"))
    page = Window(editor, typed(topic) | EMPTY)
    page.type(title="Rivers")
    article = Article.objects.latest("pk")
    assert article.slug == "rivers-2"
    page.type(title="Rivers rise", slug="rivers-2")
    article.refresh_from_db()
    assert article.slug == "rivers-rise"


def test_what_is_not_valid_yet_is_kept_and_shown_again(editor: Client, topic: Topic) -> None:
    editor.post(ADD, typed(topic, title="Other", slug="taken"))
    page = Window(editor, typed(topic) | EMPTY).type(title="A")
    page.type(title="Half", slug="taken", body="<p>words</p>")
    assert page.said["problems"][0]["place"] == "Address"
    assert "Kept at" in page.said["said"]
    article = Article.objects.get(title="A")
    shown = editor.get(page_of(article)).content.decode()
    assert "&lt;p&gt;words&lt;/p&gt;" in shown
    assert 'value="taken"' in shown
    assert "Kept, not complete yet" in shown
    assert "errorlist" not in shown
    page.type(slug="free")
    article.refresh_from_db()
    assert (article.title, article.slug, page.said["problems"]) == ("Half", "free", [])


def published(editor: Client, topic: Topic) -> Article:
    editor.post(ADD, typed(topic, status="published"))
    return Article.objects.get()


def public_page(article: Article) -> str:
    return Client().get(article.get_absolute_url()).content.decode()


def test_half_a_sentence_is_not_published(editor: Client, topic: Topic) -> None:
    article = published(editor, topic)
    page = opened(editor, article, typed(topic, status="published"), "w2")
    page.type(body="<p>They rise, and half a sent</p>", title="")
    assert "not published yet" in page.said["said"]
    article.refresh_from_db()
    assert (article.title, article.body) == ("Rivers rise", "<p>They rise.</p>")
    assert "half a sent" not in public_page(article)
    shown = editor.get(page_of(article)).content.decode()
    assert "half a sent" in shown
    assert "Below are unpublished changes" in shown
    assert "half a sent" in editor.get(f"{article.get_absolute_url()}preview/").content.decode()


def test_changes_are_published_by_the_button_alone(editor: Client, topic: Topic) -> None:
    article = published(editor, topic)
    page = opened(editor, article, typed(topic, status="published"), "w2").type(body="<p>All of it.</p>")
    assert editor.post(page.address, page.fields | {"_continue": "1"}).status_code == 302
    assert "All of it." in public_page(article)
    assert "Below are unpublished changes" not in editor.get(page_of(article)).content.decode()


def test_a_preview_of_a_published_article_publishes_nothing(editor: Client, topic: Topic) -> None:
    article = published(editor, topic)
    page = opened(editor, article, typed(topic, status="published", body="<p>Half a sent</p>"), "w2")
    answer = editor.post(page.address, page.fields | {"_preview": "1"})
    assert "Half a sent" in editor.get(answer["Location"]).content.decode()
    assert "Half a sent" not in public_page(article)


def test_an_incomplete_article_is_not_published_and_says_what_is_missing(editor: Client, topic: Topic) -> None:
    page = Window(editor, typed(topic) | EMPTY).type(title="Only a headline")
    answer = editor.post(page.address, page.fields | {"_publish": "1"}).content.decode()
    for name, words in (("summary", "Write a summary"), ("body", "Write the text"), ("topics", "at least one topic")):
        assert words in answer
        assert f'href="#id_{name}' in answer
    assert Article.objects.get().status == "draft"


def test_choosing_published_does_not_publish_before_a_button_is_pressed(editor: Client, topic: Topic) -> None:
    page = Window(editor, typed(topic)).type(title="Soon")
    page.type(status="published", body="<p>more</p>")
    article = Article.objects.get()
    assert article.status == "draft"
    assert article.published_at is None
    assert editor.post(page.address, page.fields | {"_save": "1"}).status_code == 302
    article.refresh_from_db()
    assert article.is_public


def test_unpublished_changes_can_be_kept_and_discarded_without_javascript(editor: Client, topic: Topic) -> None:
    article = published(editor, topic)
    fields = typed(topic, status="published", body="<p>Later</p>", opened_revision=article.revision, window="plain")
    assert editor.post(page_of(article), fields | {"_keep": "1"}).status_code == 302
    assert "Later" not in public_page(article)
    assert "&lt;p&gt;Later&lt;/p&gt;" in editor.get(page_of(article)).content.decode()
    assert editor.post(page_of(article), fields | {"_discard": "1"}).status_code == 302
    assert "&lt;p&gt;Later&lt;/p&gt;" not in editor.get(page_of(article)).content.decode()


@pytest.mark.parametrize("status", ["draft", "published"])
def test_the_second_of_two_is_told_and_overwrites_nobody(editor: Client, topic: Topic, status: str) -> None:
    editor.post(ADD, typed(topic, status=status))
    article = Article.objects.get()
    hers = opened(editor, article, typed(topic, status=status), "hers")
    mine = opened(editor, article, typed(topic, status=status), "mine")
    hers.type(body="<p>Hers</p>").type(body="<p>Hers, longer</p>")
    mine.type(409, body="<p>Mine</p>")
    assert "Someone else saved this article" in mine.said["html"]
    assert "Hers, longer" in editor.get(page_of(article)).content.decode()
    fresh = Article.objects.get()
    last = revisions.newest(fresh)
    assert last is not None
    mine.type(opened_revision=fresh.revision, opened_version=last.number)
    assert "Mine" in editor.get(page_of(article)).content.decode()


def test_the_byline_is_sent_again_and_again_without_ids(editor: Client, topic: Topic) -> None:
    ann, bob = Author.objects.create(name="Ann", slug="ann"), Author.objects.create(name="Bob", slug="bob")
    rows = {"articleauthor_set-TOTAL_FORMS": "2"}
    page = Window(editor, typed(topic, **rows))
    for first, second in ((ann, bob), (ann, bob), (bob, ann), (bob, None)):
        sent: dict[str, Any] = {
            "articleauthor_set-0-author": first.pk, "articleauthor_set-0-position": "1",
            "articleauthor_set-1-author": second.pk if second else "", "articleauthor_set-1-position": "2",
        }  # fmt: skip
        page.type(**sent)
        stored = list(ArticleAuthor.objects.order_by("position").values_list("author_id", flat=True))
        assert stored == [author.pk for author in (first, second) if author]


@pytest.mark.parametrize("status", ["draft", "published"])
def test_an_upload_is_a_picture_at_once_and_stays_chosen(editor: Client, topic: Topic, status: str) -> None:
    editor.post(ADD, typed(topic, status=status))
    article = Article.objects.get()
    page = opened(editor, article, typed(topic, status=status), "w2").type(lead_picture_file=picture_file())
    picture = Picture.objects.get()
    assert page.said["fields"]["lead_picture"] == str(picture.pk)
    assert "<img" in page.said["pictures"]["lead_picture_file"]  # the emptied field shows what became of the file
    page.type(title="Another headline")
    assert not page.said["pictures"]
    assert Picture.objects.count() == 1
    assert f'name="lead_picture" value="{picture.pk}"' in editor.get(page_of(article)).content.decode()


def test_a_file_that_is_no_picture_loses_no_words(editor: Client, topic: Topic) -> None:
    page = Window(editor, typed(topic)).type(title="A")
    page.type(body="<p>kept</p>", lead_picture_file=SimpleUploadedFile("a.jpg", b"no picture"))
    assert page.said["problems"]
    assert "&lt;p&gt;kept&lt;/p&gt;" in editor.get(page.address).content.decode()


def test_versions_say_who_changed_which_words_and_are_restored(editor: Client, topic: Topic) -> None:
    page = Window(editor, typed(topic)).type(body="<p>The river rises slowly.</p>")
    page.type(body="<p>The river falls slowly.</p>", summary="New")
    article = Article.objects.get()
    listed = editor.get(page.said["versions"]).content.decode()
    assert "<del> rises</del><ins> falls</ins>" in listed
    first = article.revisions.last()
    assert first is not None
    assert "<del> rises</del>" in editor.get(f"{page.said['versions']}?compare={first.number}").content.decode()
    restored = editor.get(page_of(article, f"?version={first.number}")).content.decode()
    assert "The river rises slowly." in restored
    assert "data-unsaved" in restored


@pytest.mark.parametrize("status", ["draft", "published"])
def test_what_was_typed_is_undone_and_redone(editor: Client, topic: Topic, status: str) -> None:
    editor.post(ADD, typed(topic, status=status, body="<p>One</p>"))
    article = Article.objects.get()
    page = opened(editor, article, typed(topic, status=status), "w2").type(body="<p>Two</p>").type(body="<p>Three</p>")
    assert (page.said["undo"], page.said["redo"]) == (True, False)

    def press(button: str) -> str:
        article.refresh_from_db()
        last = revisions.newest(article)
        assert last is not None
        seen = {"opened_revision": article.revision, "opened_version": last.number, "window": "w2"}
        assert editor.post(page.address, page.fields | seen | {button: "1"}).status_code == 302
        shown = editor.get(page.address).content.decode()
        return next(words for words in ("One", "Two", "Three") if f"&lt;p&gt;{words}&lt;/p&gt;" in shown)

    steps = ["_undo", "_undo", "_undo", "_redo", "_redo", "_redo", "_undo"]
    assert [press(step) for step in steps] == ["Two", "One", "One", "Two", "Three", "Three", "Two"]
    article.refresh_from_db()
    assert article.body == ("<p>Two</p>" if status == "draft" else "<p>One</p>")
    assert (article.status == "published") == (status == "published")


def test_what_a_program_wrote_can_be_restored(editor: Client, topic: Topic) -> None:
    author = Author.objects.create(name="Ann", slug="ann")
    article = make_article(title="By a program", body="<p>As it was.</p>")
    article.topics.add(topic)
    ArticleAuthor.objects.create(article=article, author=author, position=1)
    opened(editor, article, typed(topic, status="published"), "w2").type(body="<p>Changed.</p>")
    first = article.revisions.get(number=1)
    restored = editor.get(page_of(article, "?version=1")).content.decode()
    assert first.is_applied
    for shown in ("By a program", "&lt;p&gt;As it was.&lt;/p&gt;", f'value="{topic.pk}"', ">Ann</option>"):
        assert shown in restored
    assert f'name="published_at_0" value="{article.published_at:%Y-%m-%d}"' in restored


def test_more_than_an_article_holds_is_refused_before_anything_is_done(editor: Client, topic: Topic) -> None:
    page = Window(editor, typed(topic)).type(title="A")
    with CaptureQueriesContext(connection) as queries:
        page.type(422, body="<p>" + "x" * 1_400_000)
    assert "more than we can keep" in page.said["errors"][0]["message"]
    assert not any("UPDATE" in query["sql"] and "newsletters_article" in query["sql"] for query in queries)


def test_who_may_not_change_articles_saves_nothing(editor: Client, topic: Topic, client: Client) -> None:
    page = Window(editor, typed(topic)).type(title="A")
    client.force_login(User.objects.create_user("reader", is_staff=True))
    assert client.post(page.address, page.fields, headers={"Accept": "application/json"}).status_code == 403
    assert client.post(ADD, page.fields, headers={"Accept": "application/json"}).status_code == 403


def test_the_others_are_named_and_told_of_a_newer_version(editor: Client, topic: Topic, client: Client) -> None:
    page = Window(editor, typed(topic)).type(title="A")
    colleague = User.objects.create_superuser("amal", first_name="Amal")
    client.force_login(colleague)
    client.post(page.said["presence"])
    said = editor.post(page.said["presence"]).json()
    assert said["others"] == "Amal is editing this too."
    assert said["revision"] == ArticleRevision.objects.latest("number").number


def test_the_history_is_bounded() -> None:
    article = Article.objects.create(title="A", slug="a")
    for n in range(revisions.KEPT + 40):
        revisions.store_revision(article, [["title", str(n)]], is_applied=True, window="", by="", user=None)
    numbers = list(article.revisions.values_list("number", flat=True))
    assert len(numbers) <= revisions.KEPT + 2
    assert numbers[0] == revisions.KEPT + 40


def test_a_page_that_was_left_while_it_was_saved_is_no_second_editor(editor: Client, topic: Topic) -> None:
    page = Window(editor, typed(topic), window="left").type(body="<p>Last words</p>")
    address = f"/admin/newsletters/article/{Article.objects.get().pk}/presence/"
    assert editor.post(address, {"previous": "left"}).json()["own"] is True
    assert editor.post(address, {"previous": "another"}).json()["own"] is False
    assert editor.post(address).json()["own"] is False
    assert page.said["said"].startswith("Saved")
