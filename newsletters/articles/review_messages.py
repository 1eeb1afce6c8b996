"""The messages about a review: to those who may publish, that an article is ready; to its writer, that it came back."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lib.characters import one_line
from lib.directions import isolated
from lib.text_layout import wrapped
from mail.models import Message
from mail.outbox.kinds import MessageKind, NoLongerNeeded
from mail.writing.message import Mail
from newsletters.models import ReviewRequest
from subscribers import languages


@dataclass(frozen=True)
class ReviewContext:
    request: int
    user: int


def _request(row: Message, context: ReviewContext, state: str) -> ReviewRequest:
    found = ReviewRequest.objects.select_related("article").filter(pk=context.request).first()
    if found is None or found.state != state:
        raise NoLongerNeeded("the review went on since")
    if not User.objects.filter(pk=context.user, is_active=True, is_staff=True, email=row.address).exists():
        raise NoLongerNeeded("this member of staff has left, or has another address")
    return found


def _mail(request: ReviewRequest, subject: str, text: str) -> Mail:
    path = reverse("admin:newsletters_article_publishing", args=[request.article_id])
    around = languages.language(settings.LANGUAGE_CODE).direction
    words = {
        "title": isolated(request.article.title, around),
        "asked_by": request.asked_by_name,
        "decided_by": request.decided_by_name,
        "note": request.note,
    }
    body = f"{wrapped((text % words).strip())}\n\n{settings.SITE_URL}{path}\n"
    return Mail(one_line(subject % words), body, settings.DEFAULT_FROM_EMAIL)


def write_review_request(row: Message, context: ReviewContext) -> Mail:
    request = _request(row, context, ReviewRequest.State.ASKED)
    with translation.override(settings.LANGUAGE_CODE):
        return _mail(
            request,
            _("Ready for review: %(title)s"),
            _("%(asked_by)s asks you to review “%(title)s”.\n\nRead it, then publish it or send it back:"),
        )


def write_returned(row: Message, context: ReviewContext) -> Mail:
    request = _request(row, context, ReviewRequest.State.RETURNED)
    with translation.override(settings.LANGUAGE_CODE):
        said, ahead = _("%(decided_by)s sent “%(title)s” back to you."), _("Change it and ask for review again:")
        return _mail(request, _("Sent back: %(title)s"), f"{said}\n\n%(note)s\n\n{ahead}")


REVIEW_REQUESTED = MessageKind("review_requested", "review requested", ReviewContext, write_review_request)
REVIEW_RETURNED = MessageKind("review_returned", "article sent back", ReviewContext, write_returned)
