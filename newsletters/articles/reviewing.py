"""Draft → ready for review → published: who asks, who answers, and what they are told.

Everybody who may change an article may ask; who may publish articles publishes it or sends it back with a note. Only
this module and `writing.save_article` change a request.
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lib.names import called
from mail.outbox.posting import post
from newsletters.articles.review_messages import REVIEW_REQUESTED, REVIEW_RETURNED, ReviewContext
from newsletters.articles.revisions import raise_revision
from newsletters.models import Article, ReviewRequest

PUBLISH = "newsletters.publish_article"
NOTE_LENGTH = 1000
State = ReviewRequest.State


class NotPossible(ValueError):
    """The article has moved on; the message is for the person who pressed the button."""


def ask(article: Article, *, by: User) -> ReviewRequest:
    """The draft becomes ready for review, and those who may publish get a message. Raises `NotPossible`."""
    with transaction.atomic():
        now = _locked(article)
        if now.status != Article.Status.DRAFT:
            raise NotPossible(_("This article is “%s”, so it can't be sent for review.") % now.get_status_display())
        _set_status(article, Article.Status.REVIEW)
        request = ReviewRequest.objects.create(article=article, asked_by=by, asked_by_name=called(by))
        for user in who_may_publish():
            if user.email and user.pk != by.pk:
                post(REVIEW_REQUESTED, user.email, ReviewContext(request.pk, user.pk))
    return request


def send_back(article: Article, *, by: User, note: str) -> None:
    """A draft again, with a note for who asked, who gets a message. Raises `NotPossible`."""
    with transaction.atomic():
        request = _answer(article, by, State.RETURNED, note)
        asked_by = request.asked_by
        if asked_by is not None and asked_by.email and asked_by.pk != by.pk:
            post(REVIEW_RETURNED, asked_by.email, ReviewContext(request.pk, asked_by.pk))


def withdraw(article: Article, *, by: User) -> None:
    """A draft again, by who asked or by anybody who may change it. Raises `NotPossible`."""
    with transaction.atomic():
        _answer(article, by, State.WITHDRAWN, "")


def open_request(article: Article) -> ReviewRequest | None:
    return article.review_requests.filter(state=State.ASKED).first()


def last_request(article: Article) -> ReviewRequest | None:
    return article.review_requests.first()


def waiting() -> QuerySet[ReviewRequest]:
    """The oldest first, with their articles."""
    return (
        ReviewRequest.objects.filter(state=State.ASKED)
        .select_related("article")
        .defer("article__body")
        .order_by("asked_at")
    )


def who_may_publish() -> QuerySet[User]:
    people = User.objects.with_perm(PUBLISH, backend="django.contrib.auth.backends.ModelBackend")
    return people.filter(is_active=True, is_staff=True)


def _answer(article: Article, by: User, state: str, note: str) -> ReviewRequest:
    _locked(article)
    request = open_request(article)
    if request is None:
        raise NotPossible(_("This article isn't waiting for review any more."))
    request.state, request.note = state, note[:NOTE_LENGTH]
    request.decided_by_name, request.decided_at = called(by), timezone.now()
    request.save(update_fields=["state", "note", "decided_by_name", "decided_at"])
    _set_status(article, Article.Status.DRAFT)
    return request


def _locked(article: Article) -> Article:
    return Article.objects.select_for_update().get(pk=article.pk)


def _set_status(article: Article, status: str) -> None:
    raise_revision(article)  # a page that is open says the old status, and would send it back
    Article.objects.filter(pk=article.pk).update(status=status, updated_at=timezone.now())
    article.status = status
