"""What the page of an article may be sent: by a sloppy program, by somebody with few rights, by somebody hostile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from newsletters.models import Article, Author, Picture
from subscribers.models import Topic
from tests.newsletters.admin.conftest import picture_file
from tests.newsletters.admin.content.test_article_saving import Window, opened, published
from tests.newsletters.admin.content.test_articles import ADD, typed

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def topic() -> Topic:
    return Topic.objects.create(name="Water", slug="water")


def test_what_a_database_cannot_keep_is_left_out_and_the_rest_is_kept(editor: Client, topic: Topic) -> None:
    page = Window(editor, typed(topic)).type(title="A\0 river", body="<p>Wa\0ter.</p>", **{"un\0known": "x\0"})
    article = Article.objects.get()
    assert (article.title, article.body) == ("A river", "<p>Water.</p>")
    assert page.said["said"].startswith("Saved at")


@pytest.mark.parametrize("author", ["abc", "1.5", "9" * 19, "-1", "a\0"])
def test_an_author_that_is_none_leaves_the_page_as_it_is(editor: Client, topic: Topic, author: str) -> None:
    rows = {"articleauthor_set-TOTAL_FORMS": "1", "articleauthor_set-0-author": author}
    for status in ("draft", "published"):
        page = Window(editor, typed(topic, title=f"Rivers {status}"), window=status).type(status=status, **rows)
        assert editor.get(page.address).status_code == 200
    assert editor.post(ADD, typed(topic, title="By the form", **rows)).status_code in {200, 302}


def test_who_may_not_publish_leaves_nothing_for_others_to_press(
    browser_of: Callable[[str], Client], editor: Client, topic: Topic
) -> None:
    sent = typed(topic, status="published", published_at_0="2020-01-01", published_at_1="00:00:00")
    page = Window(browser_of("Writer"), sent).type(title="Planted")
    article = Article.objects.get()
    assert article.status == Article.Status.DRAFT
    kept = {name for revision in article.revisions.all() for name, _value in revision.fields}
    assert not kept & {"status", "published_at_0", "published_at_1"}
    html = editor.get(page.address).content.decode()
    assert "2020-01-01" not in html


def test_a_text_that_grows_when_it_is_cleaned_is_refused_in_words(editor: Client, topic: Topic) -> None:
    page = Window(editor, typed(topic)).type(title="Ands", body=f"<p>{'&' * 300_000}</p>")
    assert "1 MB at most" in page.said["problems"][0]["message"]


def test_the_words_of_an_upload_fit_into_the_table(editor: Client, topic: Topic) -> None:
    page = opened(editor, published(editor, topic), typed(topic), "w2")
    page.type(lead_picture_file=picture_file(), lead_picture_alt="a\0" + "b" * 400)
    assert len(Picture.objects.get().alt) == 300


def test_publishing_says_that_it_is_public_or_when_it_will_be(editor: Client, topic: Topic) -> None:
    def said(**fields: str) -> str:
        answer = editor.post(ADD, typed(topic, slug="", _publish="1", **fields), follow=True)
        return answer.content.decode().partition('class="messagelist"')[2].partition("</ul>")[0]

    assert "“Now” is public." in said(title="Now")
    later = said(title="Later", published_at_0="2031-03-01", published_at_1="07:00:00")
    assert "“Later” will be public from 1 March 2031" in later


def test_versions_name_what_changed_and_nothing_else(editor: Client, topic: Topic) -> None:
    editor.post(ADD, typed(topic, body="<p>One.</p>\n<p>Two.</p>"))
    article = Article.objects.get()
    author = Author.objects.create(name="Ada", slug="ada")
    empty = {
        "articleauthor_set-TOTAL_FORMS": "2",
        "articleauthor_set-0-author": "",
        "articleauthor_set-0-position": "0",
    }
    page = opened(editor, article, typed(topic, body="<p>One.</p>\r\n<p>Two.</p>", **empty), "w3").type(summary="Less.")

    def said() -> str:
        html = editor.get(f"/admin/newsletters/article/{article.pk}/versions/").content.decode()
        return html.partition("iria-versions")[2].partition("First version")[0]

    assert "Summary" in said()
    assert "Only its formatting" not in said()
    assert "Also changed" not in said()
    page.type(**{"articleauthor_set-0-author": str(author.pk)})
    assert "Also changed" in said()
    assert "authors" in said()
