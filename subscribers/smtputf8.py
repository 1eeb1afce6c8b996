"""Mail to an address with letters beyond ASCII before the @, which needs the server's SMTPUTF8 (RFC 6531).

Django's SMTP backend would write such an address in a form that no server can deliver; so these few mails are handed
to its connection directly. A server, or another backend, that does not offer it gets nothing: `NotOffered`.
"""

from __future__ import annotations

import smtplib
from email.message import EmailMessage as StandardMessage
from email.policy import SMTPUTF8
from email.utils import parseaddr

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.timezone import now


class NotOffered(Exception):
    """The way out for mail cannot carry such an address."""


def is_needed(email: str) -> bool:
    return not email.rpartition("@")[0].isascii()


def send(message: EmailMultiAlternatives, connection: BaseEmailBackend) -> None:
    """Hand the mail to the opened SMTP connection. Raises `NotOffered` and what smtplib raises."""
    server = getattr(connection, "connection", None)
    if not isinstance(server, smtplib.SMTP):
        raise NotOffered("an address with such letters before the @ needs an SMTP server that offers SMTPUTF8")
    server.ehlo_or_helo_if_needed()
    if not server.has_extn("smtputf8"):
        raise NotOffered("the mail server does not offer SMTPUTF8, which an address with such letters needs")
    server.sendmail(
        parseaddr(message.from_email)[1],
        [message.to[0]],
        _wire_form(message),
        mail_options=["SMTPUTF8", "BODY=8BITMIME"],
    )


def _wire_form(message: EmailMultiAlternatives) -> bytes:
    wire = StandardMessage(policy=SMTPUTF8)
    wire["From"], wire["To"], wire["Subject"] = message.from_email, message.to[0], message.subject
    wire["Date"] = now()
    for name, value in message.extra_headers.items():
        wire[name] = value
    wire.set_content(message.body)
    for alternative in message.alternatives:
        wire.add_alternative(str(alternative[0]), subtype="html")
    return wire.as_bytes()
