"""A message to an address with letters beyond ASCII before the @, as a server with SMTPUTF8 takes it (RFC 6531, 6532).

Django would write such an address into the To header in a form that no mail program reads; here it stands as it is.
"""

from __future__ import annotations

from email.message import EmailMessage as StandardMessage
from email.policy import SMTPUTF8

from django.core.mail import EmailMultiAlternatives
from django.utils.timezone import now


def needs_smtputf8(email: str) -> bool:
    return not email.rpartition("@")[0].isascii()


def smtputf8_bytes(message: EmailMultiAlternatives) -> bytes:
    """With the line ends of the wire."""
    wire = StandardMessage(policy=SMTPUTF8)
    wire["From"], wire["To"], wire["Subject"] = message.from_email, message.to[0], message.subject
    wire["Date"] = now()
    for name, value in message.extra_headers.items():
        wire[name] = value
    wire.set_content(message.body)
    for alternative in message.alternatives:
        wire.add_alternative(str(alternative[0]), subtype="html")
    return wire.as_bytes()
