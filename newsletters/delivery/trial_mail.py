"""One mail to oneself, before there is an edition: does the way out work, and what did the server say?

It goes by the transport that editions take. What became of it is kept as a message, so that the set-up knows that it
was done.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from lib.addresses import canonical_mailbox
from lib.characters import one_line
from mail.models import Message
from mail.outbox.kinds import MessageKind
from mail.results import Result, Verdict
from mail.return_paths import message_path
from mail.routing import make_transport
from mail.transport import NotTaken, Outgoing, bare_address
from mail.writing import fields
from mail.writing.message import Mail
from newsletters.models import Institute, Newsletter

PATIENCE = 20.0  # seconds


@dataclass(frozen=True)
class TrialContext:
    """Nothing: it says the same to everybody."""


def sender() -> str:
    """From whom the newsletter comes; before there is one, from whom messages do."""
    newsletter = Newsletter.objects.order_by("pk").first()
    if newsletter is None:
        return settings.DEFAULT_FROM_EMAIL
    return fields.spoken_mailbox(newsletter.from_name, newsletter.from_email)


def write_trial(row: Message, context: TrialContext) -> Mail:
    facts = {"institute": Institute.current().name, "site_url": settings.SITE_URL}
    subject = one_line(render_to_string("emails/trial/subject.txt", facts))
    return Mail(subject, render_to_string("emails/trial/body.txt", facts).strip() + "\n", sender())


TRIAL = MessageKind("trial", "test of the set-up", TrialContext, write_trial)


def return_path() -> str:
    """Where bounces of it would go. It is message 0: its row comes into being with the answer."""
    return message_path(0, bare_address(sender()))


def send_trial(address: str) -> Message:
    """Send it and wait for the answer; the row says what it was."""
    row = Message(kind=TRIAL.name, address=address, mailbox=canonical_mailbox(address), due_at=timezone.now())
    mail = write_trial(row, TrialContext())
    mail.to = [address]
    mail.extra_headers["Auto-Submitted"] = "auto-generated"
    transport = make_transport()
    try:
        transport.submit(Outgoing(0, address, return_path(), lambda: mail, checked_at=time.monotonic() + 3600))
        answers = [answer for _mail, answer in transport.collect(at_least=1, within=PATIENCE)]
        if not answers and transport.pending:
            transport.abort()
            answers = [answer for _mail, answer in transport.collect(at_least=1, within=1.0)]
        trouble = str(transport.trouble or "")
    finally:
        transport.close()
    answer = answers[0] if answers else None
    accepted = isinstance(answer, Result) and answer.outcome == Verdict.ACCEPTED
    said = answer.reply if isinstance(answer, Result | NotTaken) else ""
    row.state = Message.State.SENT if accepted else Message.State.FAILED
    row.sent_at = timezone.now() if accepted else None
    row.attempts = 1
    row.reply = (said or ("" if accepted else trouble or "The mail server didn't answer in time."))[:500]
    row.save()
    return row
