"""What we call a mail, for the service that sends it: it says so again whenever it tells of the mail.

Every service with such a thing takes 64 letters, digits and hyphens of it (Postmark's limit, the smallest, is 80).
anymail calls it metadata. MailerSend and Postal have none; their events name the mail by their own number alone.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

from anymail.backends.base import AnymailBaseBackend, BasePayload
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

REFERENCE = "iria"  # its name among the metadata


def refer_to(message: EmailMultiAlternatives, connection: BaseEmailBackend, reference: str) -> None:
    """Let the message say its reference, if it has one and the service can keep it."""
    backend: Any = type(connection)
    if reference and keeps_metadata(backend):
        message.metadata = {**getattr(message, "metadata", {}), REFERENCE: reference}  # type: ignore[attr-defined]


@cache
def keeps_metadata(backend: type[Any]) -> bool:
    """By what anymail builds for the service: where it knows no metadata, it would refuse the whole mail."""
    if not issubclass(backend, AnymailBaseBackend):
        return False
    for each in backend.__mro__:  # a backend of one's own may stand before anymail's
        payloads = _payloads(each.__module__)
        if payloads:
            return all(payload.set_metadata is not BasePayload.set_metadata for payload in payloads)
    return False


def _payloads(module: str) -> list[type[Any]]:
    """The classes of a module by which mails are built, without those that others there are made of."""
    found = [
        each
        for each in vars(sys.modules[module]).values()
        if isinstance(each, type) and issubclass(each, BasePayload) and each.__module__ == module
    ]
    return [each for each in found if not any(other is not each and issubclass(other, each) for other in found)]
