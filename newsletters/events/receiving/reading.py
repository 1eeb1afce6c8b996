"""Read what waits and let it take effect: each raw event is one transaction, so that killed it has happened or not.

What can't be processed is tried again ever later, and after `MOST_ATTEMPTS` left for staff to look at, with its error;
it holds up nothing else, and its sender hears none of it. What waits for another server is asked for during three days,
since a service may be down for hours, or its key be wrong until somebody is back at work.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from lib.errors_in_words import described
from lib.lost_connections import is_lost
from newsletters.events.feedback.effects import take_effect
from newsletters.events.feedback.mail_events import MailEvent
from newsletters.events.receiving.keeping import body_of
from newsletters.models import RawEvent

logger = logging.getLogger(__name__)
MOST_ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=1)  # and twice as long each time, but never longer than
LONGEST_RETRY = timedelta(hours=1)
MOST_FETCHES = 78  # attempts at what another server has: three days
AT_ONCE = 200
LAST_FRAMES = 8  # of an error, in the log
TO_FETCH = "to fetch"  # the kind of what waits until somebody has asked another server for the rest of it


@dataclass(frozen=True, slots=True)
class Found:
    """What a source's reader makes of a raw event. `kind` is a word for the list that staff see. `again_at`: some of it
    can't be known yet, so it is read once more then. `once` is done when it is first read, within that transaction, and
    not when it is read again by newer rules; a text that it answers with is kept as the error, for staff. `to_fetch`:
    what counts isn't in it but on another server, which isn't asked within a transaction."""

    kind: str
    events: Sequence[MailEvent] = ()
    rules: int = 0  # the version that it was read by
    again_at: datetime | None = None
    once: Callable[[], str | None] | None = None
    to_fetch: bool = False


Reader = Callable[[RawEvent, bytes], Found]
_readers: dict[str, Reader] = {}
_others: list[Reader] = []


def register(source: str, reader: Reader) -> None:
    """Once a source, when the application starts. The reader changes nothing: it may be called again for the same
    event. It raises for what it can't read."""
    _readers[source] = reader


def register_others(reader: Reader) -> None:
    """For every source that has no reader of its own."""
    _others[:] = [reader]


def find_reader(source: str) -> Reader:
    return _readers.get(source) or _others[0]


def anything_waits() -> bool:
    return _due().exclude(kind=TO_FETCH).exists()


def read_waiting(most: int = AT_ONCE) -> int:
    """Read up to so many that are due, in the order they came; how many. What another worker reads is left to it.
    Raises DatabaseError."""
    numbers = _first(_due().exclude(kind=TO_FETCH), most)
    for number in numbers:
        read_one(number)
    return len(numbers)


def waiting_to_be_fetched(most: int) -> list[int]:
    """Up to so many that are due, in the order they came."""
    return _first(_due().filter(kind=TO_FETCH), most)


def why_not_fetched() -> tuple[int, str]:
    """How many wait since they couldn't be fetched when asked for last, and why the newest of them couldn't."""
    found = RawEvent.objects.filter(state=RawEvent.State.WAITING, kind=TO_FETCH).exclude(error="")
    return found.count(), found.order_by("-pk").values_list("error", flat=True).first() or ""


def _due() -> QuerySet[RawEvent]:
    return RawEvent.objects.filter(state=RawEvent.State.WAITING, due_at__lte=timezone.now())


def _first(due: QuerySet[RawEvent], most: int) -> list[int]:
    return list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:most])


def read_one(number: int) -> None:
    """Read one, if it still waits. Raises DatabaseError alone."""
    try:
        with transaction.atomic():
            event = waiting(number)
            if event is not None:
                _process(event)
    except Exception as error:
        if is_lost(error):  # the database's trouble and not this event's
            raise
        # Some frames at the end alone: what comes in may drive a parser as deep as it goes.
        frames = "".join(traceback.format_tb(error.__traceback__, limit=-LAST_FRAMES))
        logger.error("Event %s could not be processed: %s\n%s", number, described(error), frames)  # noqa: TRY400
        try_later(number, described(error))


def waiting(number: int) -> RawEvent | None:
    """Locked for this transaction; None if it was read, or another worker has it."""
    rows = RawEvent.objects.select_for_update(skip_locked=True)
    return rows.filter(pk=number, state=RawEvent.State.WAITING).first()


def _process(event: RawEvent) -> None:
    found = find_reader(event.source)(event, body_of(event))
    if found.to_fetch:
        event.kind, event.due_at, event.attempts = TO_FETCH, timezone.now(), 0
        event.save(update_fields=["kind", "due_at", "attempts"])
        return
    said = found.once() if found.once is not None else None
    take_effect(event.source, found.events, raw=event, rules=found.rules)
    event.state, event.kind, event.rules, event.error = RawEvent.State.DONE, found.kind, found.rules, said or ""
    event.attempts += 1
    if found.again_at is not None:  # as planned, so it isn't an attempt that failed
        event.state, event.due_at, event.attempts = RawEvent.State.WAITING, found.again_at, 0
    event.save(update_fields=["state", "kind", "rules", "error", "attempts", "due_at"])


def try_later(number: int, error: str, *, most: int = MOST_ATTEMPTS) -> None:
    """Ever later; after so many attempts it is left with its error. Raises DatabaseError."""
    with transaction.atomic():
        event = waiting(number)
        if event is None:
            return
        event.attempts += 1
        event.error = error[:500]
        event.due_at = timezone.now() + wait_after(event.attempts)
        if event.attempts >= most:
            event.state = RawEvent.State.FAILED
        event.save(update_fields=["attempts", "error", "due_at", "state"])


def wait_after(attempts: int) -> timedelta:
    """Until the next, after so many."""
    longer: int = 2 ** min(attempts - 1, 10)
    return min(RETRY_AFTER * longer, LONGEST_RETRY)


def try_again(rows: QuerySet[RawEvent]) -> int:
    """Those of these that were given up, at the next look; how many."""
    failed = rows.filter(state=RawEvent.State.FAILED)
    return failed.update(state=RawEvent.State.WAITING, attempts=0, due_at=timezone.now())
