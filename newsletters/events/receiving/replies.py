"""Answers of people that came to a return path: passed on to the address that the mail wanted answers at.

A mail program answers to Reply-To or From; an answer that comes to the envelope's address is from one that doesn't, and
would be lost. Only the text is passed on. What other programs send is never answered or passed on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.addresses import address_key
from lib.characters import one_line
from lib.text_layout import wrapped
from mail.models import Message
from mail.outbox.kinds import MessageKind, NoLongerNeeded
from mail.outbox.posting import post
from mail.transport import bare_address
from mail.writing.fields import mailboxes
from mail.writing.message import Mail
from newsletters.events.feedback.mail_events import MailTarget
from newsletters.events.incoming_mail.kinds import MailKind, Reading
from newsletters.events.incoming_mail.measured import MeasuredMail, take_apart
from newsletters.events.receiving.keeping import body_of
from newsletters.models import Edition, RawEvent

MOST_AN_HOUR = 60  # to one address: more is a loop of programs, and nobody would read it


@dataclass(frozen=True)
class ReplyContext:
    event: int


def is_reply(reading: Reading) -> bool:
    """Nothing that a program wrote, as far as its rules can tell."""
    return reading.kind is MailKind.OTHER and not reading.rule


def forward(event: RawEvent, target: MailTarget) -> None:
    """Within the transaction that reads it."""
    address = _answers_of(target)
    sent = Message.objects.filter(
        kind=REPLY_FORWARDED.name, address=address, created_at__gt=timezone.now() - timedelta(hours=1)
    )
    if sent.count() < MOST_AN_HOUR:
        post(REPLY_FORWARDED, address, ReplyContext(event.pk))


def _answers_of(target: MailTarget) -> str:
    edition = None
    if target.edition is not None:
        edition = Edition.objects.select_related("newsletter").filter(pk=target.edition).first()
    if edition is None:
        return bare_address(settings.DEFAULT_FROM_EMAIL)
    return edition.newsletter.reply_to or edition.newsletter.from_email


def write_reply(row: Message, context: ReplyContext) -> Mail:
    event = RawEvent.objects.filter(pk=context.event).first()
    if event is None:
        raise NoLongerNeeded("the answer is no longer kept")
    mail = take_apart(body_of(event))
    who = mail.fields["reply-to"] or mail.fields["from"]
    address = bare_address(one_line(who))
    if address_key(address) == address_key(row.address):
        raise NoLongerNeeded("it came from the address that it would go to")
    with translation.override(settings.LANGUAGE_CODE):
        said = _("%(who)s replied to an email of yours:") % {"who": one_line(mail.fields["from"]) or _("Somebody")}
        text = "\n".join(part.text for part in mail.parts if part.content_type.startswith("text/plain"))
        text = text or "\n".join(part.text for part in mail.parts if part.content_type.startswith("text/"))
        where = reverse("admin:newsletters_rawevent_change", args=[event.pk])
        body = (
            f"{wrapped(said)}\n\n{text.strip()}\n{_attachments(mail)}\n{_('As it came:')}\n{settings.SITE_URL}{where}\n"
        )
        subject = one_line(mail.fields["subject"])[:200] or _("Reply without a subject")
        return Mail(
            subject, body, settings.DEFAULT_FROM_EMAIL, reply_to=[address] if _may_be_written(address) else None
        )


def _may_be_written(address: str) -> bool:
    """A header can hold the address: what people's programs write there may be anything."""
    try:
        mailboxes("Reply-To", [address])
    except ValueError:
        return False
    return True


def _attachments(mail: MeasuredMail) -> str:
    count = sum(not part.content_type.startswith("text/") for part in mail.parts)
    if not count:
        return ""
    words = ngettext(
        "The reply had an attachment, which Iria doesn't forward.",
        "The reply had %(count)s attachments, which Iria doesn't forward.",
        count,
    )
    return f"\n{wrapped(words % {'count': count})}\n"


REPLY_FORWARDED = MessageKind("reply_forwarded", "reply forwarded", ReplyContext, write_reply)
