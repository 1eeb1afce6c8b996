"""What the form of an article or a standing page said each time it was saved: to go back to, and so that no one
overwrites another's work.

A draft that saves by itself is written into its row at once. What can't be (something published, whose readers must not
see half a sentence; a form that isn't valid yet) is kept as a working copy: the newest revision, not applied. A
save names the revisions that its page was made from, and the page itself: of two editors the second gets
`NewerVersion`.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.http import QueryDict

from lib.entities import typed_text
from lib.query_numbers import read_number
from newsletters.articles.writing import BodyTooLong, clean_body
from newsletters.models import Article, Page, Picture
from newsletters.models.revisions import Revision

Written = Article | Page
KEPT = 60  # revisions of each; older ones thin out
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
    """What an open form was made from: the row's revision, the newest number, and the form itself."""

    written_revision: int
    number: int | None  # of those who don't say it, the row's revision counts alone
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
        raise TooMuch("This is more than we can keep. Make the text shorter.")
    return pairs


def query_of(fields: Iterable[Iterable[str]]) -> QueryDict:
    """The fields as a form reads them."""
    data = QueryDict(mutable=True)
    for name, value in fields:
        data.appendlist(name, value)
    return data


def newest(written: Written) -> Revision | None:
    return written.revisions.first()


def working_copy(written: Written) -> Revision | None:
    """What was typed and isn't in the article yet."""
    last = newest(written)
    return last if last and not last.is_applied and last.written_revision == written.revision else None


def with_working_copy(article: Article) -> Article:
    """The article with the words and the lead picture of its working copy, for a look at it; don't save it."""
    typed = _apply_words(article)
    if typed is None:
        return article
    article.summary = typed_text(typed.get("summary", article.summary))
    picture = read_number(typed.get("lead_picture"))
    article.lead_picture = Picture.objects.filter(pk=picture).first() if picture else None
    return article


def page_with_working_copy(page: Page) -> Page:
    """As `with_working_copy`."""
    _apply_words(page)
    return page


def _apply_words(written: Written) -> QueryDict | None:
    """What was typed, its headline and text now in the row; None when there is no working copy."""
    kept = working_copy(written)
    if kept is None:
        return None
    typed = query_of(kept.fields)
    written.title = typed_text(typed.get("title", written.title))
    with contextlib.suppress(BodyTooLong):
        written.body = clean_body(typed.get("body", written.body))
    return typed


def begun_in(model: type[Any], window: str) -> Any:
    """What an open form has made already, whose answer may have been lost; None when there is nothing."""
    return model.objects.filter(revisions__window=window).order_by("-revisions__pk").first() if window else None


def must_be_newest(written: Written, seen: Seen) -> None:
    """Within a transaction: lock the row. Raises `NewerVersion` when somebody saved what this page doesn't know,
    `ObjectDoesNotExist` when somebody deleted it."""
    revision = type(written).objects.select_for_update().values_list("revision", flat=True).get(pk=written.pk)
    last = newest(written)
    is_mine = last is not None and seen.window and last.window == seen.window and last.written_revision == revision
    if is_mine or (revision == seen.written_revision and seen.number in (None, last.number if last else 0)):
        return
    raise NewerVersion(f"Someone else saved this {written._meta.model_name} while you were working on it.")


def raise_revision(written: Written) -> None:
    """Within a transaction: tell every open page that its row was changed beside it. The newest revision, a working
    copy too, goes on from there, but is no page's own any more, so that none overwrites what it doesn't know."""
    now = type(written).objects.select_for_update().values_list("revision", flat=True).get(pk=written.pk)
    last = newest(written)
    if last is not None and last.written_revision == now:
        written.revisions.filter(pk=last.pk).update(written_revision=now + 1, window="")
    type(written).objects.filter(pk=written.pk).update(revision=now + 1)
    written.revision = now + 1


def kept_in_review(written: Written, fields: QueryDict) -> QueryDict:
    """What a page saves by itself, or an undo brings back, leaves an article that waits for its review there: only a
    button withdraws it. Within a transaction that has locked it."""
    status = type(written).objects.values_list("status", flat=True).get(pk=written.pk)
    if status != Article.Status.REVIEW or fields.get("status") != Article.Status.DRAFT:
        return fields
    changed = fields.copy()
    changed["status"] = status
    return changed


def to_undo(written: Written) -> Revision | None:
    """What it said before the last change; None when that is not kept."""
    last = newest(written)
    if last is None:
        return None
    return _that_differs(written.revisions.filter(number__lt=last.restored_from or last.number), last)


def to_redo(written: Written) -> Revision | None:
    """What the last undo took back; None when something was typed since."""
    last = newest(written)
    if last is None or last.restored_from is None:
        return None
    later = written.revisions.filter(number__gt=last.restored_from, number__lt=last.number, restored_from=None)
    return _that_differs(later.order_by("number"), last)


def _that_differs(revisions: Any, last: Revision) -> Revision | None:
    return next((each for each in revisions[:MOST_STEPS] if each.fields != last.fields), None)


def store_revision(
    written: Written,
    fields: list[list[str]],
    *,
    is_applied: bool,
    window: str,
    by: str,
    user: User | None,
    restored_from: int | None = None,
) -> Revision:
    """Keep what was saved just now. The same again makes no new revision."""
    with transaction.atomic():
        last = newest(written)
        same = last is not None and last.fields == fields and last.written_revision == written.revision
        if last is not None and same and last.is_applied == is_applied:
            return last
        made: Revision = written.revisions.create(
            number=last.number + 1 if last else 1, fields=fields, is_applied=is_applied,
            written_revision=written.revision, window=window[:40], saved_by=by[:150], saved_by_user=user,
            restored_from=restored_from,
        )  # fmt: skip
        _thin_out(written, made.number)
    return made


def _thin_out(written: Written, newest_number: int) -> None:
    """Hours of saving by itself don't push out yesterday's text: of what is older than the newest `KEPT`, the last of
    every ten minutes stays, at most `MOST` of them; and always the newest that the article itself says."""
    if newest_number <= KEPT:
        return
    spans: set[int] = set()
    going: list[int] = []
    applied = written.revisions.filter(is_applied=True).values_list("number", flat=True).first()
    older = written.revisions.filter(number__lte=newest_number - KEPT).exclude(number=applied or 0)
    for number, saved_at in older.order_by("-number").values_list("number", "saved_at"):
        span = int(saved_at.timestamp()) // THINNED
        if span in spans or len(spans) >= MOST:
            going.append(number)
        spans.add(span)
    if going:
        written.revisions.filter(number__in=going).delete()
