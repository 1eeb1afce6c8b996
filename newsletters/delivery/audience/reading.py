"""Who an edition goes to, and the look at each of them just before the mail begins."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from newsletters.delivery.ledger.reasons import Skip
from newsletters.rendering.recipients import Recipient
from subscribers.models import Subscriber, Subscription, TopicSelection


def read(mailing_list_id: int) -> Iterator[tuple[int, int | None]]:
    """Everybody with a confirmed subscription, by subscriber id, with the id of their choice of topics.

    One scan, streamed: a million readers cost no memory. Whoever is suppressed or paused is read too, so that the
    ledger can say why they got nothing.
    """
    return _confirmed(mailing_list_id).values_list("subscriber_id", "selection_id").iterator(chunk_size=10_000)


def read_with_addresses(mailing_list_id: int) -> Iterator[tuple[int, int | None, str]]:
    """The same people, each with their address: one scan, of two tables."""
    columns = ("subscriber_id", "selection_id", "subscriber__email")
    return _confirmed(mailing_list_id).values_list(*columns).iterator(chunk_size=10_000)


def _confirmed(mailing_list_id: int) -> QuerySet[Subscription]:
    confirmed = Subscription.objects.filter(mailing_list_id=mailing_list_id, status=Subscription.Status.CONFIRMED)
    return confirmed.order_by("subscriber_id")


class Choices(dict[int, frozenset[int]]):
    """The topic ids of the choices that readers made. A choice that is not known yet is looked up: a reader may make a
    new one while the audience is being read."""

    def __missing__(self, selection_id: int) -> frozenset[int]:
        topics = TopicSelection.topics.through.objects.filter(topicselection=selection_id)
        self[selection_id] = frozenset(topics.values_list("topic_id", flat=True))
        return self[selection_id]


def topics_of_selections() -> Choices:
    chosen: dict[int, set[int]] = {}
    for selection_id, topic_id in TopicSelection.topics.through.objects.values_list("topicselection_id", "topic_id"):
        chosen.setdefault(selection_id, set()).add(topic_id)
    return Choices({selection_id: frozenset(topics) for selection_id, topics in chosen.items()})


def topic_names_of_selections() -> dict[int, tuple[str, ...]]:
    chosen: dict[int, list[str]] = {}
    rows = TopicSelection.topics.through.objects.order_by("topic__position", "topic__name")
    for selection_id, name in rows.values_list("topicselection_id", "topic__name"):
        chosen.setdefault(selection_id, []).append(name)
    return {selection_id: tuple(names) for selection_id, names in chosen.items()}


@dataclass(frozen=True, slots=True)
class Checked:
    """May they still get it? Either the recipient or the reason why not."""

    recipients: dict[int, Recipient]
    skips: dict[int, Skip]


def check(
    subscriber_ids: Iterable[int], mailing_list_id: int, topic_names: dict[int, tuple[str, ...]], now: datetime
) -> Checked:
    """Look at these people as they are now: left, suppressed, paused, erased? One query, however many they are."""
    ids = list(subscriber_ids)
    checked = Checked({}, {})
    for subscriber_id, status, asked_on, selection_id, email, name, suppressed, paused in _look(
        ids, mailing_list_id, now
    ):
        if suppressed:
            checked.skips[subscriber_id] = Skip.SUPPRESSED
        elif status != _CONFIRMED:
            checked.skips[subscriber_id] = Skip.LEFT
        elif paused:
            checked.skips[subscriber_id] = Skip.PAUSED
        else:
            if selection_id and selection_id not in topic_names:  # chosen since the names were read
                topic_names.update(topic_names_of_selections())
            topics = topic_names.get(selection_id, ()) if selection_id else ()
            checked.recipients[subscriber_id] = Recipient(subscriber_id, email, name, _day(asked_on), topics)
    for subscriber_id in ids:
        if subscriber_id not in checked.recipients and subscriber_id not in checked.skips:
            checked.skips[subscriber_id] = Skip.ERASED
    return checked


_CONFIRMED = Subscription.Status.CONFIRMED.value


def _look(ids: list[int], mailing_list_id: int, now: datetime) -> list[tuple[Any, ...]]:
    """By hand: this is asked for every recipient of every edition, and most of what the ORM does here is to compile
    thousands of parameters and to parse moments of which the day is wanted."""
    who: Any
    if connection.vendor == "postgresql":
        # A list to join with, not to filter by: the planner then looks each of them up, also in a table that it has
        # no figures of yet. Filtering read everybody, fifteen times as slowly.
        wanted, who = "unnest(%s::bigint[]) AS wanted(id)", list(ids)
        day = "(s.requested_at AT TIME ZONE 'UTC')::date"
    else:
        wanted, who, day = (
            "(SELECT value AS id FROM json_each(%s)) AS wanted",
            json.dumps(ids),
            "substr(s.requested_at, 1, 10)",
        )
    subscriptions, people = Subscription._meta.db_table, Subscriber._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.subscriber_id, s.status, {day}, s.selection_id, p.email, p.name, p.is_suppressed,"  # noqa: S608
            f" coalesce(p.paused_until > %s, false) FROM {wanted}"
            f" JOIN {subscriptions} s ON s.subscriber_id = wanted.id AND s.mailing_list_id = %s"
            f" JOIN {people} p ON p.id = wanted.id",
            [connection.ops.adapt_datetimefield_value(now), who, mailing_list_id],
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@lru_cache(maxsize=4096)
def _day(day: str | date) -> date:
    return day if isinstance(day, date) else date.fromisoformat(day)
