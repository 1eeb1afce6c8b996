"""What comes in, from all sources together: for the tasks and for the start of the application."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from django.conf import settings

from mail.outbox import rejections
from newsletters.events.feedback import dialogue
from newsletters.events.incoming_mail.mail_files import NotReadable
from newsletters.events.mailboxes import imap, maildir
from newsletters.events.receiving import mail, reading
from newsletters.events.webhooks import entrance

logger = logging.getLogger(__name__)


def register_sources() -> None:
    """Once, when the application starts."""
    reading.register(mail.SOURCE, mail.read_event)
    reading.register_others(entrance.read_event)
    rejections.register("feedback", dialogue.note_rejected_message)


def anything_waits() -> bool:
    return reading.anything_waits() or dialogue.anything_waits()


def work_off() -> int:
    """Read what waits and let it take effect; how many there were. Raises DatabaseError."""
    return reading.read_waiting() + dialogue.act_on_waiting()


def fetch_mail() -> int:
    """Ask the services for the mails that they keep, and look into the mailboxes that are set; how many were received.
    What can't be read is logged in a sentence, and is tried at the next look. Raises DatabaseError."""
    received = entrance.fetch_kept_mails()
    looks: list[Callable[[], int]] = []
    if settings.BOUNCE_MAILDIR is not None:
        looks.append(partial(maildir.fetch, settings.BOUNCE_MAILDIR))
    if settings.BOUNCE_IMAP is not None:
        looks.append(partial(imap.fetch, settings.BOUNCE_IMAP))
    for look in looks:
        try:
            received += look()
        except NotReadable as problem:
            logger.error("%s", problem)  # noqa: TRY400 - the sentence says it; a traceback would say less
    return received
