"""Searching published articles: by headline, summary, authors and text, best match first.

A query is read as people write it elsewhere: words that must all be there, "a phrase", -without, one or another. Both
databases get the same reading of it, whatever was typed: nothing in a query is an error. English words match in all
their forms (Porter's stems), and letters with diacritics match those without. Words of scripts written without spaces
are found only as whole runs between spaces or punctuation.

Only articles that the public may see at this moment are found. What is found says where: matched words are marked, and
everything else in it is escaped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models.signals import post_delete, post_save
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from lib.characters import composed, decomposed, with_shorter_runs
from lib.html_text import html_to_words
from newsletters.models import Article, ArticleAuthor, ArticleText, Author

LONGEST_QUERY = 200  # characters; the rest is not looked at
MOST_TERMS = 12
# PostgreSQL refuses a tsvector of a megabyte, which the words of a longer text might make.
MOST_INDEXED = 250_000  # characters
_START, _STOP = "\ue000", "\ue001"  # around matched words, until everything is escaped
_TERM = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')
_UNMARKED: dict[int, int | None] = str.maketrans("", "", f"\x00{_START}{_STOP}")
# The fold turns the one into the other: it is a quote from the beginning.
_QUOTES = {ord("＂"): ord('"')}
# Letters that Unicode does not take apart.
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE",
     "ı": "i", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th"}
)  # fmt: skip


# --- Reading a query -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Alternative:
    """What must be there, and what must not. Each is a word or a phrase."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Query:
    """Any of the alternatives. None: there is nothing to look for."""

    alternatives: tuple[Alternative, ...]

    @classmethod
    def read(cls, typed: str) -> Query:
        alternatives = []
        wanted: list[str] = []
        unwanted: list[str] = []
        for minus, words in [*_terms(typed), ("", None)]:
            if words is None:  # “or”, or the end
                if wanted:
                    alternatives.append(Alternative(tuple(wanted), tuple(unwanted)))
                wanted, unwanted = [], []
            else:
                (unwanted if minus else wanted).append(words)
        return cls(tuple(alternatives))

    def __bool__(self) -> bool:
        return bool(self.alternatives)


def _terms(typed: str) -> Iterator[tuple[str, str | None]]:
    """Each term with its minus; None for “or”. At most `MOST_TERMS`."""
    found = 0
    looked_at = typed[:LONGEST_QUERY].encode("utf-8", "ignore").decode()  # without halves of characters
    text = composed(with_shorter_runs(looked_at))
    for minus, phrase, word in _TERM.findall(text.translate({**_UNMARKED, **_QUOTES})):
        words = phrase or word
        if word.lower() == "or":
            yield "", None
        elif any(character.isalnum() for character in words):
            yield minus, words
            found += 1
            if found == MOST_TERMS:
                return


def without_diacritics(text: str) -> str:
    apart = decomposed(text.translate(_PLAIN_LETTERS))
    return "".join(character for character in apart if not unicodedata.combining(character))


# --- Finding ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Hit:
    article_id: int
    title: SafeString
    excerpt: SafeString


@dataclass(frozen=True)
class SearchResults:
    """One page of what was found, and how many there are altogether."""

    total: int
    hits: Sequence[Hit] = ()


