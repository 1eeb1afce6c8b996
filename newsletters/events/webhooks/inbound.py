"""A mail that came in by a service: from here on it is as any mail that was delivered to us."""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError, transaction

from lib.errors_in_words import described
from newsletters.events.receiving import mail
from newsletters.events.receiving.reading import Found
from newsletters.events.webhooks.raw_mails import as_recipient, raw_mail
from newsletters.events.webhooks.service import Service
from newsletters.models import RawEvent

logger = logging.getLogger(__name__)
RULES_VERSION = 1
MOST_MAILS = 1_000  # of one call; Mandrill alone brings several


def read_call(service: Service, raw: RawEvent, body: bytes) -> Found:
    """As `receiving.reading.Reader`. Each mail is kept and read as one that came by itself."""
    if service.kept_mails(body):
        return Found("mail", (), RULES_VERSION, to_fetch=True)
    return Found("mail", (), RULES_VERSION, once=lambda: _receive(service, raw, body))


def _receive(service: Service, raw: RawEvent, body: bytes) -> str:
    """Mail by mail: one that can't be read, as anybody may send one, takes none of the others along. What staff should
    know of those; where none can be read, the first one's error is raised."""
    parts = (service.split(body) or [body])[:MOST_MAILS]
    problems: list[Exception] = []
    for part in parts:
        try:
            with transaction.atomic():
                _receive_one(service, raw.content_type, part)
        except (OperationalError, InterfaceError):  # the database's trouble and not this mail's
            raise
        except Exception as problem:  # noqa: BLE001 - whatever a stranger's mail does to a parser; it is said below
            problems.append(problem)
    if not problems:
        return ""
    if len(problems) == len(parts):
        raise problems[0]
    said = f"{len(problems)} of {len(parts)} emails could not be read: {described(problems[0])}"[:500]
    logger.warning("Event %s: %s", raw.pk, said)
    return said


def _receive_one(service: Service, content_type: str, part: bytes) -> None:
    found = raw_mail(service, part, content_type)
    if found is not None:
        mail.receive(found.content, recipient=found.recipient)
        return
    for event in service.parse(part, content_type):
        if event is not None and event.message is not None:
            mail.receive(event.message.as_bytes(), recipient=as_recipient(event.message.envelope_recipient))
