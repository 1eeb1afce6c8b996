"""What each kind of event does. The only place that decides it.

| kind | what is done |
|---|---|
| delivered | the ledger says so; who was in doubt was sent to |
| hard | the address is suppressed at once; above some of one edition, a person decides about all of them |
| soft, full | counted; too many within some time, and the address is suppressed |
| policy | nobody is suppressed; that domain is stopped for the edition |
| unsubscribe | the reader leaves the list that the mail was for |
| complaint | the address is suppressed: out of everything |

Nobody is found by an address that an event names: it must be about a mail of ours (`matching`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b

from django.db import connection
from django.utils import timezone

from lib.characters import one_line
from newsletters.delivery import resolving
from newsletters.delivery.ledger import dead_addresses
from newsletters.delivery.limits import stopped_domains
from newsletters.delivery.limits.rate_limits import domain_of
from newsletters.editions.transitions import Refused
from newsletters.events.feedback.deliveries import report_delivered
from newsletters.events.feedback.mail_events import EventKind, MailEvent
from newsletters.events.feedback.matching import Matched, match
from newsletters.events.feedback.scores import bounces_too_often
from newsletters.models import Delivery, Edition, Feedback, RawEvent
from newsletters.models.deliveries import Outcome, Reported
from subscribers import suppression
from subscribers.models import ConsentRecord, Suppression
from subscribers.preferences.unsubscribing import unsubscribe
from subscribers.tokens import address_hash

Kind = Feedback.Kind
Effect = Feedback.Effect
SMTP = "smtp"  # the source of what a server said to us while we sent
BELIEVED = dead_addresses.SOME  # of an edition, without looking at the share
AT_ONCE = 500  # keys that are asked for
_RANK = [None, *(reported.value for reported in Reported)]


def take_effect(source: str, events: Iterable[MailEvent], *, raw: RawEvent | None = None, rules: int = 0) -> int:
    """Within a transaction of the caller's. An event that was told before does nothing. How many are about mails of
    ours."""
    told = list(events)
    rest = report_delivered(told)
    ours = len(told) - len(rest)
    known = _known(source, rest)
    for event in rest:
        if key_of(event.key) in known:
            ours += 1
        elif matched := match(event.target, event.address):
            ours += 1
            _take_one(source, event, matched, raw, rules)
    return ours


def _known(source: str, events: Sequence[MailEvent]) -> set[str]:
    """The keys of those that were told before: services tell most things twice."""
    keys = [key_of(event.key) for event in events if event.kind is not EventKind.DELIVERED]
    found: set[str] = set()
    for start in range(0, len(keys), AT_ONCE):
        rows = Feedback.objects.filter(source=source, key__in=keys[start : start + AT_ONCE])
        found |= set(rows.values_list("key", flat=True))
    return found


def _take_one(source: str, event: MailEvent, matched: Matched, raw: RawEvent | None, rules: int) -> None:
    if event.kind is EventKind.DELIVERED:
        _report(matched, Reported.DELIVERED)
        return
    feedback, is_new = Feedback.objects.get_or_create(
        source=source,
        key=key_of(event.key),
        defaults={
            "raw": raw,
            "kind": Kind(event.kind.value),
            "edition_id": matched.edition_id,
            "subscriber_id": matched.subscriber_id,
            "message_id": matched.message_id,
            "address": matched.address[:254],
            "address_hash": address_hash(matched.address) if matched.address else "",
            "domain": domain_of(matched.address or event.address)[:253],
            "status": event.status[:12],
            "rule": event.rule[:80],
            "rules": rules,
            "words": one_line(event.words)[:500],
            "at": min(event.at, timezone.now()),
        },
    )
    if not is_new:
        return
    if event.is_final and event.kind is not EventKind.UNSUBSCRIBE:
        _report(matched, Reported.COMPLAINED if event.kind is EventKind.COMPLAINT else Reported.BOUNCED)
    act_on(feedback, matched)


def act_on(feedback: Feedback, matched: Matched) -> None:
    """Do what its kind asks for, and write down what that was. Within a transaction of the caller's."""
    feedback.effect = _ACTS[Kind(feedback.kind)](feedback, matched)
    feedback.save(update_fields=["effect"])


