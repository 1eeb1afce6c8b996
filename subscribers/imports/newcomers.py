"""The set-based merge: the rows of a batch whose people are new here go into a temporary table of the database, by COPY
on PostgreSQL, and from there in one statement a table into people, subscriptions and consent records.

Who is a newcomer was decided by `deciding`, under the lock of those who are known: nothing is left to decide here. If
somebody signs up with one of the addresses meanwhile, the unique index says so, and the whole batch is looked at again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

from django.db import connection, models

from lib.inserting import insert_rows
from subscribers.attributes.holding import get_or_create_tag
from subscribers.bulk_rows import insert, new_ids, stored_moment
from subscribers.imports.deciding import Decider, Newcomer
from subscribers.imports.known_people import CONFIRMED, PENDING, Known
from subscribers.models import ConsentRecord, ImportBatch, Subscriber, Subscription, TaggedSubscriber

_TABLE = "imported_newcomers"
# SQLite keeps a value as it comes when a column has no type, and so as the tables have it from Django.
_COLUMNS = {
    "id": "bigint", "uuid": "uuid", "email": "text", "email_key": "text", "name": "text", "language": "text",
    "attributes": "jsonb", "address_hash": "text", "requested_at": "timestamptz", "confirmed_at": "timestamptz",
    "proof": "text", "ip": "inet",
}  # fmt: skip
_random = Random()  # noqa: S311 - identities, not secrets
_VERSION_4 = 4 << 76 | 2 << 62  # and the variant
_RANDOM_BITS = ~(15 << 76 | 3 << 62)


def add_newcomers(newcomers: Sequence[Newcomer], known: Known, decider: Decider, batch: ImportBatch) -> None:
    """People, subscriptions, consent records and tags; what was made is noted in the batch. Call it within the
    transaction that decided."""
    if not newcomers:
        return
    ids = new_ids(Subscriber, len(newcomers))
    lists = [(each.pk, decider.targets.selection(each, None)) for each in decider.targets.lists]
    _lay_ready(newcomers, ids, known)
    _add_people(stored_moment()(decider.now))
    batch.people = [*batch.people, *as_ranges(ids)]
    batch.lines = [*batch.lines, *as_ranges(each.row.line for each in newcomers)]
    for mailing_list, selection in lists:
        made = _add_subscriptions(mailing_list, selection, len(newcomers))
        batch.subscriptions = [*batch.subscriptions, *as_ranges(made)]
        _add_consents(mailing_list, batch.of.by[:150])
    _add_tags(newcomers, ids, decider.options.tags)


def _lay_ready(newcomers: Sequence[Newcomer], ids: Sequence[int], known: Known) -> None:
    postgres = connection.vendor == "postgresql"
    columns = ", ".join(f"{name} {kind}" if postgres else name for name, kind in _COLUMNS.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {_TABLE} ({columns})" + (" ON COMMIT DROP" if postgres else "")
        )
        cursor.execute(f"TRUNCATE {_TABLE}" if postgres else f"DELETE FROM {_TABLE}")  # noqa: S608 - our own name
    stored, hashes = stored_moment(), known.hashes
    insert_rows(_TABLE, tuple(_COLUMNS), [
        (
            pk, rising_identity(pk), row.email, row.key, row.name, row.language,
            packed_attributes(row.details.get("attributes")), hashes[row.key], stored(requested_at),
            confirmed_at and stored(confirmed_at), proof, row.details.get("ip"),
        )
        for pk, (row, requested_at, confirmed_at, proof) in zip(ids, newcomers, strict=True)
    ])  # fmt: skip


def _add_people(now: str) -> None:
    same = dict.fromkeys(("id", "uuid", "email", "email_key", "name", "language", "attributes"))
    values = {name: name for name in same} | {
        "time_zone": "''", "is_suppressed": "FALSE", "created_at": _MOMENT[connection.vendor],
        "updated_at": _MOMENT[connection.vendor],
    }  # fmt: skip
    _from_newcomers(Subscriber, values, [now, now])


_MOMENT = {"sqlite": "%s", "postgresql": "CAST(%s AS timestamptz)"}


def _add_subscriptions(mailing_list: int, selection: int | None, count: int) -> Sequence[int]:
    """The ids of those that were made."""
    status = f"CASE WHEN confirmed_at IS NULL THEN '{PENDING}' ELSE '{CONFIRMED}' END"
    values = {
        "subscriber_id": "id", "mailing_list_id": "CAST(%s AS bigint)", "status": status,
        "selection_id": "CAST(%s AS bigint)", "requested_at": "requested_at", "confirmed_at": "confirmed_at",
    }  # fmt: skip
    if connection.vendor == "postgresql":
        made = _from_newcomers(Subscription, values, [mailing_list, selection], then=" RETURNING id")
        return sorted(pk for (pk,) in made)
    ids = new_ids(Subscription, count)  # SQLite gives out these: one above the other, while nobody else may write
    _from_newcomers(Subscription, values, [mailing_list, selection])
    return ids


def _add_consents(mailing_list: int, by: str) -> None:
    nothing = dict.fromkeys(("wording", "wording_version", "language", "page", "user_agent"), "''")
    values = nothing | {
        "subscriber_id": "id", "address_hash": "address_hash", "mailing_list_id": "CAST(%s AS bigint)",
        "action": f"'{ConsentRecord.Action.CONFIRMED.value}'", "source": f"'{ConsentRecord.Source.IMPORT.value}'",
        "ip": "ip", "detail": "proof", "staff": "%s", "at": "confirmed_at",
    }  # fmt: skip
    _from_newcomers(ConsentRecord, values, [mailing_list, by], where="confirmed_at IS NOT NULL")


def _add_tags(newcomers: Sequence[Newcomer], ids: Sequence[int], for_all: Sequence[str]) -> None:
    made: dict[str, int] = {}
    pairs: dict[tuple[int, int], None] = {}
    for pk, newcomer in zip(ids, newcomers, strict=True):
        for name in (*for_all, *newcomer.row.details.get("tags", ())):
            if name not in made:
                made[name] = get_or_create_tag(name).pk
            pairs[made[name], pk] = None
    insert(TaggedSubscriber, ("tag_id", "subscriber_id"), list(pairs))


def _from_newcomers(
    model: type[models.Model], values: dict[str, str], parameters: Sequence[Any], *, where: str = "TRUE", then: str = ""
) -> list[tuple[Any, ...]]:
    """A row of the model for each newcomer: what SQL says for each column. What `then` returns."""
    name = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {name(model._meta.db_table)} ({', '.join(map(name, values))})"  # noqa: S608 - our own words
            f" SELECT {', '.join(values.values())} FROM {_TABLE} WHERE {where}{then}",
            parameters,
        )
        return cursor.fetchall() if then else []


def rising_identity(pk: int) -> str:
    """A random UUID (RFC 9562, version 4 by its bits) as 32 digits, which both databases take. It begins with the id,
    so that a large index grows at its end instead of everywhere."""
    return f"{pk << 80 | (_random.getrandbits(80) & _RANDOM_BITS) | _VERSION_4:032x}"


def packed_attributes(attributes: dict[str, Any] | None) -> str:
    return json.dumps(attributes, ensure_ascii=False) if attributes else "{}"


def as_ranges(ids: Iterable[int]) -> list[list[int]]:
    """Numbers in their order as pairs of the first and the last of those without a gap: of ids nearly always one."""
    found: list[list[int]] = []
    for each in ids:
        if found and found[-1][1] == each - 1:
            found[-1][1] = each
        else:
            found.append([each, each])
    return found
