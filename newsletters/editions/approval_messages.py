"""Messages about approvals: to each who may approve when somebody asks for it, and to who asked when it was rejected.

Written when they are sent, so not to people for whom the question is over. Their words are in
templates/emails/approval_requested/ and approval_rejected/.
"""

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
from newsletters.editions.loading import LoadedEdition
from newsletters.models import Approval
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import for_anybody


@dataclass(frozen=True)
class ApprovalContext:
    approval: int
    user: int


def write_approval_request(row: Message, context: ApprovalContext) -> Mail:
    asked = _approval(row, context)
    if asked is None or asked.state != Approval.State.ASKED:
        raise NoLongerNeeded("the request was decided or withdrawn")
    return _write(asked, row.kind, "approval", LoadedEdition(asked.edition).content)


def write_rejection(row: Message, context: ApprovalContext) -> Mail:
    rejected = _approval(row, context)
    if rejected is None or rejected.state != Approval.State.RETURNED:
        raise NoLongerNeeded("the request is gone")
    return _write(rejected, row.kind, "change", EditionContent.from_json(rejected.content))


def _approval(row: Message, context: ApprovalContext) -> Approval | None:
    if not User.objects.filter(pk=context.user, is_active=True, email=row.address).exists():
        raise NoLongerNeeded("this member of staff has left, or has another address")
    return Approval.objects.select_related("edition__newsletter").filter(pk=context.approval).first()


def _write(approval: Approval, kind: str, page: str, content: EditionContent) -> Mail:
    facts = {
        "approval": approval,
        "edition": str(approval.edition),
        "subject": for_anybody(content, content.subject),
        "page": settings.SITE_URL + reverse(f"admin:newsletters_edition_{page}", args=[approval.edition_id]),
    }
    with translation.override(settings.LANGUAGE_CODE):
        subject = one_line(render_to_string(f"emails/{kind}/subject.txt", facts))
        text = render_to_string(f"emails/{kind}/body.txt", facts).strip()
    return Mail(subject, wrapped(text) + "\n", settings.DEFAULT_FROM_EMAIL)


APPROVAL_REQUESTED = MessageKind("approval_requested", "approval requested", ApprovalContext, write_approval_request)
APPROVAL_REJECTED = MessageKind("approval_rejected", "approval rejected", ApprovalContext, write_rejection)
