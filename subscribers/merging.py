"""Two people who are one: an address changed, or somebody signed up twice. One is kept and gets what the other has.

The strictest permission wins: people who left a list with one address have left it, suppressed ones stay so, the longer
pause holds. A subscription moves as confirmed only to an address that has confirmed something itself; else that address
is asked, by a mail of its own, since a link that went to the other mailbox confirms nothing for it. Consent records
stay as they are, each for the address that it was given for, and are filed under the person who is kept. The ledger
keeps the number of the other, and `FormerSubscriber` says whose it was; so links in old mails lead to the same person.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lib.addresses import readable
from mail.outbox.posting import hand_over_messages
from subscribers import consent, suppression
from subscribers.attributes.holding import add_tags
from subscribers.consent import NOWHERE
from subscribers.models import (
    AddressChange,
    ConsentRecord,
    FormerSubscriber,
    Frequency,
    MailingList,
    Subscriber,
    Subscription,
    Suppression,
)
from subscribers.signals import merged
from subscribers.signup.double_opt_in import resend_confirmation
from subscribers.tokens import address_hash
from subscribers.visitors import Visit

logger = logging.getLogger(__name__)
Status = Subscription.Status
# A person who left has said so; an open request withdraws nothing that was confirmed or approved.
_STRICTEST_FIRST = (Status.UNSUBSCRIBED, Status.CONFIRMED, Status.HELD, Status.PENDING)


class SamePerson(ValueError):
    """One person can't be merged into themselves."""


class PersonGone(LookupError):
    """One of the two isn't there any more: merged by somebody else, or erased."""


@dataclass(frozen=True, slots=True)
class ListAfterwards:
    """What becomes of one list: `before` is the status with the kept person and with the other, None where there is
    no subscription."""

    mailing_list: MailingList
    before: tuple[str | None, str | None]
    after: str
    source: Subscription  # whose dates and, unless both chose, topics it has

    @property
    def in_words(self) -> str:
        return str(Status(self.after).label)


@dataclass(frozen=True)
class MergePlan:
    """Everything that a merge would do. Making one changes nothing."""

    kept: Subscriber
    other: Subscriber
    email: str
    lists: list[ListAfterwards] = field(default_factory=list)
    suppressed: Suppression | None = None  # the entry that goes on holding
    paused_until: datetime | None = None
    name: str = ""
    consent_records: int = 0

    @property
    def readable_email(self) -> str:
        return readable(self.email)


def plan(kept: Subscriber, other: Subscriber, *, email: str = "", proven: bool = False) -> MergePlan:
    """`email` is the address from then on: the kept person's, unless told. `proven` says that its owner has just
    confirmed it. Raises `SamePerson`."""
    if kept.pk == other.pk:
        raise SamePerson
    email = email or kept.email
    proven = proven or _has_confirmed(kept if email == kept.email else other)
    ours, theirs = _by_list(kept), _by_list(other)
    names = {**{pk: s.mailing_list for pk, s in theirs.items()}, **{pk: s.mailing_list for pk, s in ours.items()}}
    lists = [
        _list_afterwards(mailing_list, ours.get(pk), theirs.get(pk), proven)
        for pk, mailing_list in sorted(names.items(), key=lambda each: (each[1].position, each[1].name))
    ]
    pauses = [each.paused_until for each in (kept, other) if each.paused_until]
    return MergePlan(
        kept=kept,
        other=other,
        email=email,
        lists=lists,
        suppressed=_suppression_that_holds(kept, other, email),
        paused_until=max(pauses, default=None),
        name=kept.name or other.name,
        consent_records=ConsentRecord.objects.filter(subscriber=other).count(),
    )


def _has_confirmed(person: Subscriber) -> bool:
    return person.subscriptions.filter(Q(confirmed_at__isnull=False) | Q(status=Status.HELD)).exists()


def _by_list(person: Subscriber) -> dict[int, Subscription]:
    return {s.mailing_list_id: s for s in person.subscriptions.select_related("mailing_list", "selection")}


def _list_afterwards(
    mailing_list: MailingList, ours: Subscription | None, theirs: Subscription | None, proven: bool
) -> ListAfterwards:
    there = [each for each in (ours, theirs) if each is not None]
    source = min(there, key=lambda each: _STRICTEST_FIRST.index(Status(each.status)))
    after = source.status
    if after in (Status.CONFIRMED, Status.HELD) and not proven:
        after = Status.PENDING
    before = (ours.status if ours else None, theirs.status if theirs else None)
    return ListAfterwards(mailing_list, before, after, source)


def _suppression_that_holds(kept: Subscriber, other: Subscriber, email: str) -> Suppression | None:
    """That of the address from then on; else one that is about the person. That mail to an address which is given up
    bounced says nothing about the other one."""
    hashes = [address_hash(each) for each in dict.fromkeys((email, kept.email, other.email))]
    found = {entry.address_hash: entry for entry in Suppression.objects.filter(address_hash__in=hashes)}
    entries = [found[each] for each in hashes if each in found]
    return next(
        (
            entry
            for entry in entries
            if entry.address_hash == hashes[0] or entry.reason != Suppression.Reason.BOUNCE
        ),
        None,
    )  # fmt: skip


