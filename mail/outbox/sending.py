"""Send what waits in the outbox: claim, write, send, settle, one message at a time.

A row is claimed by compare-and-set on its attempts and due time, with a lease written into the due time: several
workers never send one row at once, and a row whose worker died becomes due again when the lease ends. At least once:
after a crash between the server's answer and the settling the message goes out a second time, with the same Message-ID.
A row that was claimed and not begun, since the database failed in between, is given back as soon as it answers.

A server that cannot be reached, or defers the message (4xx), means another try later, ever more slowly, with its words
kept in the row; a rejection ends the row; a message that lost its purpose is dropped with the reason. While the server
is in trouble no row is claimed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from lib.characters import one_line
from mail.models import Message
from mail.outbox import rejections
from mail.outbox.kinds import NoLongerNeeded, write_message
from mail.outbox.posting import post_due
from mail.results import REPLY_LENGTH, Result, Verdict
from mail.return_paths import message_path, message_reference
from mail.route_rates import Turns
from mail.routing import Traffic, open_transport
from mail.send_reasons import SendReason
from mail.transport import NO_RECORD, NotTaken, Outgoing, Returned, Transport, Why, bare_address
from mail.writing.identity import message_id
from mail.writing.message import Mail

logger = logging.getLogger(__name__)
State = Message.State

ANSWER_SECONDS = 120.0  # for connecting and the whole dialogue; then the connection is broken off
ABORT_SECONDS = 5.0
LEASE = timedelta(minutes=6)  # longer than one message can take: a call to a mail service, 300 s at most
DELAYS = [timedelta(seconds=s) for s in (15, 30, 60, 120, 300, 600, 1200)]  # then the last one again and again
TOO_FAST_DELAY = timedelta(seconds=5)
GIVE_UP_AFTER = timedelta(days=3)
NEVER_STALE = float("inf")  # the person was looked up when the message was written, a moment ago
CLOSING = 421  # the server is closing the channel, whatever it was asked

BROKEN = (OperationalError, InterfaceError)  # the database's trouble, and no message's

_not_begun: deque[Message] = deque()  # claimed, and certainly not sent: to be given back
_one_at_a_time = threading.Lock()  # one transport, so one thread that submits and collects
_asked = threading.Event()  # somebody found that thread at work: it looks once more before it ends


def send_due(limit: int = 100, *, first: int | None = None) -> int:
    """Send at most `limit` messages that are due, that row first when given, once the work that ends in messages is
    done (`posting.Source`). Returns how many were accepted.

    Ends early when the server is in trouble. Never raises for a single message: an unexpected error is logged with its
    traceback, the row waits for another try, and the queue moves on.
    """
    sent = 0
    _asked.set()
    while _asked.is_set() and _one_at_a_time.acquire(blocking=False):
        try:
            _asked.clear()
            post_due()
            sent += _send_batch(open_transport(NO_RECORD, Traffic.MESSAGES), limit, first)
        finally:
            _one_at_a_time.release()
    return sent


def _send_batch(transport: Transport, limit: int, first: int | None) -> int:
    sent = _settle_late(transport, dict(transport.collect(at_least=0, within=0.0)))
    if transport.trouble is not None:
        return sent
    turns = Turns(settings.EMAIL_ROUTE)
    for row in _claim_due(limit, first):
        try:
            mail = _begin(row, turns)
        except BROKEN:
            _give_back(row)
            raise
        if mail is None:
            continue
        answer = _await_answer(transport, mail)
        if answer is not None:
            turns.record([(mail, answer)])
        sent += _settle(row, answer, transport)
        if _is_trouble(answer):
            break
    turns.tell()
    return sent


def _begin(row: Message, turns: Turns) -> Outgoing | None:
    """The mail, about to be sent. None when it is not to be, or could not be written: then the row says so."""
    message = _write(row)
    if message is None:
        return None
    # Never made to wait: someone who has just signed up goes before the editions of the same route.
    begin = turns.take(1, at_once=True)
    return _outgoing(row, message, not_before=begin[0] if begin else 0.0)


# --- Claim ------------------------------------------------------------------------------------------------------
def _claim_due(limit: int, first: int | None) -> Iterator[Message]:
    """Claimed rows, each read and claimed only when its turn has come."""
    due = Message.objects.filter(state=State.WAITING, due_at__lte=timezone.now())
    turns = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
    if first is not None:
        turns = [first, *(pk for pk in turns if pk != first)][:limit]
    for pk in turns:
        row = due.filter(pk=pk).first()
        if row is not None and _claim(row):
            yield row


def _claim(row: Message) -> bool:
    """`row.may_be_taken` stays what earlier attempts left, for when this one is known to have come to nothing."""
    as_it_was = Message.objects.filter(pk=row.pk, state=State.WAITING, attempts=row.attempts, due_at=row.due_at)
    row.attempts, row.due_at = row.attempts + 1, timezone.now() + LEASE
    try:
        return bool(as_it_was.update(attempts=row.attempts, due_at=row.due_at, may_be_taken=True))
    except BROKEN:
        _give_back(row)  # it may have been claimed, with the answer lost
        raise


def _give_back(row: Message) -> None:
    """Not begun: due again now, and no attempt."""
    _not_begun.append(row)
    try:
        if not connection.in_atomic_block:
            connection.close()  # it may be the connection that is broken
        give_back_not_begun()
    except BROKEN:
        logger.warning("The database failed: message %s waits until it answers", row.pk)


def give_back_not_begun() -> None:
    """Rows that this process claimed and did not begin, of which the database could not be told at once."""
    while _not_begun:
        try:
            row = _not_begun.popleft()
        except IndexError:  # another thread had the last one
            return
        claimed = Message.objects.filter(pk=row.pk, state=State.WAITING, attempts=row.attempts, due_at=row.due_at)
        try:
            claimed.update(attempts=row.attempts - 1, due_at=timezone.now(), may_be_taken=row.may_be_taken)
        except BROKEN:
            _not_begun.append(row)
            raise


# --- Write ------------------------------------------------------------------------------------------------------
def _write(row: Message) -> Mail | None:
    """None when it is not to be sent, or could not be written: then the row says so."""
    try:
        message = write_message(row)
    except NoLongerNeeded as reason:
        _update(row, state=State.DROPPED, reply=_reply(str(reason)))
        return None
    except BROKEN:
        raise
    except Exception as error:
        logger.exception("Message %s could not be written", row.pk)
        _retry_later(row, f"could not be written: {error}", may_be_taken=row.may_be_taken)
        return None
    message.to = [row.address]
    # The row's own, so that a message sent again after a crash is recognised as the same.
    message.extra_headers["Message-ID"] = message_id(row.kind, row.pk, int(row.created_at.timestamp()))
    message.extra_headers["Auto-Submitted"] = "auto-generated"
    return message


def _outgoing(row: Message, message: Mail, *, not_before: float) -> Outgoing:
    return Outgoing(
        key=row,
        email=row.address,
        envelope_from=message_path(row.pk, bare_address(message.from_email)),
        make=lambda: message,
        checked_at=NEVER_STALE,
        not_before=not_before,
        reference=message_reference(row.pk),
    )


# --- Send -------------------------------------------------------------------------------------------------------
def _await_answer(transport: Transport, mail: Outgoing) -> Returned | None:
    """What became of it; None when nobody knows yet. An answer that comes late to an earlier one is settled, too."""
    transport.submit(mail)
    for seconds in (ANSWER_SECONDS, ABORT_SECONDS):
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            answers = dict(transport.collect(at_least=1, within=left))
            found = answers.pop(mail, None)
            _settle_late(transport, answers)
            if found is not None:
                return found
        transport.abort()
    return None


def _settle_late(transport: Transport, answers: Mapping[Outgoing, Returned]) -> int:
    """A call to a mail service cannot be broken off: its answer may come when its turn is long over."""
    return sum(_settle(mail.key, answer, transport) for mail, answer in answers.items())


def _is_trouble(answer: Returned | None) -> bool:
    """The server's or our settings', not this message's: no other would fare better now."""
    if isinstance(answer, NotTaken):
        return answer.why is Why.TOO_FAST
    if not isinstance(answer, Result):
        return True
    if answer.outcome == Verdict.IN_DOUBT:
        return answer.reason != SendReason.UNEXPECTED_ERROR
    return answer.smtp_code == CLOSING


