"""Fetch the mails that services keep on their own side. A worker does it, outside of any transaction, beside its looks
into mailboxes; what can't be had is tried again for three days, and holds up nothing else.
"""

from __future__ import annotations

import logging
import time

from django.db import InterfaceError, OperationalError, transaction

from lib.characters import one_line
from lib.errors_in_words import described
from lib.lost_connections import is_lost
from newsletters.events.receiving import mail, reading
from newsletters.events.receiving.keeping import body_of
from newsletters.events.webhooks.kept_mails import CannotFetch
from newsletters.events.webhooks.stored import service_of
from newsletters.models import RawEvent

logger = logging.getLogger(__name__)
AT_ONCE = 100  # calls
SECONDS = 40.0  # that a look may take, and then one mail more
MOST_MAILS = 100  # of one call


class CannotRead(Exception):
    """Mails were had and can't be read: asking for them again brings the same."""


def fetch_waiting() -> int:
    """How many calls were worked off, until the time of a look is over. Raises DatabaseError."""
    ends = time.monotonic() + SECONDS
    done = 0
    for number in reading.waiting_to_be_fetched(AT_ONCE):
        if time.monotonic() > ends:
            break
        _fetch_one(number)
        done += 1
    return done


def _fetch_one(number: int) -> None:
    event = RawEvent.objects.filter(pk=number, state=RawEvent.State.WAITING, kind=reading.TO_FETCH).first()
    if event is None:
        return
    try:
        said = _receive_mails_of(event)
    except Exception as error:  # whatever another's server answers: it is kept with the event, and tried again
        if is_lost(error):  # the database's trouble and not this call's
            raise
        why = one_line(str(error)) if isinstance(error, CannotFetch | CannotRead) else described(error)
        logger.warning("Event %s: a mail could not be fetched: %s", number, why)
        most = reading.MOST_ATTEMPTS if isinstance(error, CannotRead) else reading.MOST_FETCHES
        reading.try_later(number, why, most=most)
        return
    with transaction.atomic():
        waiting = reading.waiting(number)
        if waiting is not None:
            waiting.state, waiting.kind, waiting.error = RawEvent.State.DONE, "mail", said
            waiting.attempts += 1
            waiting.save(update_fields=["state", "kind", "error", "attempts"])


def _receive_mails_of(event: RawEvent) -> str:
    """Each of them by itself: those that were had stay so when the call is tried again, since a mail is kept once.
    Answers what staff should know. Raises `CannotFetch` and `CannotRead`, and what is wrong with the call."""
    service = service_of(event.source)
    kept = service.kept_mails(body_of(event))
    problems: list[str] = []
    error: type[Exception] = CannotRead
    for each in kept[:MOST_MAILS]:
        try:
            mail.receive(service.fetch(each), recipient=each.recipient, identity=each.identity)
        except CannotFetch as problem:
            error = CannotFetch
            problems.append(str(problem))
        except (OperationalError, InterfaceError):  # the database's trouble and not this mail's
            raise
        except Exception as problem:  # noqa: BLE001 - whatever a stranger's mail does to a parser; it is said below
            problems.append(described(problem))
    if problems:
        few = f"{len(problems)} of {len(kept)} emails: " if len(kept) > 1 else ""
        raise error(f"{few}{problems[0]}")
    return f"Only the first {MOST_MAILS} of {len(kept)} emails were fetched." if len(kept) > MOST_MAILS else ""
