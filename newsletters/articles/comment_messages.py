"""The message to the editors about comments that wait for a decision: everything new in one, and not too often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from lib.characters import one_line
from mail.models import Message
from mail.outbox.kinds import MessageKind, NoLongerNeeded
from mail.outbox.posting import post
from mail.writing.message import Mail
from newsletters.models import Comment, Institute
from subscribers import suppression

IN_A_MESSAGE = 20
MOST = 1000  # comments that one message is about


@dataclass(frozen=True)
class CommentsContext:
    comments: tuple[int, ...]


def tell_editors(now: datetime) -> int:
    """One message for everything that came since the last, and no two within `COMMENT_MAILS_EVERY`. How many it is
    about.

    Comments are marked in the transaction that posts their message, so that two processes never post two, and a crash
    leaves both or neither.
    """
    institute = Institute.current()
    to = institute.comments_email or institute.contact_email
    held = Comment.objects.held()
    if not to or Comment.objects.filter(told_at__gt=now - timedelta(seconds=settings.COMMENT_MAILS_EVERY)).exists():
        return 0
    with transaction.atomic():
        fresh = list(held.filter(told_at__isnull=True).order_by("pk").values_list("pk", flat=True)[:MOST])
        if not fresh or not held.filter(pk__in=fresh, told_at__isnull=True).update(told_at=now):
            return 0
        post(COMMENTS_HELD, to, CommentsContext(tuple(fresh)))
    return len(fresh)


def write_comments_held(row: Message, context: CommentsContext) -> Mail:
    if suppression.is_suppressed(row.address):
        raise NoLongerNeeded("the address is suppressed")
    fresh = Comment.objects.held().filter(pk__in=context.comments)
    count = fresh.count()
    if not count:
        raise NoLongerNeeded("the comments were decided about")
    comments = list(fresh.select_related("article").order_by("pk")[:IN_A_MESSAGE])
    facts = {
        "comments": comments, "fresh": count, "more": count - len(comments), "waiting": Comment.objects.held().count(),
        "queue": settings.SITE_URL + reverse("admin:newsletters_comment_changelist"), "site_url": settings.SITE_URL,
    }  # fmt: skip
    with translation.override(settings.LANGUAGE_CODE):
        subject = one_line(render_to_string("emails/comments_held/subject.txt", facts))
        text = render_to_string("emails/comments_held/body.txt", facts).strip() + "\n"
    return Mail(subject, text, settings.DEFAULT_FROM_EMAIL)


COMMENTS_HELD = MessageKind("comments_held", "comments waiting for review", CommentsContext, write_comments_held)
