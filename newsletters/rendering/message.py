"""The message for one reader: headers and both parts, as Django builds it.

The slow path, and the measure for any faster one: what a faster path makes must parse to the same headers and parts.
"""

from __future__ import annotations

from datetime import datetime
from email.charset import QP, Charset
from email.utils import format_datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from lib.characters import one_line
from newsletters.rendering import recipients, slots
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import RenderedMail
from newsletters.rendering.recipients import Recipient
from subscribers.links import unsubscribe_url

# Seven bits everywhere: a server that does not announce 8BITMIME (RFC 6152) may damage anything else.
_QUOTED_PRINTABLE = Charset("utf-8")
_QUOTED_PRINTABLE.body_encoding = QP


def personal(mail: RenderedMail, recipient: Recipient, content: EditionContent) -> tuple[str, str, str]:
    """Subject, HTML and text as this reader gets them."""
    values = recipients.values(mail.slots, recipient, content)
    return (
        one_line(slots.fill(mail.subject, values)),
        slots.fill_html(mail.html, values),
        slots.fill(mail.text, values),
    )


def build(
    mail: RenderedMail, recipient: Recipient, content: EditionContent, *, date: datetime, test: bool = False
) -> EmailMultiAlternatives:
    """The whole message. A test mail says so in its subject, and its unsubscribe link is nobody's."""
    subject, html, text = personal(mail, recipient, content)
    message = EmailMultiAlternatives(
        subject=f"[Test] {subject}" if test else subject,
        body=text,
        from_email=_mailbox(content.from_name, content.from_email),
        to=[_mailbox(recipient.name, recipient.email)],
        reply_to=[content.reply_to] if content.reply_to else None,
        headers=own_headers(content, recipient, date=date) | common_headers(content),
    )
    message.attach_alternative(html, "text/html")
    message.encoding = _QUOTED_PRINTABLE
    return message


def _mailbox(name: str, address: str) -> str:
    """`"Name" <address>`. Django encodes it; the standard library's Address refuses RFC 6531 local parts."""
    name = one_line(name)
    return f"{_quoted(name)} <{address}>" if name else address


def _quoted(text: str) -> str:
    """An RFC 5322 quoted string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def own_headers(content: EditionContent, recipient: Recipient, *, date: datetime) -> dict[str, str]:
    """What differs from mail to mail, beside To and Subject."""
    unsubscribe = unsubscribe_url(recipient.id, content.list_id, content.edition_id)
    return own_headers_with(content, str(recipient.id), unsubscribe, format_datetime(date))


def own_headers_with(content: EditionContent, subscriber: str, unsubscribe: str, date: str) -> dict[str, str]:
    """The same around what is put in: the faster path puts its marks in."""
    return {
        "Date": date,
        # Deterministic, so that a bounce or a question finds its delivery, and a doubled mail shows as one.
        "Message-ID": f"<edition.{content.edition_id}.{subscriber}@{settings.MAIL_DOMAIN}>",
        # RFC 2369 and RFC 8058: the https address is the one-click one; the mail goes to a person.
        "List-Unsubscribe": f"<{unsubscribe}>, <mailto:{content.reply_to or content.from_email}?subject=unsubscribe>",
    }


def common_headers(content: EditionContent) -> dict[str, str]:
    """What a bulk mail must carry and all of an edition share, beside From and Reply-To."""
    return {
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"{_list_phrase(content.list_name)} <{content.list_slug}.{settings.MAIL_DOMAIN}>",  # RFC 2919
        # Gmail's Feedback-ID: up to three identifiers of the campaign, then the sender; never unique to a message.
        "Feedback-ID": f"e{content.edition_id}:n{content.newsletter_id}:l{content.list_id}:iria",
        "Precedence": "bulk",
    }


def _list_phrase(name: str) -> str:
    """ASCII, since much software reads List-Id without decoding RFC 2047 words."""
    return _quoted("".join(character for character in one_line(name) if character.isascii()))
