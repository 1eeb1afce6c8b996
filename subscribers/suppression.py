"""The suppression list: addresses that get nothing, no matter who asks. The only module that writes it.

`Subscriber.is_suppressed` repeats it for the hand-out, and both change in one transaction. Entries are kept by keyed
hash, so that they outlive the erasure of the person.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from lib.addresses import address_key
from subscribers import consent
from subscribers.models import ConsentRecord, Subscriber, Suppression
from subscribers.tokens import address_hash, folded_address_hash

_FROM_A_FILE = "import of "  # how the notes of such entries begin
_LOCK = 7_335_182_604_118_071  # an advisory lock of PostgreSQL; the number means nothing


def is_suppressed(email: str) -> bool:
    known = Q(address_hash=address_hash(email))
    if not email.isascii():
        known |= Q(address_hash=folded_address_hash(email), reason=Suppression.Reason.ERASED)
    return Suppression.objects.filter(known).exists()


def suppressed_among(emails: Collection[str]) -> set[str]:
    """Those of these that are suppressed, in one query. For a page's worth."""
    hashes = {email: {address_hash(email), folded_address_hash(email)} for email in emails}
    found = Suppression.objects.filter(address_hash__in=set().union(*hashes.values()))
    reasons = dict(found.values_list("address_hash", "reason"))
    return {
        email
        for email in emails
        if address_hash(email) in reasons or reasons.get(folded_address_hash(email)) == Suppression.Reason.ERASED
    }


def hold_still() -> None:
    """Until the end of this transaction nobody else puts an address on the list. For code that checks whether an
    address is on it and then gives it to somebody, as imports and changes of address do: an entry in between would
    find nobody to mark, and they would get mail. Call it before people are locked, and
    `lock_waits.wait_for_nobody_long` before.

    SQLite has one writer anyway."""
    _take_lock("pg_advisory_xact_lock")


def _take_lock(function: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [_LOCK])


def suppress(email: str, *, reason: Suppression.Reason, note: str = "", by: str = "") -> bool:
    """Put the address on the list. False when it was there; then the older reason stands, but an erasure replaces any
    other, and a complaint a bounce, which is taken back more easily. What a file said gives way to any other reason,
    since an import can be undone."""
    with transaction.atomic():
        _take_lock("pg_advisory_xact_lock_shared")  # beside all others but an import
        erased = reason == Suppression.Reason.ERASED
        complained = reason == Suppression.Reason.COMPLAINT
        values = {"email": "" if erased else email, "reason": reason, "note": note[:500], "by": by[:150]}
        digest = address_hash(email)
        entry, created = Suppression.objects.get_or_create(address_hash=digest, defaults=values)
        is_worse = erased or (complained and entry.reason == Suppression.Reason.BOUNCE)
        if not created and (is_worse or entry.note.startswith(_FROM_A_FILE)):
            Suppression.objects.filter(pk=entry.pk).update(**values)
        person = Subscriber.objects.with_address(email).first()
        if person is not None and not person.is_suppressed:
            Subscriber.objects.filter(pk=person.pk).update(is_suppressed=True)
            _record(person, ConsentRecord.Action.SUPPRESSED, f"{Suppression.Reason(reason).label}: {note}", by)
    return created


def suppress_many(entries: Sequence[tuple[str, Suppression.Reason]], *, file: str, by: str) -> dict[str, list[Any]]:
    """Put these addresses on the list, those of an import. Those that are on it stay as they are. Returns what is new:
    the hashes of the entries, and the ids of the people. Call it within a transaction."""
    note = f"{_FROM_A_FILE}{file}"
    hashes = {address_hash(email): (email, reason) for email, reason in entries}
    known = set(Suppression.objects.filter(address_hash__in=list(hashes)).values_list("address_hash", flat=True))
    new = {digest: entry for digest, entry in hashes.items() if digest not in known}
    Suppression.objects.bulk_create(
        [
            Suppression(address_hash=digest, email=email, reason=reason, note=note[:500], by=by[:150])
            for digest, (email, reason) in new.items()
        ],
        batch_size=500,
    )
    keys = {address_key(email): reason for email, reason in hashes.values()}
    people = list(Subscriber.objects.filter(email_key__in=list(keys), is_suppressed=False))
    Subscriber.objects.filter(pk__in=[person.pk for person in people]).update(is_suppressed=True)
    for person in people:
        words = f"{Suppression.Reason(keys[person.email_key]).label}: {note}"
        consent.record(
            person, ConsentRecord.Action.SUPPRESSED, ConsentRecord.Source.IMPORT, detail=words, staff=by
        )  # fmt: skip
    return {"hashes": list(new), "people": [person.pk for person in people]}


def unsuppress_many(hashes: Sequence[str], people: Sequence[int], *, by: str) -> None:
    """Take back what `suppress_many` did, for an import that is undone. An address that somebody suppressed since for a
    reason of their own stays so. Call it within a transaction."""
    Suppression.objects.filter(address_hash__in=hashes, note__startswith=_FROM_A_FILE).delete()
    released = list(Subscriber.objects.filter(pk__in=people, is_suppressed=True))
    still = suppressed_among([person.email for person in released])
    for person in released:
        if person.email in still:
            continue
        Subscriber.objects.filter(pk=person.pk).update(is_suppressed=False)
        consent.record(
            person,
            ConsentRecord.Action.RELEASED,
            ConsentRecord.Source.IMPORT,
            detail="the import was undone",
            staff=by,
        )


def release(email: str, *, note: str, by: str) -> bool:
    """Take the address off the list. False when it was not there."""
    return _release(address_hash(email), Subscriber.objects.with_address(email).first(), note=note, by=by)


def release_entry(entry: Suppression, *, note: str, by: str) -> bool:
    """The same for an entry whose address may be known by its hash alone."""
    person = Subscriber.objects.with_address(entry.email).first() if entry.email else None
    return _release(entry.address_hash, person, note=note, by=by)


def _release(digest: str, person: Subscriber | None, *, note: str, by: str) -> bool:
    with transaction.atomic():
        deleted, _ = Suppression.objects.filter(address_hash=digest).delete()
        if person is not None and person.is_suppressed:
            Subscriber.objects.filter(pk=person.pk).update(is_suppressed=False)
            _record(person, ConsentRecord.Action.RELEASED, note, by)
    return bool(deleted)


def _record(person: Subscriber, action: ConsentRecord.Action, detail: str, by: str) -> None:
    source = ConsentRecord.Source.STAFF if by else ConsentRecord.Source.API
    consent.record(person, action, source, detail=detail.strip().rstrip(":"), staff=by)
