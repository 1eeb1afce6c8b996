"""The queue of comments: what waits is shown, one press decides, and what is deleted is gone."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from newsletters.models import Comment
from tests.factories import make_article, make_comment

pytestmark = pytest.mark.django_db
QUEUE = "/admin/newsletters/comment/"
State = Comment.State


def test_the_queue_shows_what_waits_the_oldest_first_and_says_how_much(editor: Client) -> None:
    article = make_article(title="Ships & straits")
    for number in range(3):
        make_comment(article, text=f"Number {number} <b>", state=State.HELD)
    make_comment(article, text="Old and approved")
    html = editor.get(QUEUE).content.decode()
    assert "Waiting (3)" in html
    assert html.index("Number 0 &lt;b&gt;") < html.index("Number 2 &lt;b&gt;")
    assert "Old and approved" not in html
    assert "Old and approved" in editor.get(f"{QUEUE}?state=approved").content.decode()
    assert "Old and approved" in editor.get(f"{QUEUE}?state=all").content.decode()


@pytest.mark.parametrize(
    ("deed", "state"), [("approve", State.APPROVED), ("spam", State.SPAM), ("hold", State.HELD)]
)  # fmt: skip
def test_one_press_decides_and_comes_back_to_the_list(editor: Client, deed: str, state: str) -> None:
    before = State.HELD if deed != "hold" else State.SPAM
    comment = make_comment(make_article(), state=before)
    listed = f"http://testserver{QUEUE}?q=berta"
    assert f'formaction="{QUEUE}{comment.pk}/{deed}/"' in editor.get(f"{QUEUE}?state=all").content.decode()
    answer = editor.post(f"{QUEUE}{comment.pk}/{deed}/", headers={"referer": listed})
    assert (answer.status_code, answer["Location"]) == (302, listed)
    comment.refresh_from_db()
    assert comment.state == state
    assert comment.decided_by == ("" if deed == "hold" else "editor")


def test_a_script_is_answered_with_what_to_say(editor: Client) -> None:
    comment = make_comment(make_article(), state=State.HELD)
    make_comment(make_article(), state=State.HELD)
    answer = editor.post(f"{QUEUE}{comment.pk}/approve/", headers={"accept": "application/json"}).json()
    assert answer == {"said": "Comment by Berta approved.", "waiting": "Waiting (1)"}


def test_many_are_decided_at_once(editor: Client) -> None:
    article = make_article()
    ids = [make_comment(article, state=State.HELD).pk for _ in range(3)]
    editor.post(QUEUE, {"action": "spam_chosen", "_selected_action": ids[:2]})
    assert sorted(Comment.objects.values_list("state", flat=True)) == ["held", "spam", "spam"]


def test_only_who_writes_decides(browser_of: object, client: Client) -> None:
    comment = make_comment(make_article(), state=State.HELD)
    assert browser_of("Manager").post(f"{QUEUE}{comment.pk}/approve/").status_code == 403  # type: ignore[operator]
    assert client.post(f"{QUEUE}{comment.pk}/approve/").status_code == 401  # the login, which keeps what was sent
    comment.refresh_from_db()
    assert comment.state == State.HELD


def test_a_press_needs_the_token_of_our_own_page(editor: Client) -> None:
    comment = make_comment(make_article(), state=State.HELD)
    stranger = Client(enforce_csrf_checks=True)
    stranger.cookies = editor.cookies
    assert stranger.post(f"{QUEUE}{comment.pk}/approve/").status_code == 403
    assert editor.get(f"{QUEUE}{comment.pk}/approve/").status_code == 405


def test_nobody_is_sent_to_another_site_after_a_press(editor: Client) -> None:
    comment = make_comment(make_article(), state=State.HELD)
    evil = "https://evil.example/newsletters/comment/"
    assert editor.post(f"{QUEUE}{comment.pk}/spam/", headers={"referer": evil})["Location"] == QUEUE


def test_a_comment_that_is_deleted_leaves_no_word_behind(editor: Client) -> None:
    comment = make_comment(make_article(), name="Berta", text="Delete me please")
    assert "Delete me" in editor.get(f"{QUEUE}?state=all&q=berta@readers.example").content.decode()
    data = {"action": "delete_selected", "_selected_action": [comment.pk], "post": "yes"}
    editor.post(f"{QUEUE}?state=all", data)
    assert not Comment.objects.exists()
    (entry,) = LogEntry.objects.all()
    assert "Berta" not in entry.object_repr
    assert "Delete" not in entry.object_repr


def test_a_long_queue_takes_as_many_queries_as_a_short_one(
    editor: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_comment(make_article(), state=State.HELD, parent=make_comment(make_article()))
    with django_assert_max_num_queries(20) as few:
        assert editor.get(QUEUE).status_code == 200
    for _number in range(9):
        make_comment(make_article(), state=State.HELD, parent=make_comment(make_article()))
    with django_assert_max_num_queries(len(few)):
        assert editor.get(QUEUE).status_code == 200
