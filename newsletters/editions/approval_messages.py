"""The message to each who may approve: somebody asks for it. Written when it is sent, so not to who decided already."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lib.text_layout import wrapped
from mail.models import Message
from mail.outbox.kinds import MessageKind, NoLongerNeeded
from mail.writing.message import Mail
from newsletters.editions.loading import LoadedEdition
from newsletters.models import Approval
from newsletters.rendering.mail import for_anybody


@dataclass(frozen=True)
class ApprovalContext:
    approval: int
    user: int


def write_approval_request(row: Message, context: ApprovalContext) -> Mail:
    asked = Approval.objects.select_related("edition__newsletter").filter(pk=context.approval).first()
    if asked is None or asked.state != Approval.State.ASKED:
        raise NoLongerNeeded("the request was decided or withdrawn")
    if not User.objects.filter(pk=context.user, is_active=True, email=row.address).exists():
        raise NoLongerNeeded("this member of staff has left, or has another address")
    with translation.override(settings.LANGUAGE_CODE):
        edition = str(asked.edition)
        subject = _("Please approve: %(edition)s") % {"edition": edition}
        page = settings.SITE_URL + reverse("admin:newsletters_edition_approval", args=[asked.edition_id])
        content = LoadedEdition(asked.edition).content
        text = _(
            "%(who)s requests your approval of %(edition)s:\n“%(subject)s”\n\nRead it, then approve or "
            "reject it here:\n%(page)s\n"
        ) % {
            "who": asked.asked_by_name,
            "edition": edition,
            "subject": for_anybody(content, content.subject),
            "page": page,
        }
    return Mail(subject, wrapped(text) + "\n", settings.DEFAULT_FROM_EMAIL)


APPROVAL_REQUESTED = MessageKind("approval_requested", "approval requested", ApprovalContext, write_approval_request)
