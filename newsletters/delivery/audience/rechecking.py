"""The check of frozen members at hand-out, just before their mail begins: does each still get it?"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from newsletters.delivery.audience.definition import GONE, PERSONAL_SQL, Audience, Facts, exclusion_for
from newsletters.delivery.audience.topic_choices import read_topic_names
from newsletters.delivery.ledger.members import Member
from newsletters.delivery.ledger.reasons import Skip
from newsletters.rendering.recipients import NO_VALUES, Recipient
from newsletters.rendering.variants import NO_PART, NOTHING
from subscribers.models import Frequency, Subscriber, Subscription

EACH = Frequency.EACH.value


@dataclass(frozen=True, slots=True)
class Rechecked:
    """Each member is in one of the two: as a recipient, or with the reason why not."""

    recipients: dict[Member, Recipient] = field(default_factory=dict)
    skips: dict[Member, Skip] = field(default_factory=dict)


def recheck(
    audience: Audience,
    members: Collection[Member],
    topic_names: dict[int, tuple[str, ...]],
    now: datetime,
    *,
    letters: Collection[int],
    with_attributes: bool = False,
) -> Rechecked:
    """These members as they are now. One query, however many they are. A choice of topics that is missing in
    `topic_names` is added there. Nobody waits for a digest in the variants that are `letters`. The values of their
    attributes are read only for editions that use them."""
    ids = [member.subscriber_id for member in members]
    found = {row[0]: row for row in _read_facts(audience, ids, now, with_attributes=with_attributes)}
    rechecked = Rechecked()
    for member in members:
        row = found.get(member.subscriber_id)
        if row is None:
            rechecked.skips[member] = GONE
            continue
        subscriber_id, personal, status, asked_on, selection_id, email, name, frequency, attributes = row
        waits = audience.heeds_frequency and frequency != EACH and member.variant not in letters
        reason = exclusion_for(Facts(personal, status, member.variant == NOTHING, waits, member.variant == NO_PART))
        if reason is not None:
            rechecked.skips[member] = reason
            continue
        if selection_id and selection_id not in topic_names:  # chosen since the names were read
            topic_names.update(read_topic_names())
        topics = topic_names.get(selection_id, ()) if selection_id else ()
        values = json.loads(attributes) if attributes else NO_VALUES
        rechecked.recipients[member] = Recipient(subscriber_id, email, name, _day(asked_on), topics, values)
    return rechecked


def _read_facts(audience: Audience, ids: list[int], now: datetime, *, with_attributes: bool) -> list[tuple[Any, ...]]:
    """By hand: this is asked for every recipient of every edition, and most of what the ORM does here is to compile
    thousands of parameters and to parse moments of which the day is wanted."""
    if connection.vendor == "postgresql":
        # A list to join with, not to filter by: the planner then looks each of them up, also in a table that it has
        # no figures of yet. Filtering read everybody, fifteen times as slowly.
        # In PostgreSQL's own words: the driver takes longer to write the array than the server to look everybody up.
        wanted, who = "unnest(%s::bigint[]) AS wanted(id)", f"{{{','.join(map(str, ids))}}}"
        day = "(s.requested_at AT TIME ZONE 'UTC')::date"
    else:
        wanted, who, day = (
            "(SELECT value AS id FROM json_each(%s)) AS wanted",
            json.dumps(ids),
            "substr(s.requested_at, 1, 10)",
        )
    subscriptions, people = Subscription._meta.db_table, Subscriber._meta.db_table
    moments = [connection.ops.adapt_datetimefield_value(now)] * PERSONAL_SQL.count("%s")
    among, parameters = audience.where()
    attributes = "p.attributes" if with_attributes else "NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.subscriber_id, {PERSONAL_SQL}, s.status, {day}, s.selection_id, p.email, p.name, s.frequency,"  # noqa: S608
            f" {attributes}  FROM {wanted}"
            f" JOIN {subscriptions} s ON s.subscriber_id = wanted.id AND {among}"
            f" JOIN {people} p ON p.id = wanted.id",
            [*moments, who, *parameters],
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@lru_cache(maxsize=4096)
def _day(day: str | date) -> date:
    return day if isinstance(day, date) else date.fromisoformat(day)
