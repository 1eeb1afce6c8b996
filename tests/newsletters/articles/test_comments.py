"""Comments: who may say something, what is shown of it, what the editors are told, and what is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.paginator import EmptyPage
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from mail.models import Message
from mail.outbox.sending import send_due
from newsletters.articles import comment_messages, comments
from newsletters.articles.comment_messages import tell_editors
from newsletters.articles.comments import Closed, Discussion, NoSuchComment, as_html
from newsletters.models import Article, Comment, Institute
from subscribers.erasure import erase
from tests.factories import make_article, make_comment, make_subscriber

pytestmark = pytest.mark.django_db
State = Comment.State


def hold(article: Article, institute: Institute | None = None, **more: Any) -> Comment:
    given = {
        "name": "Berta",
        "email": "berta@readers.example",
        "text": "Well said.",
        "ip": "192.0.2.1",
        "answers": None,
    }
    return comments.hold(article, institute or Institute(), **given | more)


def discussion(article: Article, institute: Institute | None = None) -> Discussion:
    comments.discuss([article], institute or Institute())
    found: Discussion = article.discussion  # type: ignore[attr-defined]
    return found


# --- Taking in ---------------------------------------------------------------------------------------------------
def test_a_comment_is_held_and_seen_by_nobody_until_it_is_approved() -> None:
    article = make_article()
    comment = hold(article)
    assert comment.state == State.HELD
    assert discussion(article).count == 0
    assert comments.first_threads(article)[0] == []
    assert comments.decide([comment.pk], State.APPROVED, by="ada") == 1
    assert discussion(article).count == 1
    comment.refresh_from_db()
    assert (comment.decided_by, comment.decided_at is not None) == ("ada", True)


def test_who_presses_twice_has_said_it_once() -> None:
    article = make_article()
    assert hold(article) == hold(article)
    assert hold(article, text="And more.") != hold(article)
    assert Comment.objects.count() == 2


def test_an_answer_to_an_answer_belongs_to_the_comment_that_began_it() -> None:
    article = make_article()
    first = make_comment(article)
    answer = hold(article, text="Is it?", answers=first.pk)
    comments.decide([answer.pk], State.APPROVED, by="ada")
    again = hold(article, text="It is.", answers=answer.pk)
    assert answer.parent == again.parent == first


def test_only_what_is_shown_on_this_article_can_be_answered() -> None:
    article = make_article()
    for comment in (make_comment(article, state=State.HELD), make_comment(make_article())):
        with pytest.raises(NoSuchComment):
            hold(article, answers=comment.pk)
    with pytest.raises(NoSuchComment):
        hold(article, answers=2**62)


@pytest.mark.parametrize(
    ("days", "age", "switch", "is_open"),
    [
        (30, 29, True, True), (30, 31, True, False), (30, 1, False, False), (None, 9999, True, True),
        (None, 1, False, False), (0, 0, True, False), (1, 0, True, True),
    ],
)  # fmt: skip
def test_comments_close_by_the_institutes_days_and_by_the_articles_switch(
    days: int | None, age: int, switch: bool, is_open: bool
) -> None:
    article = make_article(published_at=timezone.now() - timedelta(days=age, minutes=1))
    article.comments_open = switch
    institute = Institute(comments_days=days)
    assert discussion(article, institute).is_open is comments.is_open(article, institute) is is_open
    if is_open:
        hold(article, institute)
    else:
        with pytest.raises(Closed):
            hold(article, institute)


def test_nobody_comments_on_a_draft() -> None:
    with pytest.raises(Closed):
        hold(make_article(status="draft"))


def test_control_characters_and_heaps_of_empty_lines_are_taken_out() -> None:
    assert comments.clean_text(" a\x00b\r\nc\r\n\r\n \n\n\nd\x1b[0m ") == "ab\nc\n\nd[0m"
    assert comments.clean_text("می\u200cخواهم \U0001f469\u200d\U0001f680") == "می\u200cخواهم \U0001f469\u200d\U0001f680"
    assert comments.clean_name("  Ada\n\u202eLovelace\u2069 ") == "Ada Lovelace"


def test_what_stands_between_words_stays_a_space() -> None:
    assert comments.clean_text("a\tb\x0bc\x0cd\x85e") == "a b c d e"
    assert comments.clean_name("Ada\tLovelace") == "Ada Lovelace"
    assert comments.clean_name("A\ufffed\uffffa") == "Ada"


# --- Showing -----------------------------------------------------------------------------------------------------
def test_threads_stand_in_order_with_their_answers() -> None:
    article = make_article()
    first, second = make_comment(article, text="1"), make_comment(article, text="2")
    make_comment(article, text="1.1", parent=first)
    make_comment(article, text="1.2", parent=first)
    make_comment(article, text="hidden", parent=second, state=State.HELD)
    threads, _more = comments.first_threads(article)
    assert [(thread.comment.text, [answer.text for answer in thread.answers]) for thread in threads] == [
        ("1", ["1.1", "1.2"]), ("2", []),
    ]  # fmt: skip
    assert discussion(article).count == 4


def test_answers_to_what_was_taken_away_go_with_it() -> None:
    article = make_article()
    first = make_comment(article)
    make_comment(article, parent=first)
    comments.decide([first.pk], State.SPAM, by="ada")
    assert comments.first_threads(article)[0] == []
    assert discussion(article).count == 0


def test_many_threads_are_paged() -> None:
    article = make_article()
    for number in range(comments.THREADS_A_PAGE + 1):
        make_comment(article, text=str(number))
    assert len(comments.threads(article, 1)[0]) == len(comments.first_threads(article)[0]) == comments.THREADS_A_PAGE
    assert comments.first_threads(article)[1]
    assert [thread.comment.text for thread in comments.threads(article, 2)[0]] == [str(comments.THREADS_A_PAGE)]
    with pytest.raises(EmptyPage):
        comments.threads(article, 3)


def test_a_text_becomes_harmless_html() -> None:
    html = as_html("See https://example.org/?a=1&b=<script>\nor me@example.org\n\n<img src=x onerror=alert(1)> & so on")
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="https://example.org/?a=1&amp;b=' in html
    assert 'rel="nofollow ugc noopener"' in html
    assert html.count("<p>") == 2
    assert "javascript" not in as_html("javascript:alert(1)").replace("javascript:alert(1)", "")


@pytest.mark.parametrize("number", [2, 9])
def test_counts_of_many_articles_are_one_query(
    django_assert_max_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    articles = [make_article() for _ in range(number)]
    for article in articles[1:]:
        make_comment(article, parent=make_comment(article))
    with django_assert_max_num_queries(1):
        comments.discuss(articles, Institute())
    assert [article.discussion.count for article in articles] == [0, *[2] * (number - 1)]  # type: ignore[attr-defined]


# --- Telling the editors -----------------------------------------------------------------------------------------
@pytest.fixture
def institute() -> Institute:
    return Institute.objects.create(name="IRIA", contact_email="editor@iria.example")


def test_one_mail_says_what_waits_and_where(institute: Institute) -> None:
    article = make_article(title="Ships & straits")
    hold(article, text="Is <this> right?")
    comments.look_after()
    assert send_due() == 1
    (message,) = mail.outbox
    assert message.to == ["editor@iria.example"]
    assert message.subject == "1 comment is waiting for approval"
    for words in (
        "Ships & straits",
        "Berta",
        "Is <this> right?",
        "https://news.iria.example/admin/newsletters/comment/",
    ):
        assert words in message.body
    assert "berta@readers.example" not in message.body
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_flood_of_comments_is_no_flood_of_mails(institute: Institute, settings: Settings) -> None:
    article = make_article()
    now = timezone.now()
    for number in range(30):
        hold(article, text=f"Buy {number}")
        tell_editors(now + timedelta(seconds=number))
    assert send_due() == 1
    assert tell_editors(now + timedelta(seconds=settings.COMMENT_MAILS_EVERY + 1)) == 29
    assert send_due() == 1
    assert mail.outbox[1].subject == "30 comments are waiting for approval"
    assert "And 9 more." in mail.outbox[1].body
    assert tell_editors(now + timedelta(days=1)) == 0


def test_a_crash_leaves_neither_the_mark_nor_the_message(institute: Institute, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(make_article())

    def dies(*_: object) -> None:
        raise RuntimeError("power loss")

    with monkeypatch.context() as broken:
        broken.setattr(comment_messages, "post", dies)
        with pytest.raises(RuntimeError):
            comments.look_after()
    comments.look_after()
    assert send_due() == 1


def test_comments_that_were_decided_about_meanwhile_need_no_message(institute: Institute) -> None:
    comment = hold(make_article())
    comments.look_after()
    comments.decide([comment.pk], Comment.State.APPROVED, by="bea")
    assert send_due() == 0
    assert Message.objects.get().state == "dropped"


def test_comments_may_be_read_by_somebody_else_and_no_address_means_no_mail(institute: Institute) -> None:
    hold(make_article())
    institute.contact_email = ""
    institute.save()
    comments.look_after()
    assert not Message.objects.exists()
    institute.comments_email = "comments@iria.example"
    institute.save()
    comments.look_after()
    send_due()
    assert mail.outbox[0].to == ["comments@iria.example"]


# --- Forgetting --------------------------------------------------------------------------------------------------
def test_addresses_of_machines_are_forgotten_and_spam_goes(settings: Settings) -> None:
    article = make_article()
    kept = make_comment(article, ip="192.0.2.1")
    spam = make_comment(article, state=State.SPAM, ip="192.0.2.2")
    now = timezone.now()
    comments.forget(now)
    assert Comment.objects.filter(ip__isnull=False).count() == 2
    comments.forget(now + timedelta(days=settings.COMMENT_IP_DAYS, minutes=1))
    kept.refresh_from_db()
    spam.refresh_from_db()
    assert [kept.ip, spam.ip] == [None, None]
    comments.forget(now + timedelta(days=settings.COMMENT_SPAM_DAYS, minutes=1))
    assert list(Comment.objects.all()) == [kept]


def test_spam_takes_no_approved_answers_with_it(settings: Settings) -> None:
    article = make_article()
    answered, lonely = (make_comment(article, state=State.SPAM) for _number in range(2))
    answer = make_comment(article, parent=answered)
    make_comment(article, parent=lonely, state=State.SPAM)
    long_after = timezone.now() + timedelta(days=settings.COMMENT_SPAM_DAYS, minutes=1)
    comments.forget(long_after)
    assert set(Comment.objects.all()) == {answered, answer}
    comments.decide([answer.pk], State.SPAM, by="ada")
    comments.forget(long_after + timedelta(days=settings.COMMENT_SPAM_DAYS))
    assert not Comment.objects.exists()


def test_addresses_of_people_are_forgotten_some_months_after_the_decision(settings: Settings) -> None:
    article = make_article()
    decided, waiting = make_comment(article), make_comment(article, state=State.HELD)
    now = timezone.now()
    comments.forget(now + timedelta(days=settings.COMMENT_ADDRESS_DAYS, minutes=-1))
    assert not Comment.objects.filter(email="").exists()
    comments.forget(now + timedelta(days=settings.COMMENT_ADDRESS_DAYS, minutes=1))
    assert list(Comment.objects.filter(email="")) == [decided]
    assert list(Comment.objects.exclude(email="")) == [waiting]


def test_the_address_of_a_person_who_is_erased_goes_from_their_comments() -> None:
    article = make_article()
    for email in ("ada@example.org", "Ada@example.org", "ÅDA@example.org", "bob@example.org", "x.ada@example.org"):
        make_comment(article, email=email, ip="192.0.2.1")
    erase(make_subscriber("ada@example.org"), note="asked by letter", by="bea")
    left = set(Comment.objects.exclude(email="").values_list("email", flat=True))
    assert left == {"ÅDA@example.org", "bob@example.org", "x.ada@example.org"}
    assert Comment.objects.filter(ip__isnull=True).count() == 2
    erase(make_subscriber("åda@example.org"), note="asked by letter", by="bea")
    assert not Comment.objects.filter(email__startswith="Å").exists()