# --- Settle -----------------------------------------------------------------------------------------------------
def _settle(row: Message, answer: Returned | None, transport: Transport) -> bool:
    """Write down what became of it, if the claim is still ours. Whether it was accepted."""
    if isinstance(answer, NotTaken):
        _turned_back(row, answer)
        return False
    if not isinstance(answer, Result):
        # Where there is no answer yet, the call goes on: the lease stays, so that nobody else begins it meanwhile.
        again_at = row.due_at if answer is None else None
        words = str(transport.trouble or "The mail server does not answer.")
        _retry_later(row, words, again_at, may_be_taken=answer is None or row.may_be_taken)
        return False
    if answer.outcome == Verdict.ACCEPTED:
        _update(row, state=State.SENT, sent_at=timezone.now(), reply="", provider_id=answer.provider_id or None)
        return True
    words = answer.reply or (answer.reason.words if isinstance(answer.reason, SendReason) else "")
    if answer.outcome == Verdict.REJECTED and answer.reason != SendReason.UNBUILDABLE:
        with transaction.atomic():
            if _update(row, state=State.FAILED, reply=_reply(words)):
                rejections.tell(row, answer)
        logger.warning("Message %s, attempt %s: rejected", row.pk, row.attempts)
    else:
        _retry_later(row, words, may_be_taken=row.may_be_taken or answer.outcome == Verdict.IN_DOUBT)
    return False


