"""What each kind of event does. The only place that decides it.

| kind | what is done |
|---|---|
| delivered | the ledger says so; who was in doubt was sent to |
| hard | the address is suppressed at once; above some of one edition, a person decides about all of them |
| soft, full | counted; too many within some time, and the address is suppressed, unless too many of its domain are |
| policy | nobody is suppressed; that domain is stopped for the edition |
| unsubscribe | the reader leaves the list that the mail was for; all, if it was for none |
| complaint | the address is suppressed: out of everything |

Nobody is found by an address that an event names: it must be about a mail of ours (`matching`).
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from datetime import timedelta
from hashlib import blake2b

from django.db import connection
from django.utils import timezone

from lib.characters import one_line
from newsletters.delivery.ledger import dead_addresses, dialogue_bounces
from newsletters.delivery.limits import stopped_domains
from newsletters.delivery.limits.rate_limits import domain_of
from newsletters.events.feedback.deliveries import in_portions, report_delivered
from newsletters.events.feedback.mail_events import EventKind, MailEvent
from newsletters.events.feedback.matching import Matched, Matcher
from newsletters.events.feedback.outages import tell_once, too_many_at_once
from newsletters.events.feedback.reporting import report
from newsletters.events.feedback.scores import LIMITS, bouncing_too_often
from newsletters.models import Edition, Feedback, RawEvent
from subscribers import suppression
from subscribers.models import ConsentRecord, Suppression
from subscribers.preferences.unsubscribing import unsubscribe
from subscribers.tokens import address_hash

logger = logging.getLogger(__name__)
Kind = Feedback.Kind
Effect = Feedback.Effect
SMTP = dialogue_bounces.SOURCE
_LOCK = 7_335_182_604_118_072  # an advisory lock of PostgreSQL; the number means nothing
BELIEVED = 10  # messages of the outbox within an hour: more, and it is rather the server that is wrong
JUDGED_SECONDS = 5.0  # how long an edition's share of dead addresses stands, above the first few
AT_ONCE = 500  # keys that are asked for


def take_effect(source: str, events: Iterable[MailEvent], *, raw: RawEvent | None = None, rules: int = 0) -> int:
    """Within a transaction of the caller's. An event that was told before does nothing. How many are about mails of
    ours."""
    told = list(events)
    known = _known(source, told)
    if any(event.kind is not EventKind.DELIVERED and key_of(event.key) not in known for event in told):
        take_turns()  # before any row is locked
        known = _known(source, told)  # another worker may have written some while this one waited
    rest = report_delivered(told)
    ours = len(told) - len(rest) + sum(key_of(event.key) in known for event in rest)
    # Of a raw event that is read once more, too: when it was read first, the mail may not have been in the ledger.
    asked = [event for event in rest if (key := key_of(event.key)) not in known or (raw and known[key] == raw.pk)]
    if not asked:
        return ours
    matcher = Matcher(event.target for event in asked)
    reported: list[tuple[EventKind, Matched]] = []
    new: dict[str, tuple[MailEvent, Matched]] = {}
    for event in asked:
        if (matched := matcher.match(event.target, event.address)) is None:
            continue
        reported.append((event.kind, matched))
        if (key := key_of(event.key)) not in known:
            ours += 1
            if event.kind is not EventKind.DELIVERED:
                new.setdefault(key, (event, matched))
    report(reported)
    rows = [(_feedback(event, matched), matched) for event, matched in new.values()]
    for row, _matched in rows:
        row.source, row.raw, row.rules = source, raw, rules
    _act_on_new(rows)
    return ours


def _act_on_new(rows: Sequence[tuple[Feedback, Matched]]) -> None:
    """Those that count what was written down before them are written one by one; the others together, first."""
    counting = {id(row) for row, matched in rows if row.kind == Kind.POLICY or _is_hard_message(row, matched)}
    Feedback.objects.bulk_create([row for row, _matched in rows if id(row) not in counting], batch_size=500)
    too_often = bouncing_too_often({(row.address_hash, Kind(row.kind)) for row, _matched in rows if row.kind in LIMITS})
    effects: defaultdict[Effect, list[int]] = defaultdict(list)
    for row, matched in rows:
        if id(row) in counting:
            row.save(force_insert=True)
        row.effect = effect = _effect_of(row, matched, too_often)
        if row.kind == Kind.HARD or effect == Effect.SUPPRESSED:
            row.save(update_fields=["effect"])  # at once: the next ones look at it
        elif effect != Effect.NONE:
            effects[effect].append(row.pk)
    for effect, numbers in effects.items():
        for some in in_portions(set(numbers)):
            Feedback.objects.filter(pk__in=some).update(effect=effect)


def _known(source: str, events: Sequence[MailEvent]) -> dict[str, int | None]:
    """The keys of those that were told before, and by which raw event: services tell most things twice."""
    keys = [key_of(event.key) for event in events if event.kind is not EventKind.DELIVERED]
    found: dict[str, int | None] = {}
    for start in range(0, len(keys), AT_ONCE):
        rows = Feedback.objects.filter(source=source, key__in=keys[start : start + AT_ONCE])
        found.update(rows.values_list("key", "raw_id"))
    return found


def _feedback(event: MailEvent, matched: Matched) -> Feedback:
    """Without who told it."""
    address = matched.address
    return Feedback(
        key=key_of(event.key),
        kind=Kind(event.kind.value),
        edition_id=matched.edition_id,
        subscriber_id=matched.subscriber_id,
        message_id=matched.message_id,
        address=address[:254],
        address_hash=address_hash(address) if address else "",
        domain=domain_of(address)[:253] if address else "",  # never of an address that an event names
        status=event.status[:12],
        rule=event.rule[:80],
        words=one_line(event.words)[:500],
        at=min(event.at, timezone.now()),
    )


def take_turns() -> None:
    """Until the end of this transaction nobody else judges bounces: of two who count at once, the second sees what the
    first wrote down. One lock for all, taken first, so no two wait for each other. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def act_on(feedback: Feedback, matched: Matched) -> None:
    """Do what its kind asks for, and write down what that was. Within a transaction of the caller's."""
    kind = Kind(feedback.kind)
    too_often = bouncing_too_often({(feedback.address_hash, kind)}) if kind in LIMITS else frozenset()
    feedback.effect = _effect_of(feedback, matched, too_often)
    feedback.save(update_fields=["effect"])


