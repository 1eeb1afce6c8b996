"""The mail to who had quiet readers asked: how many didn't react, what was done, and where to go on or undo it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from lib.characters import one_line
from lib.text_layout import wrapped
from mail.models import Message
from mail.outbox.kinds import MessageKind, NoLongerNeeded
from mail.writing.message import Mail
from newsletters.models import Reengagement


@dataclass(frozen=True)
class QuietReadersContext:
    reengagement: int
    user: int


def write_quiet_readers(row: Message, context: QuietReadersContext) -> Mail:
    if not User.objects.filter(pk=context.user, is_active=True, email=row.address).exists():
        raise NoLongerNeeded("this member of staff has left, or has another address")
    rows = Reengagement.objects.select_related("edition__newsletter", "silent", "job")
    asked = rows.filter(pk=context.reengagement).first()
    if asked is None:
        raise NoLongerNeeded("the edition was deleted")
    facts = {
        "edition": str(asked.edition),
        "days": asked.days,
        "found": asked.found,
        "job": asked.job,
        "page": settings.SITE_URL + _page(asked),
    }
    with translation.override("en"):
        subject = one_line(render_to_string("emails/quiet_readers/subject.txt", facts))
        text = render_to_string("emails/quiet_readers/body.txt", facts).strip()
    return Mail(subject, wrapped(text) + "\n", settings.DEFAULT_FROM_EMAIL)


def _page(asked: Reengagement) -> str:
    """The job, where there is one; else the people, as long as their segment is there; else the report."""
    if asked.job is not None:
        return reverse("admin:subscribers_bulkjob_change", args=[asked.job.pk])
    if asked.silent is not None:
        return f"{reverse('admin:subscribers_subscriber_changelist')}?segment={asked.silent.slug}"
    return reverse("admin:newsletters_newsletter_report", args=[asked.edition.newsletter_id])


QUIET_READERS = MessageKind("quiet_readers", "readers who didn't react", QuietReadersContext, write_quiet_readers)
