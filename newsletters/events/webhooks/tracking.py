"""What a service's call says of our mails: anymail's events, read as ours.

Opens and clicks are left alone, since Iria counts its own; so is what isn't the end of a mail: taken by the service,
sent by it, deferred by a server. An event is about the mail that our own signed reference names, which the service
gives back with it, or else about the one that has the service's number; never about an address.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from django.utils import timezone

from lib.characters import one_line, without_controls
from mail.esp.references import REFERENCE
from mail.models import Message
from mail.return_paths import Returned, read_return_path
from newsletters.events.feedback.mail_events import EventKind, MailEvent, MailTarget
from newsletters.events.incoming_mail.kinds import MailKind
from newsletters.events.incoming_mail.statuses import judge
from newsletters.events.receiving.reading import Found
from newsletters.events.webhooks.service import Service
from newsletters.events.webhooks.verdicts import ServiceVerdict, verdict_of
from newsletters.models import Delivery, RawEvent

RULES_VERSION = 1  # goes up with every change that reads a call differently
SEVERAL = "events"  # the kind of a call that has more than one
MOST_EVENTS = 5_000  # of one call; the services send a thousand at most
# A service may tell of a mail before its answer to us is written down, so the call is read again so long after it came.
AGAIN_AFTER = (timedelta(minutes=1), timedelta(minutes=3), timedelta(minutes=10))
_AT_ONCE = 500  # readers that are asked for
_ANSWERED = {"delivered": EventKind.DELIVERED, "complained": EventKind.COMPLAINT, "unsubscribed": EventKind.UNSUBSCRIBE}
_KINDS = {
    MailKind.HARD: EventKind.HARD, MailKind.SOFT: EventKind.SOFT, MailKind.FULL: EventKind.FULL,
    MailKind.POLICY: EventKind.POLICY,
}  # fmt: skip
_PERSONS = {EventKind.UNSUBSCRIBE, EventKind.COMPLAINT}  # who, and no server, said it


def read_call(service: Service, raw: RawEvent, body: bytes) -> Found:
    """As `receiving.reading.Reader`. Mails that the ledger doesn't have yet are asked for again, `AGAIN_AFTER`."""
    told = service.parse(body, raw.content_type)[:MOST_EVENTS]
    events = [made for each in told if (made := mail_event(service.name, each, raw.received_at)) is not None]
    again_at = next((at for after in AGAIN_AFTER if (at := raw.received_at + after) > timezone.now()), None)
    if again_at is not None and not (_some_unknown(events) or _some_unwritten(events)):
        again_at = None
    kind = events[0].kind.value if len(events) == 1 else SEVERAL if events else "other"
    return Found(kind, events, RULES_VERSION, again_at=again_at)


def mail_event(service: str, event: Any, received_at: datetime) -> MailEvent | None:
    """None where there is nothing to do: it tells nothing, or is of a mail that has no reader."""
    verdict = verdict_of(service, event)
    decided = _kind(event, verdict)
    target = _target(event)
    if decided is None or target is None:
        return None
    kind, rule, status = decided
    at = _at(event.timestamp, received_at)
    return MailEvent(
        kind,
        key=_key(event, target),
        target=target,
        at=at,
        address=_clean(event.recipient, 254),
        status=status,
        rule=f"{service}: {rule}",
        words=_clean(event.mta_response or verdict.words or event.description, 500),
    )


# --- What it is ---------------------------------------------------------------------------------------------------
def _kind(event: Any, verdict: ServiceVerdict) -> tuple[EventKind, str, str] | None:
    """The kind, what decided it, and the status."""
    what = str(event.event_type)
    rule = verdict.name or what
    if what in _ANSWERED:
        # A server's refusal may be told as a complaint.
        kind = verdict.kind if what == "complained" and verdict.kind is not None else _ANSWERED[what]
        return kind, rule if kind is verdict.kind else what, ""
    if what == "deferred" and (verdict.kind is None or verdict.lasting is None):
        return None
    if what == "failed" and verdict.lasting is None:
        return None  # the service couldn't make the mail: that is nobody's bounce
    if what not in {"bounced", "rejected", "deferred", "failed"}:
        return None
    return _of_a_bounce(event, verdict, rule, listed=verdict.listed or what == "rejected")


