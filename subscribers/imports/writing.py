"""Carry decisions out: the rows of a batch by COPY on PostgreSQL, by prepared statements on SQLite. The import's only
raw SQL is here, in `newcomers`, and in `subscribers.bulk_rows`.

Call it within the transaction that moves the cursor. Nobody is written to here: mails are asked for by `confirming`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models

from subscribers import suppression
from subscribers.attributes.holding import get_or_create_tag
from subscribers.bulk_rows import RowOfTable, insert, new_ids, stored_moment
from subscribers.imports.deciding import DecidedBatch, Decider, RowDecision
from subscribers.imports.known_people import CONFIRMED, LEFT, Known
from subscribers.imports.newcomers import add_newcomers, as_ranges, packed_attributes, rising_identity
from subscribers.models import ConsentRecord, Import, ImportBatch, Subscriber, Subscription, TaggedSubscriber

PERSON = (
    "id", "uuid", "email", "email_key", "name", "language", "time_zone", "attributes", "paused_until", "is_suppressed",
    "reminded_at", "created_at", "updated_at",
)  # fmt: skip
SUBSCRIPTION = (
    "id", "subscriber_id", "mailing_list_id", "status", "selection_id", "requested_at", "confirmed_at",
    "unsubscribed_at", "remind_at",
)  # fmt: skip
CONSENT = (
    "subscriber_id", "address_hash", "mailing_list_id", "action", "source", "wording", "wording_version", "language",
    "page", "ip", "user_agent", "detail", "staff", "at",
)  # fmt: skip


def write(decided: DecidedBatch, known: Known, of: Import, decider: Decider) -> ImportBatch:
    """All of it, and the batch's record of what was before."""
    batch = ImportBatch(of=of)
    decisions, now = decided.decisions, decider.now
    _change_people(decisions, batch, now)
    ids = _add_people([each for each in decisions if each.is_new], batch, now)
    _add_subscriptions(decisions, ids, batch)
    _change_subscriptions(decisions, batch)
    _suppress(decisions, batch, of)
    _add_consents(decisions, ids, known, of.by)
    _add_tags(decisions, ids, batch)
    add_newcomers(decided.newcomers, known, decider, batch)
    batch.save()
    return batch


def _add_people(new: Sequence[RowDecision], batch: ImportBatch, now: datetime) -> dict[str, int]:
    """The ids of the new people by key."""
    ids = new_ids(Subscriber, len(new))
    batch.people, batch.lines = as_ranges(ids), as_ranges(each.row.line for each in new)
    stored = stored_moment()
    at = stored(now)
    rows: list[RowOfTable] = []
    for pk, decision in zip(ids, new, strict=True):
        row, fields = decision.row, decision.fields
        paused, created = fields.get("paused_until"), fields.get("created_at")
        rows.append((
            pk, rising_identity(pk), row.email, row.key, fields.get("name", ""),
            fields.get("language", ""), fields.get("time_zone", ""), packed_attributes(fields.get("attributes")),
            paused and stored(paused), False, None, stored(min(created, now)) if created else at, at,
        ))  # fmt: skip
    insert(Subscriber, PERSON, rows)
    return {decision.row.key: pk for pk, decision in zip(ids, new, strict=True)}


def _owner(decision: RowDecision, ids: dict[str, int]) -> int:
    return decision.person.pk if decision.person is not None else ids[decision.row.key]


def _add_subscriptions(decisions: Sequence[RowDecision], ids: dict[str, int], batch: ImportBatch) -> None:
    made = [(_owner(each, ids), one) for each in decisions for one in each.subscriptions]
    pks = new_ids(Subscription, len(made))
    batch.subscriptions = as_ranges(pks)
    stored = stored_moment()
    insert(
        Subscription,
        SUBSCRIPTION,
        [
            (
                pk, owner, one.mailing_list, one.status, one.selection, stored(one.requested_at),
                one.confirmed_at and stored(one.confirmed_at), one.unsubscribed_at and stored(one.unsubscribed_at),
                None,
            )
            for pk, (owner, one) in zip(pks, made, strict=True)
        ],
    )  # fmt: skip