_POSTGRES_COUNT = """
SELECT count(*) FROM newsletters_articletext t JOIN newsletters_article a ON a.id = t.article_id
WHERE t.document @@ (%(query)s)::tsquery AND a.status = 'published' AND a.published_at <= %(now)s
"""
_POSTGRES_PAGE = """
WITH page AS (
  SELECT a.id, t.title, t.summary, t.body, ts_rank(t.document, (%(query)s)::tsquery) AS score, a.published_at
  FROM newsletters_articletext t JOIN newsletters_article a ON a.id = t.article_id
  WHERE t.document @@ (%(query)s)::tsquery AND a.status = 'published' AND a.published_at <= %(now)s
  ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s
)
SELECT id,
  ts_headline('english', title, (%(query)s)::tsquery, %(whole)s),
  ts_headline('english', summary, (%(query)s)::tsquery, %(whole)s),
  ts_headline('english', body, (%(query)s)::tsquery, %(part)s)
FROM page ORDER BY {order}
"""
_SQLITE_FROM = """
FROM newsletters_articlesearch JOIN newsletters_articletext t ON t.id = newsletters_articlesearch.rowid
JOIN newsletters_article a ON a.id = t.article_id
WHERE newsletters_articlesearch MATCH %(query)s AND a.status = 'published' AND a.published_at <= %(now)s
"""
_SQLITE_PAGE = (
    """
SELECT a.id,
  highlight(newsletters_articlesearch, 0, %(start)s, %(stop)s),
  highlight(newsletters_articlesearch, 1, %(start)s, %(stop)s),
  snippet(newsletters_articlesearch, 3, %(start)s, %(stop)s, '…', 32)
"""
    + _SQLITE_FROM
    + "ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s"
)
# A match in the headline weighs most, then summary and authors, then the text.
_BEST = {
    "postgresql": "score DESC, published_at DESC, id DESC",
    "sqlite": "bm25(newsletters_articlesearch, 10.0, 4.0, 4.0, 1.0, 1.0), a.published_at DESC, a.id DESC",
}
_NEWEST = {"postgresql": "published_at DESC, id DESC", "sqlite": "a.published_at DESC, a.id DESC"}


def search(query: Query, *, limit: int, offset: int = 0, newest_first: bool = False) -> SearchResults:
    """What the public may see of what matches. Two queries; none for a query that looks for nothing."""
    if not query:
        return SearchResults(0)
    vendor = connection.vendor
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    given: dict[str, Any] = {"now": now, "limit": limit, "offset": offset}
    order = (_NEWEST if newest_first else _BEST)[vendor]
    if vendor == "postgresql":
        marks = f'StartSel="{_START}", StopSel="{_STOP}"'
        given |= {
            "query": _for_postgres(query),
            "whole": f"{marks}, HighlightAll=true",
            "part": f'{marks}, MaxFragments=2, MaxWords=24, MinWords=10, FragmentDelimiter=" … "',
        }
        count, page = _POSTGRES_COUNT, _POSTGRES_PAGE.format(order=order)
    else:
        given |= {"query": _for_sqlite(query), "start": _START, "stop": _STOP}
        count, page = "SELECT count(*)" + _SQLITE_FROM, _SQLITE_PAGE.format(order=order)
    with connection.cursor() as cursor:
        cursor.execute(count, given)
        total: int = cursor.fetchone()[0]
        if not total or offset >= total:
            return SearchResults(total)
        cursor.execute(page, given)
        hits = [Hit(pk, _marked(title), _excerpt(summary, body)) for pk, title, summary, body in cursor.fetchall()]
    return SearchResults(total, hits)


def _for_postgres(query: Query) -> str:
    """The query as a tsquery; PostgreSQL reads any text that websearch_to_tsquery is given."""
    with connection.cursor() as cursor:
        texts = dict.fromkeys([_websearch(query, fold=False), _websearch(query, fold=True)])
        either = " || ".join(["websearch_to_tsquery('english', %s)"] * len(texts))
        cursor.execute(f"SELECT ({either})::text", list(texts))
        read: str = cursor.fetchone()[0]
    return read


def _websearch(query: Query, *, fold: bool) -> str:
    def quoted(words: str) -> str:
        return _quoted(without_diacritics(words) if fold else words)

    return " or ".join(
        " ".join([*map(quoted, each.wanted), *(f"-{quoted(words)}" for words in each.unwanted)])
        for each in query.alternatives
    )


def _for_sqlite(query: Query) -> str:
    """The query in FTS5's own language, with everything that was typed inside quotes."""

    def either(words: str) -> str:
        spellings = dict.fromkeys([words, without_diacritics(words)])
        return "(" + " OR ".join(map(_quoted, spellings)) + ")"

    return " OR ".join(
        "(" + " NOT ".join([" AND ".join(map(either, each.wanted)), *map(either, each.unwanted)]) + ")"
        for each in query.alternatives
    )


