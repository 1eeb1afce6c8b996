"""The search: what it finds, in which order, and what it does with anything that can be typed."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from newsletters.articles import searching
from newsletters.articles.searching import Alternative, Query, SearchResults
from newsletters.models import Article, ArticleText, Author
from tests.factories import make_article

pytestmark = pytest.mark.django_db


def find(typed: str, **options: bool) -> SearchResults:
    return searching.search(Query.read(typed), limit=10, **options)


def titles(typed: str, **options: bool) -> list[str]:
    names = dict(Article.objects.values_list("pk", "title"))
    return [names[hit.article_id] for hit in find(typed, **options).hits]


# --- Reading ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ships straits", [(("ships", "straits"), ())]),
        ('"no-fly zone" -Iran', [(("no-fly zone",), ("Iran",))]),
        ('ships OR boats -"old wood"', [(("ships",), ()), (("boats",), ("old wood",))]),
        ('"never closed', [(("never closed",), ())]),
        ("or OR or", []),
        ("-Iran", []),
        ('  - "" ?! * ( ) :', []),
        ("\x00a\ue000b\ue001", [(("ab",), ())]),
        ("a " * 50, [(("a",) * 12, ())]),
        ("＂no-fly zone＂ foo＂bar", [(("no-fly zone", "foo", "bar"), ())]),
    ],
)
def test_a_query_is_read_as_people_write_it(typed: str, read: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
    assert Query.read(typed).alternatives == tuple(Alternative(*each) for each in read)


# --- Finding ---------------------------------------------------------------------------------------------------
def test_headline_summary_text_and_author_are_looked_through() -> None:
    make_article(title="Ships at anchor")
    make_article(title="B", summary="About straits.")
    make_article(title="C", body="<p>Of <em>harbours</em> and ports.</p>")
    make_article(title="D", author="Ada Lovelace")
    assert titles("ships") == ["Ships at anchor"]
    assert titles("strait") == ["B"]  # in another form
    assert titles("HARBOUR ports") == ["C"]
    assert titles("lovelace") == ["D"]
    assert titles("ships straits") == []
    assert sorted(titles("ships or straits")) == ["B", "Ships at anchor"]


def test_phrases_and_words_left_out() -> None:
    make_article(title="The no-fly zone over Libya")
    make_article(title="A zone where nothing may fly")
    assert titles('"fly zone"') == ["The no-fly zone over Libya"]
    assert titles("zone -Libya") == ["A zone where nothing may fly"]


def test_a_headline_weighs_more_than_the_text_and_the_newest_may_come_first() -> None:
    now = timezone.now()
    text = "<p>" + "Much about many other things. " * 30 + "Then ships.</p>"
    make_article(title="Harbours", body=text, published_at=now)
    make_article(title="Ships", published_at=now - timedelta(days=900))
    assert titles("ships") == ["Ships", "Harbours"]
    assert titles("ships", newest_first=True) == ["Harbours", "Ships"]


@pytest.mark.parametrize(
    ("typed", "title"),
    [("Erdogan", "Erdoğan speaks"), ("Erdoğan", "Erdogan speaks"), ("lodz", "In Łódź"), ("müller", "Müller & Söhne"),
     ("الشرق", "الشرق الأوسط")],
)  # fmt: skip
def test_letters_match_without_their_marks(typed: str, title: str) -> None:
    make_article(title=title)
    assert titles(typed) == [title]


def test_only_what_the_public_may_see_is_found() -> None:
    make_article(title="Ships, a draft", status="draft")
    make_article(title="Ships of tomorrow", published_at=timezone.now() + timedelta(days=1))
    shown = make_article(title="Ships today")
    assert titles("ships") == ["Ships today"]
    Article.objects.filter(pk=shown.pk).update(status="draft")
    assert find("ships") == SearchResults(0)


def test_tags_and_attributes_of_the_text_are_no_words() -> None:
    make_article(title="A", body='<h2>Head</h2><p><a href="https://example.org/strong" title="t">link</a></p>')
    assert titles("strong") == titles("href") == titles("h2") == []
    assert titles("head link") == ["A"]


# --- Marking ---------------------------------------------------------------------------------------------------
def test_matches_are_marked_in_the_headline_and_where_they_stand() -> None:
    make_article(
        title="Ships & straits", body="<p>" + "Before it. " * 60 + "The ship passed. " + "After. " * 60 + "</p>"
    )
    hit = find("ship").hits[0]
    assert hit.title == "<mark>Ships</mark> &amp; straits"
    assert "<mark>ship</mark> passed" in hit.excerpt
    assert len(hit.excerpt) < 500


def test_the_summary_stands_where_the_text_holds_no_match() -> None:
    make_article(title="Ships", summary="What it says.")
    assert find("ships").hits[0].excerpt == "What it says."


def test_nothing_in_an_article_becomes_markup() -> None:
    make_article(
        title="Ships <script>alert(1)</script>",
        summary="<img src=x onerror=alert(1)> ships",
        body="<p>ships &lt;script&gt;alert(2)&lt;/script&gt; \ue000b\ue001</p>",
    )
    hit = find("ships").hits[0]
    for said in (hit.title, hit.excerpt):
        assert "<" not in said.replace("<mark>", "").replace("</mark>", "")
    assert find("alert").total == 1


HOSTILE = [
    '"', "'", "'''", '""', "\\", "%", "%s", "%(query)s", "*", "a*", "^a", "a AND", "AND", "NOT", "NOT a", "NEAR(a b)",
    "a:b", "title:a", "(", ")", "(a", "a)", "&", "|", "!", "<->", "a <-> b", "a & | b", ":*", "a:*", "-", "--", "- -a",
    "a -- b", "; DROP TABLE x", "\x00", "a\x00b", "\ud800", "a\ud800", "\ue000a\ue001", "\u202eabc", "{a}", "{order}",
    "a" * 10_000, "a " * 5_000, '"a' * 3_000, "-a " * 5_000, "or " * 3_000, "(" * 10_000, "\U0001f600", "½", "٣",
    "１２", "\u0301", "a\u0301", "the", "the of and", '"the" or a', "-the a",
]  # fmt: skip


def test_nothing_that_can_be_typed_is_an_error() -> None:
    make_article(title="A the abc")
    for typed in HOSTILE:
        assert find(typed).total in {0, 1}, typed


def test_letters_that_fold_into_signs_of_the_database_are_words_and_no_signs() -> None:
    signs = set("\"'*()^:-+{}&|!<>\\")
    become = [letter for letter in map(chr, range(0x80, 0x10000)) if signs & set(unicodedata.normalize("NFKD", letter))]
    assert {*"＂＊（）＾：", "⑴", "﹙", "⁺"} <= {*become}
    make_article(title="A the abc")
    for letter in become:
        for typed in (f"foo{letter}bar", f"{letter}foo", f"foo{letter}", f'"foo {letter} bar"', f"foo{letter} OR abc"):
            find(typed)
    assert searching._for_sqlite(Query((Alternative(("foo＂ OR bar",)),))).count('"') == 4


# --- Keeping up ------------------------------------------------------------------------------------------------
def test_what_is_found_follows_every_change() -> None:
    article = make_article(title="Ships", author="Ada")
    article.title = "Boats"
    article.save()
    assert titles("ships") == []
    assert titles("boats") == ["Boats"]
    author = Author.objects.get()
    author.name = "Grace"
    author.save()
    assert titles("ada") == []
    assert titles("grace") == ["Boats"]
    article.articleauthor_set.get().delete()
    assert titles("grace") == []
    article.delete()
    assert find("boats") == SearchResults(0)
    assert not ArticleText.objects.exists()


def test_what_came_in_around_us_is_indexed_by_a_command() -> None:
    Article.objects.bulk_create(
        [Article(title=f"Ships {n}", slug=f"s{n}", summary="s", body="b", status="published",
                 published_at=timezone.now()) for n in range(3)]
    )  # fmt: skip
    assert find("ships").total == 0
    call_command("index_articles", verbosity=0)
    assert find("ships").total == 3
    Article.objects.update(title="Boats")
    call_command("index_articles", "--all", verbosity=0)
    assert find("boats").total == 3


def test_a_text_of_a_megabyte_can_be_saved_and_found() -> None:
    words = " ".join(f"w{number:x}" for number in range(140_000))
    make_article(title="Long", body=f"<p>{words}</p>")
    assert titles("w1a") == ["Long"]


def test_a_search_takes_as_many_queries_for_many_articles_as_for_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_article(title="Ships")
    with django_assert_max_num_queries(3) as few:
        assert find("ships").total == 1
    for _number in range(9):
        make_article(title="Ships")
    with django_assert_max_num_queries(len(few)):
        assert len(find("ships").hits) == 10


@pytest.mark.postgres_only
def test_the_index_of_postgresql_is_used() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT 1 FROM newsletters_articletext WHERE document @@ 'a'::tsquery")
        assert "article_search" in str(cursor.fetchall())