def _change_people(decisions: Sequence[RowDecision], batch: ImportBatch, now: datetime) -> None:
    changed = [(each.person, each.fields) for each in decisions if each.person is not None and each.fields]
    rows = []
    before: dict[str, list[Any]] = {}
    at = stored_moment()(now)
    for person, fields in changed:
        was = {"name": person.name, "language": person.language, "attributes": person.attributes}
        after = was | fields
        rows.append((after["name"], after["language"], packed_attributes(after["attributes"]), at, person.pk))
        before[str(person.pk)] = [was, after]
    if rows:
        batch.before["people"] = before
        _update(Subscriber, ("name", "language", "attributes", "updated_at"), rows)


def _update(model: type[models.Model], columns: Sequence[str], rows: Sequence[RowOfTable]) -> None:
    """Set these columns; the last value of each row is the id. psycopg sends all of it without waiting in between."""
    table, name = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name
    assignments = ", ".join(f"{name(column)} = %s" for column in columns)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {assignments} WHERE id = %s", rows)  # noqa: S608 - our own names


def _change_subscriptions(decisions: Sequence[RowDecision], batch: ImportBatch) -> None:
    confirm = [one for each in decisions for one in each.confirm]
    end = [one for each in decisions for one in each.end]
    if not confirm and not end:
        return
    packed = {
        known.pk: known.packed
        for each in decisions
        if each.person is not None
        for known in each.person.subscriptions.values()
    }
    batch.before["subscriptions"] = {
        str(pk): [list(packed[pk]), status, at.isoformat()]
        for status, changes in ((CONFIRMED, confirm), (LEFT, end))
        for pk, at in changes
    }
    stored = stored_moment()
    if confirm:
        rows = [(CONFIRMED, stored(at), None, pk) for pk, at in confirm]
        _update(Subscription, ("status", "confirmed_at", "remind_at"), rows)
    if end:
        rows = [(LEFT, stored(at), None, pk) for pk, at in end]
        _update(Subscription, ("status", "unsubscribed_at", "remind_at"), rows)


def _suppress(decisions: Sequence[RowDecision], batch: ImportBatch, of: Import) -> None:
    wanted = [(each.row.email, each.suppress) for each in decisions if each.suppress is not None]
    if wanted:
        batch.before["suppressed"] = suppression.suppress_many(wanted, file=of.name, by=of.by)


def _add_consents(decisions: Iterable[RowDecision], ids: dict[str, int], known: Known, by: str) -> None:
    stored = stored_moment()
    source, by = ConsentRecord.Source.IMPORT.value, by[:150]
    rows: list[RowOfTable] = [
        (
            _owner(each, ids), known.hashes[each.row.key], one.mailing_list, one.action, source, "", "", "", "",
            one.ip, "", one.detail[:500], by, stored(one.at),
        )
        for each in decisions
        for one in each.consents
    ]  # fmt: skip
    insert(ConsentRecord, CONSENT, rows)


def _add_tags(decisions: Iterable[RowDecision], ids: dict[str, int], batch: ImportBatch) -> None:
    made: dict[str, int] = {}
    pairs: dict[tuple[int, int], bool] = {}  # tag and person, and whether the person was there before
    for each in decisions:
        for name in each.tags:
            if name not in made:
                made[name] = get_or_create_tag(name).pk
            pairs[made[name], _owner(each, ids)] = each.person is not None
    TaggedSubscriber.objects.bulk_create(
        [TaggedSubscriber(tag_id=tag, subscriber_id=owner) for tag, owner in pairs],
        batch_size=1000,
        ignore_conflicts=True,
    )
    if of_others := [pair for pair, was_there in pairs.items() if was_there]:
        batch.before["tags"] = of_others