def key_of(key: str) -> str:
    """`Feedback.key` of an event's own."""
    return blake2b(key.encode(errors="replace"), digest_size=32).hexdigest()


# --- The ledger ---------------------------------------------------------------------------------------------------
def _report(matched: Matched, reported: Reported) -> None:
    """Whatever comes back shows that the mail was sent. What is said of it only ever gets worse."""
    if matched.edition_id is None or matched.subscriber_id is None:
        return
    rows = Delivery.objects.filter(edition=matched.edition_id, subscriber_id=matched.subscriber_id)
    delivery = rows.select_for_update().first()
    if delivery is None:
        return
    if _RANK.index(reported.value) > _RANK.index(delivery.reported):
        rows.update(reported=reported)
    if delivery.outcome == Outcome.IN_DOUBT:
        try:
            resolving.mark_as_sent(matched.edition_id, by="an event", subscriber_ids=[matched.subscriber_id])
        except Refused:  # somebody else has just decided it
            return


# --- People -------------------------------------------------------------------------------------------------------
def _one_at_a_time(what: str) -> None:
    """Until the end of this transaction nobody else judges the same: of two who count at once, the second sees what the
    first wrote down. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [what])


def _note_of(feedback: Feedback) -> str:
    return " · ".join(filter(None, [feedback.status, feedback.words])) or feedback.rule


def _suppress(feedback: Feedback, reason: Suppression.Reason) -> Effect:
    suppression.suppress(feedback.address, reason=reason, note=_note_of(feedback))
    return Effect.SUPPRESSED


def _hard(feedback: Feedback, matched: Matched) -> Effect:
    if not feedback.address:
        return Effect.NONE
    if matched.edition_id is None or matched.subscriber_id is None:
        return _suppress(feedback, Suppression.Reason.BOUNCE)
    # A server that has lost its users bounces everybody's: the first few of an edition are believed at once.
    dead_addresses.record([(matched.edition_id, matched.subscriber_id, feedback.address)])
    counted = dead_addresses.count(matched.edition_id)
    if dead_addresses.are_held(matched.edition_id) or (counted.dead > BELIEVED and counted.is_far_above):
        dead_addresses.hold_waiting(matched.edition_id)
        return Effect.HELD
    dead_addresses.suppress_waiting(matched.edition_id, timezone.now())
    return Effect.SUPPRESSED


def _count(feedback: Feedback, _matched: Matched) -> Effect:
    if not feedback.address:
        return Effect.NONE
    _one_at_a_time(f"bounces of {feedback.address_hash}")
    if bounces_too_often(feedback.address_hash, Kind(feedback.kind)):
        return _suppress(feedback, Suppression.Reason.BOUNCE)
    return Effect.COUNTED


def _policy(feedback: Feedback, matched: Matched) -> Effect:
    if matched.edition_id is None or not feedback.domain or feedback.source == SMTP:
        return Effect.NONE  # what servers say while we send has a brake of its own (`engine.trouble`)
    _one_at_a_time(f"refusals of {matched.edition_id} by {feedback.domain}")
    refused = Feedback.objects.filter(edition=matched.edition_id, kind=Kind.POLICY, domain=feedback.domain)
    readers = refused.values("subscriber_id").distinct().count()
    if readers < stopped_domains.ENOUGH:
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
    if matched.person is None:
        return Effect.NONE
    list_id = matched.mailing_list_id
    if list_id is None and matched.edition_id is not None:
        lists = Edition.objects.filter(pk=matched.edition_id).values_list("newsletter__mailing_list", flat=True)
        list_id = lists.first()
    detail = "wrote to unsubscribe" if feedback.source == "mail" else f"through {feedback.source}"
    source = ConsentRecord.Source.PREFERENCES if feedback.source == "mail" else ConsentRecord.Source.API
    unsubscribe(matched.person.pk, list_id, source=source, detail=detail)
    return Effect.LEFT


_ACTS: dict[Feedback.Kind, Callable[[Feedback, Matched], Feedback.Effect]] = {
    Kind.HARD: _hard,
    Kind.SOFT: _count,
    Kind.FULL: _count,
    Kind.POLICY: _policy,
    Kind.COMPLAINT: _complaint,
    Kind.UNSUBSCRIBE: _unsubscribe,
}
