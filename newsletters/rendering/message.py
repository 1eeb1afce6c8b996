"""The message for one reader: headers and both parts, as one message.

The slow path, and the measure for any faster one: what a faster path makes must parse to the same headers and parts.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime

from lib.characters import one_line
from lib.text_layout import wrapped
from mail.writing import fields, identity
from mail.writing.message import Mail
from newsletters.rendering import recipients, slots
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import RenderedMail
from newsletters.rendering.recipients import Recipient
from newsletters.rendering.slots import Field
from subscribers.links import unsubscribe_token, unsubscribe_ways


def personal(
    mail: RenderedMail, recipient: Recipient, content: EditionContent, date: datetime | None = None
) -> tuple[str, str, str]:
    """Subject, HTML and text as this reader gets them, in a mail that is written at `date`."""
    values = recipients.values(mail.slots, recipient, content, date)
    return (
        one_line(slots.fill(mail.subject, values)),
        slots.fill_html(mail.html, values),
        slots.fill(mail.text, [_in_text(field, value) for (field, _), value in zip(mail.slots, values, strict=True)]),
    )


def _in_text(field: str, value: str) -> str:
    """A sentence is laid out like the text around it; everything else stands within a line."""
    return wrapped(value) if field == Field.REASON else value


def build(
    mail: RenderedMail, recipient: Recipient, content: EditionContent, *, date: datetime, test: bool = False
) -> Mail:
    """The whole message. A test mail says so in its subject, its unsubscribe link is nobody's, and it is a message of
    its own each time."""
    subject, html, text = personal(mail, recipient, content, date)
    headers = own_headers(content, recipient, date=date) | common_headers(content)
    if test:
        headers["Message-ID"] = identity.unique_message_id("test", content.edition_id)
    message = Mail(
        subject=f"[Test] {subject}" if test else subject,
        body=text,
        from_email=sender(content),
        to=[fields.spoken_mailbox(recipient.name, recipient.email)],
        reply_to=[content.reply_to] if content.reply_to else None,
        headers=headers,
    )
    message.attach_alternative(html, "text/html")
    return message


def sender(content: EditionContent) -> str:
    return fields.spoken_mailbox(content.from_name, content.from_email)


def own_headers(content: EditionContent, recipient: Recipient, *, date: datetime) -> dict[str, str]:
    """What differs from mail to mail, beside To and Subject."""
    token = unsubscribe_token(recipient.id, content.list_id, content.edition_id, date)
    return own_headers_with(content, str(recipient.id), token, format_datetime(date))


def own_headers_with(content: EditionContent, subscriber: str, token: str, date: str) -> dict[str, str]:
    """The same around what is put in: the faster path puts its marks in."""
    return {
        "Date": date,
        # Deterministic, so that a bounce or a question finds its delivery, and a doubled mail shows as one.
        "Message-ID": identity.message_id("edition", content.edition_id, subscriber),
        # RFC 2369 and RFC 8058, one click; and a mailto beside it where somebody reads what comes.
        "List-Unsubscribe": fields.uri_list(*unsubscribe_ways(token)),
    }


def common_headers(content: EditionContent) -> dict[str, str]:
    """What a bulk mail must carry and all of an edition share, beside From and Reply-To."""
    return {
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": fields.list_id(content.list_name, identity.list_identifier(content.list_slug)),
        "Feedback-ID": identity.feedback_id(
            f"e{content.edition_id}", f"n{content.newsletter_id}", f"l{content.list_id}"
        ),
        "Precedence": "bulk",
    }
