"""Back to before an import, while nothing was sent to the people it made.

The batches are taken back from the last to the first, each in a transaction that forgets it: stopped at any point it
goes on there. What somebody changed since stays: who unsubscribed, was suppressed, or was renamed keeps that. Consent
records stay, without what could name a person who is gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from mail.models import Message
from subscribers import suppression
from subscribers.imports.running import PAUSE_SECONDS, CannotStart
from subscribers.models import (
    ConsentRecord,
    Import,
    ImportBatch,
    Subscriber,
    Subscription,
    TaggedSubscriber,
)
from subscribers.preferences.unsubscribing import left_by_themselves

State = Import.State
_AT_ONCE = 500  # people
Ranges = Sequence[Sequence[int]]  # of people: pairs of the first and the last id, as a batch keeps them


@dataclass(frozen=True, slots=True)
class Mailings:
    """What a floor above, which sends mail, says of people; this floor doesn't know it."""

    # Was any of them sent something, or may it be on its way?
    reached: Callable[[Ranges], bool]
    # Nothing begins to be sent to them until the end of the transaction. Called before any of them is locked, as
    # senders lock their own rows before people.
    hold: Callable[[Ranges], None]


_mailings: dict[str, Mailings] = {}


def register_mailings(name: str, mailings: Mailings) -> None:
    _mailings[name] = mailings


def why_not(of: Import) -> str:
    """Why it can't be undone, in one sentence; "" when it can."""
    if of.state != State.UNDOING and not has_ended(of):
        return _("Only an import that is finished or stopped can be undone.")
    people = [pair for some in of.batches.values_list("people", flat=True) for pair in some]
    if _were_mailed(people):
        return _("Mail was already sent to some of its people, or is on its way, so it can't be undone any more.")
    return ""


def _were_mailed(people: Ranges) -> bool:
    return _were_sent_a_message(people) or any(each.reached(people) for each in _mailings.values())


def _were_sent_a_message(people: Ranges) -> bool:
    for first, last in people:
        theirs = Message.objects.filter(subscriber_id__gte=first, subscriber_id__lte=last)
        # A message keeps waiting while it is being sent, and where nobody knows whether the server took it.
        begun = ~Q(state=Message.State.WAITING) | Q(may_be_taken=True)
        if theirs.filter(begun).exists():
            return True
    return False


def has_ended(of: Import) -> bool:
    """Also one that failed after some of its rows were in, as when its file was lost while it was stopped."""
    return of.state in {State.DONE, State.STOPPED, State.PARTLY_UNDONE} or (
        of.state == State.FAILED and of.batches.exists()
    )


def start_undoing(of: Import) -> None:
    """From now on workers undo it. Raises `CannotStart`."""
    if why := why_not(of):
        raise CannotStart(why)
    undoable = [State.DONE, State.STOPPED, State.FAILED, State.PARTLY_UNDONE]
    Import.objects.filter(pk=of.pk, state__in=undoable).update(
        state=State.UNDOING, confirmed_to=None, trouble="", failures=0, claimed_at=None
    )
    of.refresh_from_db()


def undo(import_id: int, *, until: Callable[[], bool] = lambda: False) -> bool:
    """Undo what is left, or as far as `until` lets it. True when there is more to do."""
    while not until():
        with transaction.atomic():
            of = Import.objects.select_for_update().get(pk=import_id)
            if of.state != State.UNDOING:
                return False
            batch = of.batches.order_by("-pk").first()
            if batch is None:
                Import.objects.filter(pk=of.pk).update(state=State.UNDONE, finished_at=timezone.now(), claimed_at=None)
                return False
            _hold(batch)
            if _were_mailed(batch.people):  # since `why_not` was asked
                _leave_the_rest(of)
                return False
            _undo_batch(batch, of.by)
            batch.delete()
            Import.objects.filter(pk=of.pk).update(failures=0, claimed_at=timezone.now())
        time.sleep(PAUSE_SECONDS[connection.vendor])
    return True