def _effect_of(feedback: Feedback, matched: Matched, too_often: Set[tuple[str, Feedback.Kind]]) -> Effect:
    kind = Kind(feedback.kind)
    if kind in LIMITS:
        return _count(feedback, is_too_often=(feedback.address_hash, kind) in too_often)
    return _ACTS[kind](feedback, matched)


def key_of(key: str) -> str:
    """`Feedback.key` of an event's own."""
    return blake2b(key.encode(errors="replace"), digest_size=32).hexdigest()


# --- People -------------------------------------------------------------------------------------------------------
def _note_of(feedback: Feedback) -> str:
    return " · ".join(filter(None, [feedback.status, feedback.words])) or feedback.rule


def _suppress(feedback: Feedback, reason: Suppression.Reason) -> Effect:
    suppression.suppress(feedback.address, reason=reason, note=_note_of(feedback))
    return Effect.SUPPRESSED


def _hard(feedback: Feedback, matched: Matched) -> Effect:
    if not feedback.address:
        return Effect.NONE
    number, edition_id = matched.subscriber_id, matched.edition_id
    if edition_id is None or number is None:
        return _hard_message(feedback)
    if matched.person is not None and matched.person.pk != number:  # merged: the ledger knows another number
        return _suppress(feedback, Suppression.Reason.BOUNCE)
    # A server that has lost its users bounces everybody's: the first few of an edition are believed at once.
    dead_addresses.record([(edition_id, number, feedback.address)])
    if dead_addresses.are_held(edition_id) or (not dead_addresses.are_few(edition_id) and _is_far_above(edition_id)):
        dead_addresses.hold_waiting(edition_id)
        return Effect.HELD
    dead_addresses.suppress_one(edition_id, number)
    return Effect.SUPPRESSED if suppression.is_suppressed(feedback.address) else Effect.NONE


