"""Read what is kept once more, by today's rules: what they take for something else takes effect as that, and what an
older rule did wrongly is taken back.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db import transaction

from lib.lost_connections import is_lost
from newsletters.events.feedback import effects, undoing
from newsletters.events.feedback.mail_events import MailEvent
from newsletters.events.feedback.matching import match
from newsletters.events.incoming_mail.kinds import MailKind
from newsletters.events.receiving.keeping import body_of
from newsletters.events.receiving.reading import Found, find_reader
from newsletters.models import Feedback, RawEvent

logger = logging.getLogger(__name__)
AT_ONCE = 200
NOBODYS = {MailKind.AUTO_REPLY.value, MailKind.OTHER.value}  # say nothing against an address
BY = "Iria"
NOTE = "by newer rules this is something else"


@dataclass
class Changes:
    """How many events were read, were taken for something else than before, and released somebody by that; and how
    many couldn't be read any more, and keep what they have."""

    read: int = 0
    changed: int = 0
    released: int = 0
    failed: int = 0

    def __add__(self, other: Changes) -> Changes:
        return Changes(
            self.read + other.read, self.changed + other.changed, self.released + other.released,
            self.failed + other.failed,
        )  # fmt: skip


def read_again() -> Changes:
    """All that is kept; each event is one transaction. Raises DatabaseError; then the rest keeps what it has, and can
    be read by the next call."""
    changes = Changes()
    last = 0
    done = RawEvent.objects.filter(state=RawEvent.State.DONE).order_by("pk")
    while page := list(done.filter(pk__gt=last).values_list("pk", flat=True)[:AT_ONCE]):
        for number in page:
            try:
                one = _read_one(number)
            except Exception as error:
                if is_lost(error):
                    raise
                logger.warning("Event %s could not be read again: %s: %s", number, type(error).__name__, error)
                one = Changes(failed=1)
            changes = changes + one
        last = page[-1]
    return changes


@transaction.atomic
def _read_one(number: int) -> Changes:
    changes = Changes()
    event = RawEvent.objects.select_for_update().filter(pk=number).first()
    if event is None:
        return changes
    found = find_reader(event.source)(event, body_of(event))
    changes.read += 1
    known = {row.key: row for row in Feedback.objects.select_for_update().filter(raw=event)}
    told = {effects.key_of(each.key): each for each in found.events}
    is_other = any(key not in known or known[key].kind != each.kind.value for key, each in told.items())
    # What can't be attributed any more, as after a new secret, is no other verdict: it stands.
    gone = [row for key, row in known.items() if key not in told] if found.kind in NOBODYS else []
    if is_other or gone:
        changes.changed += 1
    for row in gone:
        changes.released += undoing.take_back(row, note=NOTE, by=BY)
    for key in told.keys() & known.keys():
        if known[key].kind != told[key].kind.value:
            changes.released += _change(known[key], told[key], found)
    effects.take_effect(event.source, found.events, raw=event, rules=found.rules)
    event.kind, event.rules = found.kind, found.rules
    event.save(update_fields=["kind", "rules"])
    return changes


def _change(row: Feedback, event: MailEvent, found: Found) -> bool:
    """What was one thing is another by now. Whether somebody was released."""
    released = undoing.take_back(row, note=NOTE, by=BY)
    row.refresh_from_db()
    row.kind, row.status, row.rule, row.rules = event.kind.value, event.status[:12], event.rule[:80], found.rules
    row.undone_at, row.undone_by, row.undone_note = None, "", ""
    row.save(update_fields=["kind", "status", "rule", "rules", "undone_at", "undone_by", "undone_note"])
    if matched := match(event.target, event.address):
        effects.act_on(row, matched)
    return released