def _turned_back(row: Message, answer: NotTaken) -> None:
    """The server took it for no reason of its recipient's: too fast is no attempt, too large stays too large."""
    if answer.why is Why.TOO_LARGE:
        _update(row, state=State.FAILED, reply=_reply(answer.reply))
        logger.warning("Message %s, attempt %s: too large for the mail server", row.pk, row.attempts)
    elif timezone.now() - row.created_at > GIVE_UP_AFTER:
        _retry_later(row, answer.reply, may_be_taken=row.may_be_taken)  # which ends it
    else:
        again_at, attempts = timezone.now() + TOO_FAST_DELAY, row.attempts - 1
        _update(row, due_at=again_at, attempts=attempts, may_be_taken=row.may_be_taken, reply=_reply(answer.reply))


def _retry_later(row: Message, words: str, again_at: datetime | None = None, *, may_be_taken: bool) -> None:
    now = timezone.now()
    if now - row.created_at > GIVE_UP_AFTER:
        _update(row, state=State.FAILED, reply=_reply(f"gave up after 3 days: {words}"))
        logger.warning("Message %s, attempt %s: gave up", row.pk, row.attempts)
        return
    _update(row, due_at=again_at or _next_try(row, now), may_be_taken=may_be_taken, reply=_reply(words))
    logger.warning("Message %s, attempt %s: deferred", row.pk, row.attempts)


def _next_try(row: Message, now: datetime) -> datetime:
    return now + DELAYS[min(row.attempts, len(DELAYS)) - 1]


def _update(row: Message, **values: object) -> bool:
    """False when the claim is no longer ours."""
    ours = Message.objects.filter(pk=row.pk, state=State.WAITING, attempts=row.attempts)
    return bool(ours.update(**values))


def _reply(words: str) -> str:
    return one_line(words)[:REPLY_LENGTH]