def _quoted(words: str) -> str:
    """Nothing in it ends the quotes, whatever letters it was made of."""
    return '"' + words.replace('"', " ") + '"'


def _marked(text: str) -> SafeString:
    """Escaped first, marked afterwards: nothing in an article can become markup."""
    return mark_safe(escape(text).replace(_START, "<mark>").replace(_STOP, "</mark>"))  # noqa: S308


def _excerpt(summary: str, body: str) -> SafeString:
    """The summary when it holds a match or nothing else does; else the place in the text."""
    return _marked(body if _START in body and _START not in summary else summary)


# --- Keeping the texts up --------------------------------------------------------------------------------------
def keep_up() -> None:
    """After an article, a by-line or an author's name is saved, what is found follows. Called once, at the start.

    What goes around Django's signals (bulk_create, SQL) is made good by `index_missing`, which `manage.py
    index_articles` calls.
    """
    post_save.connect(_article_saved, Article, dispatch_uid="newsletters.searching")
    post_save.connect(_byline_changed, ArticleAuthor, dispatch_uid="newsletters.searching")
    post_delete.connect(_byline_changed, ArticleAuthor, dispatch_uid="newsletters.searching")
    post_save.connect(_author_saved, Author, dispatch_uid="newsletters.searching")


def _article_saved(instance: Article, raw: bool, update_fields: Iterable[str] | None, **_: Any) -> None:
    if not raw and (update_fields is None or {"title", "summary", "body"} & set(update_fields)):
        index([instance])


def _byline_changed(instance: ArticleAuthor, **_: Any) -> None:
    # None of an article that is being deleted with its by-lines: its text went first.
    index(Article.objects.filter(pk=instance.article_id, text__isnull=False))


def _author_saved(instance: Author, created: bool, **_: Any) -> None:
    if not created:
        index(Article.objects.filter(authors=instance))


@contextmanager
def indexed_together() -> Iterator[None]:
    """What is saved within the context is indexed at its end, each article once. For many at a time, within one
    transaction: an error writes nothing."""
    waiting: set[int] = set()
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    if waiting:
        index(Article.objects.filter(pk__in=waiting))


_waiting: ContextVar[set[int] | None] = ContextVar("waiting", default=None)


def index(articles: Iterable[Article]) -> None:
    """Write the texts of these articles anew."""
    articles = list(articles)
    if (waiting := _waiting.get()) is not None:
        waiting.update(article.pk for article in articles)
        return
    names: dict[int, list[str]] = {article.pk: [] for article in articles}
    bylines = ArticleAuthor.objects.filter(article__in=names).order_by("position", "pk")
    for article_id, name in bylines.values_list("article_id", "author__name"):
        names[article_id].append(name)
    ArticleText.objects.bulk_create(
        [ArticleText(article=article, **words_of(article, names[article.pk])) for article in articles],
        update_conflicts=True,
        unique_fields=["article"],
        update_fields=["title", "summary", "authors", "body", "folded"],
    )


def index_missing(everything: bool = False) -> int:
    """Index the articles that have no text yet, or all of them. How many it were."""
    todo = Article.objects.all() if everything else Article.objects.filter(text__isnull=True)
    ids = list(todo.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), 200):
        index(Article.objects.filter(pk__in=ids[start : start + 200]))
    return len(ids)


def words_of(article: Any, names: Iterable[str]) -> dict[str, str]:
    """The fields of an article's text."""
    said = {
        "title": article.title,
        "summary": article.summary,
        "authors": ", ".join(names),
        "body": html_to_words(article.body)[:MOST_INDEXED],
    }
    said = {name: composed(with_shorter_runs(text)).translate(_UNMARKED) for name, text in said.items()}
    return said | {"folded": _folded(" ".join(said.values()))}


def _folded(text: str) -> str:
    words = {word for word in re.findall(r"\w+", text) if not word.isascii()}
    return " ".join(sorted(plain for word in words if (plain := without_diacritics(word)) != word))
