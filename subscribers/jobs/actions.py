"""What a job does to a batch of people, and how it is undone. Each is called within a transaction.

The rules of consent are those of one person: who left or is suppressed is never added; who is added without proof gets
the confirmation mail, within the limits of their mailbox; with a sentence where the proof is, they are confirmed with
it in the history. Undoing touches only what is still as the job left it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from subscribers import consent, erasure
from subscribers.models import (
    BulkJob,
    ConsentRecord,
    MailingList,
    Subscriber,
    Subscription,
    TaggedSubscriber,
)
from subscribers.preferences.unsubscribing import left_by_themselves, unsubscribe
from subscribers.signup import double_opt_in
from subscribers.signup.double_opt_in import SignupOutcome, SignupRequest

MOST_ASKED = 1000  # people whom one job may send a confirmation: more have to bring proof, or come by an import
Source, Action, Status = ConsentRecord.Source, ConsentRecord.Action, Subscription.Status


@dataclass
class BatchOutcome:
    """`changes` is what undoing needs, an entry for each person who was changed."""

    changes: list[Any] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


Do = Callable[[BulkJob, Sequence[Subscriber]], BatchOutcome]
Undo = Callable[[BulkJob, list[Any]], None]


def _add(job: BulkJob, people: Sequence[Subscriber]) -> BatchOutcome:
    outcome = BatchOutcome()
    mailing_list = MailingList.objects.get(pk=job.options["list"])
    proof = job.options.get("proof", "")
    known = dict(
        Subscription.objects.filter(mailing_list=mailing_list, subscriber__in=people).values_list(
            "subscriber_id", "status"
        )
    )
    for person in people:
        status = known.get(person.pk)
        if person.is_suppressed:
            outcome.left_out["suppressed"] += 1
        elif status == Status.UNSUBSCRIBED:
            outcome.left_out["unsubscribed from this list"] += 1
        elif status is not None:
            outcome.left_out["already on this list"] += 1
        else:
            request = SignupRequest(person.email, [mailing_list], source=Source.STAFF, staff=job.by)
            if proof:
                double_opt_in.add_confirmed(request, note=proof)
            elif double_opt_in.request_subscription(request) is SignupOutcome.LIMITED:
                outcome.left_out["had too many confirmations today"] += 1
                continue
            outcome.changes.append(person.pk)
    if proof:  # with when they were, since who leaves and confirms again by themselves wants it
        confirmed = Subscription.objects.filter(mailing_list=mailing_list, subscriber__in=outcome.changes)
        rows = confirmed.values_list("subscriber_id", "confirmed_at").order_by("subscriber_id")
        outcome.changes = [[pk, at.isoformat() if at else ""] for pk, at in rows]
    return outcome


def _undo_add(job: BulkJob, changes: list[Any]) -> None:
    """Who confirmed in the meantime stays: they wanted it. Jobs of before kept no moment."""
    moments = {
        pk: parse_datetime(at) if at else None
        for pk, at in (each if isinstance(each, list) else (each, "") for each in changes)
    }
    # The owners first, as everybody who changes a subscription does.
    list(Subscriber.objects.select_for_update().filter(pk__in=moments).order_by("pk"))
    added = Subscription.objects.filter(subscriber__in=moments, mailing_list=job.options["list"])
    status = Status.CONFIRMED if job.options.get("proof") else Status.PENDING
    for subscription in added.filter(status=status).select_related("subscriber", "mailing_list"):
        moment = moments[subscription.subscriber_id]
        if moment is not None and subscription.confirmed_at != moment:
            continue
        _record(job, subscription, Action.CHANGED, "adding was undone")
        subscription.delete()


def _tag(job: BulkJob, people: Sequence[Subscriber]) -> BatchOutcome:
    tag = job.options["tag"]
    held = _tagged(tag, [person.pk for person in people])
    missing = [person.pk for person in people if person.pk not in held]
    TaggedSubscriber.objects.bulk_create([TaggedSubscriber(tag_id=tag, subscriber_id=pk) for pk in missing])
    return BatchOutcome(list(missing), Counter({"already had the tag": len(held)} if held else {}))


def _untag(job: BulkJob, people: Sequence[Subscriber]) -> BatchOutcome:
    tag = job.options["tag"]
    held = _tagged(tag, [person.pk for person in people])
    TaggedSubscriber.objects.filter(tag=tag, subscriber__in=held).delete()
    without = len(people) - len(held)
    return BatchOutcome(sorted(held), Counter({"didn't have the tag": without} if without else {}))


def _tagged(tag: int, people: Sequence[int]) -> set[int]:
    return set(TaggedSubscriber.objects.filter(tag=tag, subscriber__in=people).values_list("subscriber_id", flat=True))


def _undo_tag(job: BulkJob, changes: list[Any]) -> None:
    TaggedSubscriber.objects.filter(tag=job.options["tag"], subscriber__in=changes).delete()


def _undo_untag(job: BulkJob, changes: list[Any]) -> None:
    there = Subscriber.objects.filter(pk__in=changes).values_list("pk", flat=True)
    rows = [TaggedSubscriber(tag_id=job.options["tag"], subscriber_id=pk) for pk in there]
    TaggedSubscriber.objects.bulk_create(rows, ignore_conflicts=True)


def _unsubscribe(job: BulkJob, people: Sequence[Subscriber]) -> BatchOutcome:
    outcome = BatchOutcome()
    mailing_list = job.options.get("list")
    active = Subscription.objects.filter(subscriber__in=people).exclude(status=Status.UNSUBSCRIBED)
    before = dict(active.values_list("pk", "status"))
    for person in people:
        ended = unsubscribe(
            person.pk, mailing_list, source=Source.STAFF, staff=job.by, detail=job.options.get("note", "")
        )
        if not ended:
            outcome.left_out["had nothing to unsubscribe from"] += 1
            continue
        outcome.changes.append(
            [[s.pk, before[s.pk], s.unsubscribed_at.isoformat() if s.unsubscribed_at else ""] for s in ended]
        )
    return outcome


def _undo_unsubscribe(job: BulkJob, changes: list[Any]) -> None:
    """Of those who unsubscribed by themselves since, nothing comes back."""
    ended = {pk: (status, parse_datetime(at)) for person in changes for pk, status, at in person}
    # The owners first, as everybody who changes a subscription does: a reader may unsubscribe at this very moment.
    owners = Subscription.objects.filter(pk__in=ended).values("subscriber")
    list(Subscriber.objects.select_for_update().filter(pk__in=owners).order_by("pk"))
    left = Subscription.objects.filter(pk__in=ended, status=Status.UNSUBSCRIBED)
    theirs = set(left_by_themselves(left).values_list("pk", flat=True))
    for subscription in left.select_related("subscriber", "mailing_list"):
        status, at = ended[subscription.pk]
        if subscription.unsubscribed_at != at or subscription.pk in theirs:
            continue
        subscription.status, subscription.unsubscribed_at = status, None
        subscription.save(update_fields=["status", "unsubscribed_at"])
        _record(job, subscription, Action.RESUBSCRIBED, "unsubscribing was undone")


def _erase(job: BulkJob, people: Sequence[Subscriber]) -> BatchOutcome:
    for person in people:
        erasure.erase(person, note=job.options.get("note", ""), by=job.by)
    return BatchOutcome([0] * len(people))  # nothing that could name anybody


def _record(job: BulkJob, subscription: Subscription, action: ConsentRecord.Action, detail: str) -> None:
    consent.record(
        subscription.subscriber, action, Source.STAFF, mailing_list=subscription.mailing_list, detail=detail,
        staff=job.by, at=timezone.now(),
    )  # fmt: skip


DEEDS: dict[str, tuple[Do, Undo | None]] = {
    BulkJob.Action.ADD_TO_LIST: (_add, _undo_add),
    BulkJob.Action.TAG: (_tag, _undo_tag),
    BulkJob.Action.UNTAG: (_untag, _undo_untag),
    BulkJob.Action.UNSUBSCRIBE: (_unsubscribe, _undo_unsubscribe),
    BulkJob.Action.ERASE: (_erase, None),
}
