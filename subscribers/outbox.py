"""Sending what waits in the outbox: claim, send, settle, one row at a time.

A row is claimed by compare-and-set on its attempts and due time, with a lease written into the due time: several
workers never send one row at once, and a row whose worker died becomes due again when the lease ends. At least once:
after a crash between the server's answer and the settling the mail goes out a second time, with the same Message-ID.

A server that cannot be reached or refuses for now (4xx) means another try later, ever more slowly, with its words
kept in the row; a refusal for good (5xx) ends the row; a mail that lost its sense is dropped with the reason.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from subscribers import letters, smtputf8
from subscribers.models import OutboxMail

logger = logging.getLogger(__name__)

# Longer than one mail can take: connecting, greeting, each command and the final dot have 30 s each (EMAIL_TIMEOUT).
LEASE = timedelta(minutes=5)
DELAYS = [timedelta(seconds=s) for s in (15, 30, 60, 120, 300, 600, 1200)]  # then the last one again and again
GIVE_UP_AFTER = timedelta(days=3)


class Verdict(Enum):
    """What a failure means for the row and for the connection."""

    REFUSED = auto()  # this mail, for good
    LATER = auto()  # this mail, for now
    TROUBLE = auto()  # the server or our settings: no other mail would fare better now


@dataclass(frozen=True)
class Failure:
    verdict: Verdict
    reply: str


def send_due(limit: int = 100, *, first: int | None = None) -> int:
    """Send at most `limit` mails that are due, that row first when given. Returns how many were accepted.

    Ends early when the server is in trouble. Never raises for a single mail: an unexpected error is logged with its
    traceback, the row waits for another try, and the queue moves on.
    """
    sent = 0
    with _kept_connection() as connection:
        for row in _claims(limit, first):
            failure = _send(row, connection)
            _settle(row, failure)
            if failure is None:
                sent += row.state != OutboxMail.State.DROPPED
            elif failure.verdict is Verdict.TROUBLE:
                break
    return sent


@contextmanager
def _kept_connection() -> Iterator[BaseEmailBackend]:
    """One connection for the batch, opened by the first mail."""
    connection: BaseEmailBackend = mail.get_connection(fail_silently=False)
    try:
        yield connection
    finally:
        _close(connection)


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException) as error:
        logger.info("Closing the connection to the mail server failed: %s", error)


def _claims(limit: int, first: int | None) -> Iterator[OutboxMail]:
    """Claimed rows, each read and claimed only when its turn has come: the person may be suppressed meanwhile."""
    due = OutboxMail.objects.filter(state=OutboxMail.State.WAITING, due_at__lte=timezone.now())
    turns = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
    if first is not None:
        turns = [first, *(pk for pk in turns if pk != first)][:limit]
    for pk in turns:
        row = due.filter(pk=pk).select_related("subscriber").first()
        if row is not None and _claim(row):
            yield row


def _claim(row: OutboxMail) -> bool:
    lease = timezone.now() + LEASE
    mine = OutboxMail.objects.filter(
        pk=row.pk, state=OutboxMail.State.WAITING, attempts=row.attempts, due_at=row.due_at
    ).update(attempts=row.attempts + 1, due_at=lease)
    if mine:
        row.attempts, row.due_at = row.attempts + 1, lease
    return bool(mine)


def _send(row: OutboxMail, connection: BaseEmailBackend) -> Failure | None:
    try:
        message = letters.compose(row)
    except letters.NoLongerWanted as reason:
        row.state, row.reply = OutboxMail.State.DROPPED, str(reason)
        return None
    except Exception as error:
        logger.exception("Outgoing mail %s could not be written", row.pk)
        return Failure(Verdict.LATER, f"could not be written: {error}")
    try:
        connection.open()  # Django opens it by itself too, and then closes it after each mail
        if smtputf8.is_needed(row.subscriber.email):
            smtputf8.send(message, connection)
        else:
            connection.send_messages([message])
    except Exception as error:
        failure = classify(error)
        if failure.verdict is not Verdict.REFUSED:
            _close(connection)  # the state of the dialogue is unknown: begin a new one
        if not isinstance(error, OSError | AnymailAPIError | smtputf8.NotOffered):
            logger.exception("Outgoing mail %s: unexpected error", row.pk)
        return failure
    return None


# Our sender, our password, our address, or no dialogue at all: no reader's fault, whatever the code says.
_OUR_TROUBLE = (
    smtplib.SMTPSenderRefused,
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
)


def classify(error: Exception) -> Failure:
    """What the failure of one sending means. The only place that decides it."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return _by_code(*next(iter(error.recipients.values())))
        case smtplib.SMTPResponseException():
            failure = _by_code(error.smtp_code, error.smtp_error)
            return Failure(Verdict.TROUBLE, failure.reply) if isinstance(error, _OUR_TROUBLE) else failure
        case AnymailAPIError():
            refused = error.status_code in {400, 406, 413, 422}
            reply = f"the mail service answered {error.status_code}"
            return Failure(Verdict.REFUSED if refused else Verdict.TROUBLE, reply)
        case smtputf8.NotOffered() | AnymailRecipientsRefused():
            return Failure(Verdict.REFUSED, str(error))
    trouble = isinstance(error, OSError)  # smtplib's own exceptions are OSErrors too
    return Failure(Verdict.TROUBLE if trouble else Verdict.LATER, f"{type(error).__name__}: {error}")


def _by_code(code: int, words: bytes | str) -> Failure:
    verdict = Verdict.REFUSED if 500 <= code < 600 else Verdict.LATER
    # 421: the server is closing the channel, whatever it was asked.
    return Failure(Verdict.TROUBLE if code == 421 else verdict, _words(code, words))


def _words(code: int, words: bytes | str) -> str:
    return f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"


def _settle(row: OutboxMail, failure: Failure | None) -> None:
    """Write down what became of it, if the claim is still ours."""
    now = timezone.now()
    values: dict[str, object]
    if failure is None and row.state == OutboxMail.State.DROPPED:
        values = {"state": row.state, "reply": row.reply[:500]}
    elif failure is None:
        values = {"state": OutboxMail.State.SENT, "sent_at": now, "reply": ""}
    elif failure.verdict is Verdict.REFUSED:
        values = {"state": OutboxMail.State.FAILED, "reply": _one_line(failure.reply)}
    elif now - row.created_at > GIVE_UP_AFTER:
        values = {"state": OutboxMail.State.FAILED, "reply": _one_line(f"gave up after 3 days: {failure.reply}")}
    else:
        values = {"due_at": _next_try(row, now), "reply": _one_line(failure.reply)}
    OutboxMail.objects.filter(pk=row.pk, state=OutboxMail.State.WAITING, attempts=row.attempts).update(**values)
    if failure is not None:
        logger.warning("Outgoing mail %s, attempt %s: %s", row.pk, row.attempts, failure.verdict.name.lower())


def _next_try(row: OutboxMail, now: datetime) -> datetime:
    return now + DELAYS[min(row.attempts, len(DELAYS)) - 1]


def _one_line(reply: str) -> str:
    return " ".join(reply.replace("\x00", "").split())[:500]
