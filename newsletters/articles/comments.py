"""Comments: held when they come, shown when approved, closed after a while, and told to an editor in batches.

Nothing that a visitor sends is shown before a person approved it. The text is kept as it was typed and made into HTML
when it is shown: escaped, with paragraphs, and with links that search engines neither follow nor count.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import BigIntegerField, Count, Max, Q
from django.utils import timezone
from django.utils.html import linebreaks, urlize
from django.utils.safestring import SafeString

from lib.addresses import address_key, readable, with_ascii_domain
from lib.characters import composed, without_controls
from lib.entities import without_entities
from lib.prepared_queries import PreparedQuery, Several
from newsletters.articles.comment_messages import tell_editors
from newsletters.models import Article, Comment, Institute
from newsletters.models.comments import CommentQuerySet
from subscribers import languages

logger = logging.getLogger(__name__)

THREADS_A_PAGE = 20
# Marks that turn the direction of the text around them: a name must not rearrange the line that it stands in.
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


_NO_TEXT = {"Cc", "Cs"}  # Cf stays: it joins emoji, and letters of Persian


class Closed(Exception):
    """Nobody can comment on this article now."""


class NoSuchComment(LookupError):
    """The comment that is answered is not there, or not shown, or on another article."""


# --- What an article says of its comments ------------------------------------------------------------------------
@dataclass(frozen=True)
class Discussion:
    count: int
    is_open: bool
    closes_at: datetime | None  # None: never, or it has no date yet
    changed_at: datetime | None  # when the last comment that is shown was approved

    @property
    def is_worth_a_word(self) -> bool:
        return bool(self.count or self.is_open)


_COUNTS = PreparedQuery(
    lambda: (
        Comment.objects.shown()
        .filter(article__in=Several("articles", BigIntegerField()))
        .order_by()
        .values_list("article")
        .annotate(Count("pk"), Max("decided_at"))
    )
)


def discuss(articles: Iterable[Article], institute: Institute) -> None:
    """Give each article its `discussion`. One query, however many there are."""
    articles = list(articles)
    found = _COUNTS(articles=[article.pk for article in articles]) if articles else []
    counts = {pk: (count, changed) for pk, count, changed in found}
    now = timezone.now()
    for article in articles:
        ends = closes_at(article, institute)
        count, changed = counts.get(article.pk, (0, None))
        article.discussion = Discussion(  # type: ignore[attr-defined]
            count, _is_open(article, institute, ends, now), ends, changed
        )


def closes_at(article: Article, institute: Institute) -> datetime | None:
    if institute.comments_days is None or article.published_at is None:
        return None
    return article.published_at + timedelta(days=institute.comments_days)


def is_open(article: Article, institute: Institute) -> bool:
    return _is_open(article, institute, closes_at(article, institute), timezone.now())


def _is_open(article: Article, institute: Institute, ends: datetime | None, now: datetime) -> bool:
    return institute.comments_days != 0 and article.comments_open and article.is_public and (ends is None or now < ends)


# --- Showing -----------------------------------------------------------------------------------------------------
@dataclass
class Thread:
    comment: Comment
    answers: list[Comment] = field(default_factory=list)


def first_threads(article: Article) -> tuple[list[Thread], bool]:
    """The oldest threads, as many as a page has, and whether there are more. One query."""
    threads = _with_answers(_beginnings(article)[: THREADS_A_PAGE + 1])
    return threads[:THREADS_A_PAGE], len(threads) > THREADS_A_PAGE


def threads(article: Article, page: int) -> tuple[list[Thread], Page[Comment]]:
    """The threads of a page, the oldest first, and the page itself. Raises `EmptyPage` for one that there is not."""
    shown: Page[Comment] = Paginator(_beginnings(article), THREADS_A_PAGE).page(page)
    return _with_answers(shown.object_list), shown


def _beginnings(article: Article) -> CommentQuerySet:
    return Comment.objects.shown().filter(article=article, parent__isnull=True).order_by("created_at", "pk")


def _with_answers(beginnings: Any) -> list[Thread]:
    both = Q(pk__in=beginnings.values("pk")) | Q(parent__in=beginnings.values("pk"))
    found: dict[int, Thread] = {}
    answers = []
    for comment in Comment.objects.shown().filter(both).order_by("created_at", "pk"):
        if comment.parent_id is None:
            found[comment.pk] = Thread(comment)
        else:
            answers.append((comment.parent_id, comment))
    for parent_id, answer in answers:
        found[parent_id].answers.append(answer)
    return list(found.values())


def as_html(text: str) -> SafeString:
    """Escaped, in paragraphs; addresses become links that nobody is paid for."""
    linked = urlize(text, trim_url_limit=60, nofollow=True, autoescape=True)
    linked = linked.replace(' rel="nofollow"', ' rel="nofollow ugc noopener"')
    return languages.directed(linebreaks(linked, autoescape=False), languages.spoken())  # urlize escaped everything


# --- Taking in ---------------------------------------------------------------------------------------------------
def clean_text(raw: str) -> str:
    """The text without control characters, and with at most one empty line between two paragraphs.

    Raises `TooManyMarks`.
    """
    text = without_entities(raw).replace("\r\n", "\n").replace("\r", "\n")
    # A tab, and its like, stands between words.
    text = "".join(" " if c.isspace() and c != "\n" and unicodedata.category(c) == "Cc" else c for c in text)
    text = "".join(c for c in composed(text) if c == "\n" or unicodedata.category(c) not in _NO_TEXT)
    return re.sub(r"\n\s*\n\s*", "\n\n", without_controls(text)).strip()


def clean_name(raw: str) -> str:
    """One line, and nothing in it that turns the direction of what stands beside it. Raises `TooManyMarks`."""
    return " ".join(_TURNING.sub("", clean_text(raw)).split())


def hold(
    article: Article, institute: Institute, *, name: str, email: str, text: str, ip: str | None, answers: int | None
) -> Comment:
    """Keep a comment until somebody decides. The same one sent twice is kept once. Raises `Closed`, `NoSuchComment`."""
    if not is_open(article, institute):
        raise Closed
    values = {"article": article, "parent": _beginning(article, answers), "name": name, "email": email, "text": text}
    with transaction.atomic():
        lately = timezone.now() - timedelta(hours=1)
        same = Comment.objects.filter(**values, created_at__gt=lately).first()
        return same or Comment.objects.create(**values, ip=ip)


def answered(article: Article, pk: int) -> Comment:
    """The comment that somebody wants to answer. Raises `NoSuchComment`."""
    found = Comment.objects.shown().filter(article=article, pk=pk).first()
    if found is None:
        raise NoSuchComment(pk)
    return found


def _beginning(article: Article, answers: int | None) -> Comment | None:
    """Threads are one level deep: who answers an answer answers the comment that began it."""
    if answers is None:
        return None
    found = answered(article, answers)
    return found.parent or found


# --- Deciding ----------------------------------------------------------------------------------------------------
def decide(ids: Collection[int], state: Comment.State, *, by: str) -> int:
    """Approve, mark as spam, or hold again: the only place that changes a state. How many were changed."""
    decided = state != Comment.State.HELD
    return (
        Comment.objects.filter(pk__in=ids)
        .exclude(state=state)
        .update(state=state, decided_at=timezone.now() if decided else None, decided_by=by if decided else "")
    )


def waiting() -> int:
    """How many comments wait for a decision."""
    return Comment.objects.held().count()


# --- What happens by itself --------------------------------------------------------------------------------------
def look_after(now: datetime | None = None) -> None:
    """Tell the editors what waits, and forget what is kept too long. Every minute; may run twice at once."""
    now = now or timezone.now()
    tell_editors(now)
    forget(now)


def forget(now: datetime) -> None:
    """IP addresses after some days, what was marked as spam after some more, and e-mail addresses in the end.

    Spam that has approved answers stays, unseen: they would go with it, and anyone who marked it may take that back.
    """
    old = now - timedelta(days=settings.COMMENT_IP_DAYS)
    Comment.objects.filter(ip__isnull=False, created_at__lt=old).update(ip=None)
    long_ago = now - timedelta(days=settings.COMMENT_SPAM_DAYS)
    spam = Comment.objects.filter(decided_at__lt=long_ago, state=Comment.State.SPAM)
    spam.exclude(answers__state=Comment.State.APPROVED).delete()
    settled = now - timedelta(days=settings.COMMENT_ADDRESS_DAYS)
    Comment.objects.filter(decided_at__lt=settled).exclude(email="").update(email="")


def forget_address(email: str) -> None:
    """Of what somebody wrote who is erased: the email address, in whatever case it was typed, and the IP address.

    Letters beyond ASCII count in either case too: to forget too much here harms nobody.
    """
    theirs = address_key(email).lower()
    domains = {address.rpartition("@")[2] for address in (with_ascii_domain(email), readable(email), email)}
    alike = (
        Comment.objects.filter(reduce(or_, (Q(email__iendswith=f"@{domain}") for domain in domains)))
        .order_by()
        .values_list("pk", "email")
    )
    ids = [pk for pk, typed in alike.iterator() if address_key(typed).lower() == theirs]
    for start in range(0, len(ids), 500):
        Comment.objects.filter(pk__in=ids[start : start + 500]).update(email="", ip=None)