def _is_hard_message(feedback: Feedback, matched: Matched) -> bool:
    return feedback.kind == Kind.HARD and (matched.edition_id is None or matched.subscriber_id is None)


def _hard_message(feedback: Feedback) -> Effect:
    """Of a confirmation or another message: it has no edition to compare with, so that many within an hour are left to
    a person."""
    lately = Feedback.objects.filter(
        edition=None, kind=Kind.HARD, at__gt=feedback.at - timedelta(hours=1), at__lte=feedback.at
    )
    if lately[: BELIEVED + 1].count() > BELIEVED:
        logger.error("Too many messages bounce to be believed; nobody is suppressed: %s", _note_of(feedback))
        return Effect.UNBELIEVED
    return _suppress(feedback, Suppression.Reason.BOUNCE)


_far_above: dict[int, tuple[float, bool]] = {}  # edition → when it was judged, by the monotonic clock, and how


def _is_far_above(edition_id: int) -> bool:
    """As `dead_addresses.count` says: it reads all of an edition, so not for each of thousands of bounces."""
    at, verdict = _far_above.get(edition_id, (float("-inf"), False))
    now = time.monotonic()
    if now - at >= JUDGED_SECONDS:
        verdict = dead_addresses.count(edition_id).is_far_above
        if len(_far_above) > 1000:
            _far_above.clear()
        _far_above[edition_id] = now, verdict
    return verdict


def _count(feedback: Feedback, *, is_too_often: bool) -> Effect:
    if not feedback.address:
        return Effect.NONE
    if not is_too_often:
        return Effect.COUNTED
    if feedback.edition_id is not None and too_many_at_once(
        feedback.edition_id, feedback.domain, feedback.address_hash
    ):
        tell_once(feedback.edition_id, feedback.domain, _note_of(feedback))
        return Effect.UNBELIEVED
    return _suppress(feedback, Suppression.Reason.BOUNCE)


def _policy(feedback: Feedback, matched: Matched) -> Effect:
    if matched.edition_id is None or not feedback.domain or feedback.source == SMTP:
        return Effect.NONE  # what servers say while we send has a brake of its own (`engine.trouble`)
    refused = Feedback.objects.filter(edition=matched.edition_id, kind=Kind.POLICY, domain=feedback.domain)
    readers = refused.values("subscriber_id").distinct().count()
    if not stopped_domains.refuses_too_much(matched.edition_id, feedback.domain, readers):
        return Effect.NONE
    is_sending = Edition.objects.filter(
        pk=matched.edition_id, status__in=[Edition.Status.SENDING, Edition.Status.PAUSED]
    ).exists()
    if is_sending and stopped_domains.stop(matched.edition_id, feedback.domain, _note_of(feedback)):
        return Effect.STOPPED
    return Effect.NONE


def _complaint(feedback: Feedback, _matched: Matched) -> Effect:
    return _suppress(feedback, Suppression.Reason.COMPLAINT) if feedback.address else Effect.NONE


def _unsubscribe(feedback: Feedback, matched: Matched) -> Effect:
    """From the list of that mail; from all, if it was a message of no list. Who has joined since stays."""
    if matched.person is None:
        return Effect.NONE
    list_id = matched.mailing_list_id
    if list_id is None and matched.edition_id is not None:
        lists = Edition.objects.filter(pk=matched.edition_id).values_list("newsletter__mailing_list", flat=True)
        list_id = lists.first()
    detail = "wrote to unsubscribe" if feedback.source == "mail" else f"through {feedback.source}"
    source = ConsentRecord.Source.PREFERENCES if feedback.source == "mail" else ConsentRecord.Source.API
    meant = matched.person.subscriptions.exclude(confirmed_at__gt=feedback.at)
    meant = meant if list_id is None else meant.filter(mailing_list=list_id)
    for each in meant.values_list("mailing_list", flat=True):
        unsubscribe(matched.person.pk, each, source=source, detail=detail)
    return Effect.LEFT


_ACTS: dict[Feedback.Kind, Callable[[Feedback, Matched], Feedback.Effect]] = {
    Kind.HARD: _hard,
    Kind.POLICY: _policy,
    Kind.COMPLAINT: _complaint,
    Kind.UNSUBSCRIBE: _unsubscribe,
}