def merge(
    kept: Subscriber,
    other: Subscriber,
    *,
    email: str = "",
    note: str,
    by: str = "",
    proven: bool = False,
    visit: Visit = NOWHERE,
) -> MergePlan:
    """Do it, in one transaction. The other person is gone afterwards; their numbers and links are not. Raises
    `PersonGone`."""
    with transaction.atomic():
        locked = lock_people([kept.pk, other.pk])
        if not {kept.pk, other.pk} <= locked.keys():
            raise PersonGone
        kept, other = locked[kept.pk], locked[other.pk]
        what = plan(kept, other, email=email, proven=proven)
        _record(kept, f"merged with {other.email}: {note}", by, visit)
        to_ask = _move_subscriptions(what)
        ConsentRecord.objects.filter(subscriber=other).file_under(kept)
        other.notes.update(subscriber=kept)
        hand_over_messages(other.pk, kept.pk)
        merged.send(sender=Subscriber, kept_id=kept.pk, former_id=other.pk)
        FormerSubscriber.objects.filter(subscriber=other).update(subscriber=kept)
        FormerSubscriber.objects.create(former_id=other.pk, former_uuid=other.uuid, subscriber=kept, by=by[:150])
        AddressChange.objects.filter(subscriber=other).delete()
        add_tags(kept.pk, other.tags.values_list("pk", flat=True))
        former = other.pk
        other.delete()
        kept.email = what.email
        kept.name, kept.paused_until = what.name, what.paused_until
        kept.language = kept.language or other.language
        kept.time_zone = kept.time_zone or other.time_zone
        kept.attributes = {**other.attributes, **kept.attributes}
        kept.is_suppressed = what.suppressed is not None
        kept.save()
        if what.suppressed is not None and what.suppressed.address_hash != address_hash(kept.email):
            suppression.suppress(kept.email, reason=Suppression.Reason(what.suppressed.reason), note=note, by=by)
        if to_ask:
            source = _source(by)
            resend_confirmation(kept, to_ask, visit=visit, source=source, staff=by, detail="merged with another person")
    logger.info("Subscriber %s merged into %s", former, kept.pk)
    return what


def lock_people(ids: Collection[int]) -> dict[int, Subscriber]:
    """Those of these who are there, by number, until the end of the transaction. In the order of their numbers: two who
    merge at once must not wait for each other."""
    return {person.pk: person for person in Subscriber.objects.select_for_update().filter(pk__in=ids).order_by("pk")}


def _move_subscriptions(what: MergePlan) -> list[int]:
    """Returns the subscriptions that the address has to be asked about."""
    to_ask = []
    for each in what.lists:
        ours = what.kept.subscriptions.filter(mailing_list=each.mailing_list).first()
        theirs = what.other.subscriptions.filter(mailing_list=each.mailing_list).first()
        source = each.source
        if ours is not None and theirs is None and ours.status == each.after:
            continue
        row = ours or Subscription(subscriber=what.kept, mailing_list=each.mailing_list)
        # A new row rather than theirs moved: a link that went to their mailbox must confirm nothing for this address.
        asks = each.after == Status.PENDING and not (ours and ours.status == Status.PENDING)
        if asks:
            row.requested_at, row.remind_at = timezone.now(), None
            row.confirmed_at = source.confirmed_at if source.status == each.after else None  # by the other address
            row.unsubscribed_at = source.unsubscribed_at
        elif each.after != Status.PENDING:  # else the link that ours was mailed goes on to work
            row.requested_at, row.remind_at = source.requested_at, None
            row.confirmed_at, row.unsubscribed_at = source.confirmed_at, source.unsubscribed_at
        row.status = each.after
        rarest = max((s for s in (ours, theirs) if s), key=lambda s: list(Frequency).index(Frequency(s.frequency)))
        row.frequency = rarest.frequency
        # Also where the rarest is each edition: one of the two may have gone back to it, and still be owed a digest.
        row.frequency_set_at = max(
            (s.frequency_set_at for s in (ours, theirs) if s and s.frequency_set_at), default=None
        )  # fmt: skip
        row.selection = next((s.selection for s in (ours, theirs) if s and s.selection_id), None)
        if theirs is not None:
            theirs.delete()
        row.save()
        if asks:
            to_ask.append(row.pk)
    return to_ask


def _source(by: str) -> ConsentRecord.Source:
    return ConsentRecord.Source.STAFF if by else ConsentRecord.Source.PREFERENCES


def _record(person: Subscriber, detail: str, by: str, visit: Visit) -> None:
    consent.record(person, ConsentRecord.Action.CHANGED, _source(by), detail=detail.rstrip(": "), staff=by, visit=visit)
