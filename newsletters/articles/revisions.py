"""What an article's form said each time it was saved: to go back to, and so that no one overwrites another's work.

A draft that saves by itself is written into the article at once. What can't be (a published article, whose readers must
not see half a sentence; a form that isn't valid yet) is kept as a working copy: the newest revision, not applied. A
save names the revisions that its page was made from, and the page itself: of two editors the second gets
`NewerVersion`.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict

from lib.entities import typed_text
from lib.query_numbers import read_number
from newsletters.articles.writing import BodyTooLong, clean_body
from newsletters.models import Article, ArticleRevision, Picture

KEPT = 60  # revisions of an article; older ones thin out
THINNED = 600  # seconds: of those older ones, the last of each such span stays
MOST = 200  # of those that stay
MOST_STEPS = 10  # revisions that say the same, one after another
MAX_FIELDS = 500
MAX_CHARACTERS = 1_300_000  # of all fields: the longest text, and what stands around it
_NOT_KEPT = frozenset({"csrfmiddlewaretoken", "opened_revision", "opened_version", "window"})
_OF_STORED_ROWS = ("-id", "-article", "-INITIAL_FORMS")  # the rows of a form are found again by what they say


class NewerVersion(Exception):
    """Somebody else saved since the page was made."""


class TooMuch(ValueError):
    """More than we keep; the message is for the editor."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page was made from: the article's revision, the newest number, and the page itself."""

    article_revision: int
    number: int | None  # of those who don't say it, the article's revision counts alone
    window: str


def new_window() -> str:
    """The name of a page that is open in a browser."""
    return secrets.token_urlsafe(18)


def fields_of(data: QueryDict) -> list[list[str]]:
    """All that was typed, in order. Raises `TooMuch`."""
    pairs = [
        [name, value]
        for name, values in data.lists()
        if name not in _NOT_KEPT and not name.startswith("_") and not name.endswith(_OF_STORED_ROWS)
        for value in values
    ]
    if len(pairs) > MAX_FIELDS or sum(len(name) + len(value) for name, value in pairs) > MAX_CHARACTERS:
        raise TooMuch("This is more than an article can hold. Make the text shorter.")
    return pairs


def query_of(fields: Iterable[Iterable[str]]) -> QueryDict:
    """The fields as a form reads them."""
    data = QueryDict(mutable=True)
    for name, value in fields:
        data.appendlist(name, value)
    return data


def newest(article: Article) -> ArticleRevision | None:
    return article.revisions.first()


def working_copy(article: Article) -> ArticleRevision | None:
    """What was typed and isn't in the article yet."""
    last = newest(article)
    return last if last and not last.is_applied and last.article_revision == article.revision else None


def with_working_copy(article: Article) -> Article:
    """The article with the words and the lead picture of its working copy, for a look at it; don't save it."""
    kept = working_copy(article)
    if kept is None:
        return article
    typed = query_of(kept.fields)
    article.title = typed_text(typed.get("title", article.title))
    article.summary = typed_text(typed.get("summary", article.summary))
    with contextlib.suppress(BodyTooLong):
        article.body = clean_body(typed.get("body", article.body))
    picture = read_number(typed.get("lead_picture"))
    article.lead_picture = Picture.objects.filter(pk=picture).first() if picture else None
    return article


def article_of_window(window: str) -> Article | None:
    """The article that a page has made already, whose answer may have been lost."""
    last = ArticleRevision.objects.filter(window=window).select_related("article").order_by("-pk").first()
    return last.article if last and window else None


def must_be_newest(article: Article, seen: Seen) -> None:
    """Within a transaction: lock the article. Raises `NewerVersion` when somebody saved what this page doesn't know,
    `Article.DoesNotExist` when somebody deleted it."""
    revision = Article.objects.select_for_update().values_list("revision", flat=True).get(pk=article.pk)
    last = newest(article)
    is_mine = last is not None and seen.window and last.window == seen.window and last.article_revision == revision
    if is_mine or (revision == seen.article_revision and seen.number in (None, last.number if last else 0)):
        return
    raise NewerVersion("Someone else saved this article while you were working on it.")


def raise_revision(article: Article) -> None:
    """Within a transaction: tell every open page that the article was changed beside it. The newest revision, a working
    copy too, goes on from there, but is no page's own any more, so that none overwrites what it doesn't know."""
    now = Article.objects.select_for_update().values_list("revision", flat=True).get(pk=article.pk)
    last = newest(article)
    if last is not None and last.article_revision == now:
        article.revisions.filter(pk=last.pk).update(article_revision=now + 1, window="")
    Article.objects.filter(pk=article.pk).update(revision=now + 1)
    article.revision = now + 1


def kept_in_review(article: Article, fields: QueryDict) -> QueryDict:
    """What a page saves by itself, or an undo brings back, leaves an article that waits for its review there: only a
    button withdraws it. Within a transaction that has locked the article."""
    status = Article.objects.values_list("status", flat=True).get(pk=article.pk)
    if status != Article.Status.REVIEW or fields.get("status") != Article.Status.DRAFT:
        return fields
    changed = fields.copy()
    changed["status"] = status
    return changed


def to_undo(article: Article) -> ArticleRevision | None:
    """What it said before the last change; None when that is not kept."""
    last = newest(article)
    if last is None:
        return None
    return _that_differs(article.revisions.filter(number__lt=last.restored_from or last.number), last)


def to_redo(article: Article) -> ArticleRevision | None:
    """What the last undo took back; None when something was typed since."""
    last = newest(article)
    if last is None or last.restored_from is None:
        return None
    later = article.revisions.filter(number__gt=last.restored_from, number__lt=last.number, restored_from=None)
    return _that_differs(later.order_by("number"), last)


def _that_differs(revisions: QuerySet[ArticleRevision], last: ArticleRevision) -> ArticleRevision | None:
    return next((each for each in revisions[:MOST_STEPS] if each.fields != last.fields), None)


def store_revision(
    article: Article,
    fields: list[list[str]],
    *,
    is_applied: bool,
    window: str,
    by: str,
    user: User | None,
    restored_from: int | None = None,
) -> ArticleRevision:
    """Keep what was saved just now. The same again makes no new revision."""
    with transaction.atomic():
        last = newest(article)
        same = last is not None and last.fields == fields and last.article_revision == article.revision
        if last is not None and same and last.is_applied == is_applied:
            return last
        made = ArticleRevision.objects.create(
            article=article, number=last.number + 1 if last else 1, fields=fields, is_applied=is_applied,
            article_revision=article.revision, window=window[:40], saved_by=by[:150], saved_by_user=user,
            restored_from=restored_from,
        )  # fmt: skip
        _thin_out(article, made.number)
    return made


def _thin_out(article: Article, newest_number: int) -> None:
    """Hours of saving by itself don't push out yesterday's text: of what is older than the newest `KEPT`, the last of
    every ten minutes stays, at most `MOST` of them; and always the newest that the article itself says."""
    if newest_number <= KEPT:
        return
    spans: set[int] = set()
    going: list[int] = []
    applied = article.revisions.filter(is_applied=True).values_list("number", flat=True).first()
    older = article.revisions.filter(number__lte=newest_number - KEPT).exclude(number=applied or 0)
    for number, saved_at in older.order_by("-number").values_list("number", "saved_at"):
        span = int(saved_at.timestamp()) // THINNED
        if span in spans or len(spans) >= MOST:
            going.append(number)
        spans.add(span)
    if going:
        article.revisions.filter(number__in=going).delete()
