"""A mail that came in by a service: from here on it is as any mail that was delivered to us."""

from __future__ import annotations

from typing import Any

from newsletters.events.receiving import mail
from newsletters.events.receiving.reading import Found
from newsletters.events.webhooks.service import Service
from newsletters.models import RawEvent

RULES_VERSION = 1
MOST_MAILS = 1_000  # of one call; Mandrill alone brings several


def read_call(service: Service, raw: RawEvent, body: bytes) -> Found:
    """As `receiving.reading.Reader`. Each mail is kept and read as one that came by itself."""
    return Found("mail", (), RULES_VERSION, once=lambda: _receive(service, raw.content_type, body))


def _receive(service: Service, content_type: str, body: bytes) -> None:
    for event in service.parse(body, content_type)[:MOST_MAILS]:
        if event is not None and event.message is not None:
            mail.receive(event.message.as_bytes(), recipient=_came_to(event.message))


def _came_to(message: Any) -> str:
    recipient = message.envelope_recipient
    return recipient if isinstance(recipient, str) and len(recipient) <= 320 else ""
