"""Comments on the site: from the form to the page that says they wait, with nothing lost on the way."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from newsletters.articles.comments import THREADS_A_PAGE
from newsletters.models import Article, Comment
from newsletters.site.comments import HONEYPOT, shown_now
from tests.factories import make_article, make_comment

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def article() -> Article:
    return make_article(title="Who may pass?", slug="who", published_at=NOW - timedelta(days=1))


def form(**changed: str) -> dict[str, str]:
    """As a person fills it in."""
    with time_machine.travel(timezone.now() - timedelta(minutes=1)):
        shown = shown_now()
    return {"name": "Berta", "email": "berta@readers.example", "text": "Well said.", "shown": shown} | changed


def post(client: Client, **changed: str) -> HttpResponse:
    answer: HttpResponse = client.post("/articles/who/comment/", form(**changed))  # type: ignore[assignment]
    return answer


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def test_a_comment_is_taken_in_and_the_next_page_says_that_it_waits(client: Client, article: Article) -> None:
    answer = post(client)
    assert (answer.status_code, answer["Location"]) == (302, "/articles/who/comment/held/")
    assert "waiting for review" in page(client, answer["Location"])
    comment = Comment.objects.get()
    assert (comment.name, comment.email, comment.text, comment.state, comment.ip) == (
        "Berta", "berta@readers.example", "Well said.", "held", "127.0.0.1",
    )  # fmt: skip
    assert not client.cookies
    assert "Well said." not in page(client, "/articles/who/")


def test_comments_are_counted_when_there_are_any(client: Client, article: Article) -> None:
    for path in ("/", "/articles/who/"):
        assert not re.search(r"\d comment|No comments", page(client, path))
    for said in ("1 comment", "2 comments"):
        make_comment(article)
        assert f"<span>{said}</span>" in page(client, "/")
        assert f'<a href="#comments">{said}</a>' in page(client, "/articles/who/")


def test_a_comment_shows_its_name_and_text_and_never_its_address(client: Client, article: Article) -> None:
    make_comment(article, name="B <b>", text="See <b>\n\nhttps://example.org/", email="secret@readers.example")
    html = page(client, "/articles/who/")
    assert "B &lt;b&gt;" in html
    assert '<a href="https://example.org/" rel="nofollow ugc noopener">' in html
    assert "secret@" not in html


def test_the_page_of_an_article_is_the_same_for_everybody_who_commented_or_not(
    client: Client, article: Article
) -> None:
    before = client.get("/articles/who/")
    post(client)
    after = client.get("/articles/who/", headers={"if-none-match": before["ETag"]})
    assert after.status_code == 304
    comment = Comment.objects.get()
    comment.state = Comment.State.APPROVED
    comment.decided_at = timezone.now() + timedelta(seconds=2)
    comment.save()
    for headers in ({"if-none-match": before["ETag"]}, {"if-modified-since": before["Last-Modified"]}):
        assert client.get("/articles/who/", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("text", " \n ", "Enter your comment."),
        ("text", "x" * 3001, "3,000 characters or fewer; yours has 3001."),
        ("name", "\u202e ", "Enter the name"),
        ("name", "x" * 81, "This name is too long"),
        ("name", "\u0958" * 80, "This name is too long"),  # each of which is kept as two characters
        ("text", "\u0958" * 3000, "3,000 characters or fewer; yours has 6000."),
        ("name", "x" + "\u0301" * 60, "too many accents on one letter"),
        ("text", "x" + "\u0301" * 2000, "too many accents on one letter"),
        ("name", "www.evil.example", "A name can’t contain a web or email address"),
        ("email", "berta(at)example", ""),
    ],
)
def test_a_mistake_is_said_and_everything_typed_stands_there(
    client: Client, article: Article, field: str, typed: str, said: str
) -> None:
    kept = {"name": "Berta <1>", "email": "berta@readers.example", "text": "Long & wise.\n\nIndeed."}
    answer = post(client, **kept | {field: typed})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    assert f'href="#id_{field}"' in html
    kept.pop(field)
    for value in kept.values():
        assert value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in html
    assert not Comment.objects.exists()


def test_a_program_that_fills_in_everything_is_thanked_and_ignored(client: Client, article: Article) -> None:
    assert post(client, **{HONEYPOT: "https://spam.example"}).status_code == 302
    assert not Comment.objects.exists()


@pytest.mark.parametrize("shown", [None, "", "forged"])
def test_who_is_too_quick_presses_once_more(client: Client, article: Article, shown: str | None) -> None:
    answer = post(client, text="Keep me", shown=shown_now() if shown is None else shown)
    assert "submit the form again" in answer.content.decode()
    assert "Keep me" in answer.content.decode()
    assert not Comment.objects.exists()


def test_who_writes_without_end_waits_and_keeps_the_text(client: Client, article: Article, settings: Settings) -> None:
    settings.COMMENT_LIMITS_PER_IP = [(2, 60)]
    for number in range(2):
        assert post(client, text=f"Number {number}").status_code == 302
    answer = post(client, text="Number 3")
    assert answer.status_code == 429
    assert "Number 3" in answer.content.decode()
    assert int(answer["Retry-After"]) <= 61
    settings.COMMENT_LIMITS_PER_IP = []
    settings.COMMENT_LIMITS_PER_ADDRESS = [(0, 60)]
    assert post(client, text="Number 4").status_code == 429


def test_when_comments_closed_meanwhile_the_text_is_there_to_be_kept(client: Client, article: Article) -> None:
    Article.objects.filter(pk=article.pk).update(published_at=NOW - timedelta(days=31))
    answer = post(client, text="All my thoughts")
    assert answer.status_code == 403
    assert "Comments on this article are closed." in answer.content.decode()
    assert "All my thoughts" in answer.content.decode()
    assert "Submit comment" not in page(client, "/articles/who/")
    assert "No comments yet" not in page(client, "/")


def test_an_answer_stands_under_what_it_answers(client: Client, article: Article) -> None:
    first = make_comment(article, name="Carla", text="I doubt it.")
    assert f'href="/articles/who/comment/?to={first.pk}"' in page(client, "/articles/who/")
    asked = page(client, f"/articles/who/comment/?to={first.pk}")
    assert "I doubt it." in asked
    assert f'name="to" value="{first.pk}"' in asked
    post(client, to=str(first.pk))
    assert Comment.objects.get(name="Berta").parent == first
    for bad in ("x", "0", "-1", "9" * 18, "²"):
        page(client, f"/articles/who/comment/?to={bad}", 404)


def test_an_answer_to_what_was_taken_away_meanwhile_is_not_lost(client: Client, article: Article) -> None:
    gone = make_comment(article, state=Comment.State.SPAM)
    answer = post(client, to=str(gone.pk), text="My long answer")
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "is no longer there" in html
    assert "My long answer" in html
    assert 'name="to"' not in html
    assert post(client, to="x").status_code == 409
    assert not Comment.objects.filter(text="My long answer").exists()


def test_a_long_discussion_has_pages(client: Client, article: Article) -> None:
    for number in range(THREADS_A_PAGE + 1):
        make_comment(article, text=f"Number {number:02}")
    first = page(client, "/articles/who/")
    assert f"See all {THREADS_A_PAGE + 1} comments" in first
    assert f"Number {THREADS_A_PAGE:02}" not in first
    assert f"Number {THREADS_A_PAGE:02}" in page(client, "/articles/who/comments/?page=2")
    assert "Page 1 of 2" in page(client, "/articles/who/comments/")
    for number_ in ("0", "3", "x", "9" * 18):
        page(client, f"/articles/who/comments/?page={number_}", 404)
    page(client, "/articles/who/?page=x")


def test_nothing_can_be_said_about_what_is_not_public(client: Client) -> None:
    make_article(slug="draft", status="draft")
    for path in ("/articles/draft/comment/", "/articles/draft/comments/", "/articles/draft/comment/held/"):
        page(client, path, 404)
    assert client.post("/articles/draft/comment/", form()).status_code == 404


def test_a_discussion_takes_as_many_queries_for_many_as_for_one(
    client: Client, article: Article, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_comment(article, parent=make_comment(article))
    with django_assert_max_num_queries(12) as few:
        page(client, "/articles/who/")
    for _number in range(8):
        make_comment(article, parent=make_comment(article))
    with django_assert_max_num_queries(len(few)):
        page(client, "/articles/who/")