def _hold(batch: ImportBatch) -> None:
    """Nothing new is sent to these people until the end of the transaction, and nothing new refers to them."""
    for each in _mailings.values():
        each.hold(batch.people)
    held = Q(pk__in=())
    for first, last in batch.people:
        held |= Q(pk__gte=first, pk__lte=last)
    for first, last in batch.subscriptions:  # of people who were here before, too: nobody unsubscribes meanwhile
        owners = Subscription.objects.filter(pk__gte=first, pk__lte=last).values("subscriber")
        held |= Q(pk__in=owners)
    list(Subscriber.objects.select_for_update().filter(held).order_by("pk").values_list("pk", flat=True))
    for first, last in batch.people:  # or the outbox could claim one between our look at it and its end
        theirs = Message.objects.select_for_update().filter(subscriber_id__gte=first, subscriber_id__lte=last)
        list(theirs.filter(state=Message.State.WAITING).order_by("pk").values_list("pk", flat=True))


def _leave_the_rest(of: Import) -> None:
    words = _(
        "Mail was sent to some of its people while it was being undone: they and those who came before them stay."
    )
    Import.objects.filter(pk=of.pk).update(
        state=State.PARTLY_UNDONE, trouble=words, finished_at=timezone.now(), claimed_at=None
    )


def _undo_batch(batch: ImportBatch, by: str) -> None:
    for first, last in batch.subscriptions:
        own = Subscription.objects.filter(pk__gte=first, pk__lte=last)
        own.exclude(pk__in=_left_by_themselves(own)).delete()
    for first, last in batch.people:
        for ids in _in_slices(first, last):
            _forget(ids)
    _restore_subscriptions(batch.before.get("subscriptions", {}))
    _restore_people(batch.before.get("people", {}))
    for tag, owner in batch.before.get("tags", ()):
        TaggedSubscriber.objects.filter(tag_id=tag, subscriber_id=owner).delete()
    if suppressed := batch.before.get("suppressed"):
        suppression.unsuppress_many(suppressed["hashes"], suppressed["people"], by=by)


def _left_by_themselves(subscriptions: Any) -> list[int]:
    """Those who unsubscribed, and not because the file said so."""
    ended = subscriptions.filter(status=Subscription.Status.UNSUBSCRIBED)
    owners = dict(ended.values_list("subscriber_id", "pk"))
    records = ConsentRecord.objects.filter(
        subscriber__in=list(owners), action=ConsentRecord.Action.UNSUBSCRIBED
    ).exclude(source=ConsentRecord.Source.IMPORT)
    here = set(records.values_list("subscriber_id", "mailing_list_id"))
    return [pk for pk, owner, on in ended.values_list("pk", "subscriber_id", "mailing_list_id") if (owner, on) in here]


def _in_slices(first: int, last: int) -> Iterator[range]:
    for start in range(first, last + 1, _AT_ONCE):
        yield range(start, min(start + _AT_ONCE, last + 1))


def _forget(ids: range) -> None:
    """People who have nothing left but what the import brought."""
    people = Subscriber.objects.filter(pk__gte=ids[0], pk__lte=ids[-1], is_suppressed=False)
    gone = list(people.exclude(subscriptions__isnull=False).values_list("pk", flat=True))
    ConsentRecord.objects.filter(subscriber__in=gone).erase_traces()
    Message.objects.filter(subscriber_id__in=gone).delete()
    Subscriber.objects.filter(pk__in=gone).delete()


def _restore_subscriptions(before: dict[str, Any]) -> None:
    restored = Subscription.objects.filter(pk__in=[int(pk) for pk in before])
    # The owners first, as everybody who changes a subscription does: a reader may unsubscribe at this very moment.
    list(Subscriber.objects.select_for_update().filter(pk__in=restored.values("subscriber")).order_by("pk"))
    kept = set(left_by_themselves(restored).values_list("pk", flat=True))
    for pk, (was, status, at) in before.items():
        old_status, requested_at, confirmed_at, unsubscribed_at = was
        moment = Q(confirmed_at=at) if status == Subscription.Status.CONFIRMED else Q(unsubscribed_at=at)
        if int(pk) in kept:
            continue
        Subscription.objects.filter(moment, pk=int(pk), status=status).update(
            status=old_status, requested_at=_read(requested_at), confirmed_at=_read(confirmed_at),
            unsubscribed_at=_read(unsubscribed_at),
        )  # fmt: skip


def _restore_people(before: dict[str, Any]) -> None:
    for pk, (was, after) in before.items():
        person = Subscriber.objects.filter(pk=int(pk)).first()
        if person is None:
            continue
        changed = {name: was[name] for name, value in after.items() if getattr(person, name) == value != was[name]}
        Subscriber.objects.filter(pk=person.pk).update(**changed, updated_at=timezone.now())


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
