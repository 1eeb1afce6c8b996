"""Editions whose readers need a decision."""

from __future__ import annotations

from typing import Any

from mail.results import Result, Verdict
from mail.send_reasons import SendReason
from mail.transport import Outgoing
from newsletters.delivery import resolving
from newsletters.delivery.engine import sending
from newsletters.models import Edition, Newsletter
from tests.factories import make_edition, start
from tests.newsletters.delivery.conftest import Scripted, answered
from tests.newsletters.delivery.engine.sums import finish, readers

ACTIONS = (resolving.mark_as_sent, resolving.resend, resolving.retry_failed)


def doubt(mail: Outgoing) -> Result:
    return Result(mail.key, Verdict.IN_DOUBT, reason=SendReason.CONNECTION_LOST, email=mail.email)


def refuse(mail: Outgoing) -> Result:
    return answered(mail, 552, "5.2.2 Mailbox full")  # neither about the address itself nor policy


def sent_with(newsletter: Newsletter, scripted: Scripted, count: int, answer: Any) -> Edition:
    """An edition of which everybody got this answer, and which is finished."""
    readers(newsletter, count)
    edition = start(make_edition(newsletter))
    scripted.answer = answer
    sending.send_slice()
    assert finish(edition) == "sent"
    scripted.answer = lambda mail: answered(mail, 250)
    scripted.sent.clear()
    return edition