def _of_a_bounce(event: Any, verdict: ServiceVerdict, rule: str, *, listed: bool) -> tuple[EventKind, str, str]:
    if verdict.kind in _PERSONS:
        return verdict.kind, rule, ""
    if listed:
        return verdict.kind or (EventKind.HARD if verdict.lasting else EventKind.SOFT), rule, ""
    words = _clean(verdict.words or event.mta_response or event.description, 4_000)
    judged = judge(words, verdict.status)
    if judged.sure and words:
        kind = _KINDS.get(judged.kind, EventKind.SOFT)
        passing = kind is EventKind.HARD and verdict.lasting is False
        return (EventKind.SOFT if passing else kind), judged.rule, judged.status
    if verdict.kind is not None:
        return verdict.kind, rule, judged.status
    return (EventKind.HARD if verdict.lasting else EventKind.SOFT), rule, judged.status


# --- Whose mail ---------------------------------------------------------------------------------------------------
def _target(event: Any) -> MailTarget | None:
    """None for a test mail, which is nobody's, and for an event that names no mail."""
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    reference = metadata.get(REFERENCE)
    path = read_return_path(reference) if isinstance(reference, str) else None
    if path is not None and path.what is Returned.MESSAGE:
        return MailTarget(message=path.number) if path.number else None
    if path is not None:
        return MailTarget(edition=path.number, subscriber=path.subscriber) if path.subscriber else None
    number = _clean(event.message_id, 255)
    return MailTarget(provider_id=number) if number else None


def _some_unknown(events: Iterable[MailEvent]) -> bool:
    asked = {event.target.provider_id for event in events} - {""}
    if not asked:
        return False
    found = set(Delivery.objects.filter(provider_id__in=asked).values_list("provider_id", flat=True))
    found |= set(Message.objects.filter(provider_id__in=asked - found).values_list("provider_id", flat=True))
    return bool(asked - found)


def _some_unwritten(events: Iterable[MailEvent]) -> bool:
    """Our reference says which mail it is even before the ledger does; what is reported of it would be lost."""
    readers: dict[int, set[int]] = defaultdict(set)
    for event in events:
        if event.kind is EventKind.UNSUBSCRIBE:
            continue  # changes nothing in the ledger
        if event.target.edition is not None and event.target.subscriber is not None:
            readers[event.target.edition].add(event.target.subscriber)
    for edition, people in readers.items():
        ordered = sorted(people)
        for start in range(0, len(ordered), _AT_ONCE):
            some = ordered[start : start + _AT_ONCE]
            if Delivery.objects.filter(edition=edition, subscriber_id__in=some).count() < len(some):
                return True
    return False


# --- The rest -----------------------------------------------------------------------------------------------------
def _at(timestamp: datetime | None, received_at: datetime) -> datetime:
    """When it happened, as far as the service says; never after it was told."""
    if not isinstance(timestamp, datetime):
        return received_at
    return min(timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC), received_at)


def _key(event: Any, target: MailTarget) -> str:
    """The service's own number of the event, else all that it says of it; with the mail, as one number may be of
    several recipients. Nothing of what our rules make of it: they may change."""
    own = _clean(event.event_id, 255) or json.dumps(event.esp_event, sort_keys=True, default=str)
    mail = repr((target.edition, target.subscriber, target.message, target.provider_id))
    parts = [str(event.event_type), mail, _clean(event.recipient, 254).lower(), own]
    return blake2b("\x00".join(parts).encode(errors="replace"), digest_size=32).hexdigest()


def _clean(value: Any, most: int) -> str:
    """Any value as one line of text, without what no database takes."""
    if value is None or isinstance(value, Mapping | list):
        return ""
    return without_controls(one_line(str(value)[: 2 * most]))[:most]
