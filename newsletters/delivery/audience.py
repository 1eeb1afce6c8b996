"""Who an edition goes to, and the look at each of them just before the mail begins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import QuerySet

from newsletters.delivery.outcomes import Skip
from newsletters.rendering.recipients import Recipient
from subscribers.models import Subscription, TopicSelection


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
    rows = Subscription.objects.filter(mailing_list_id=mailing_list_id, subscriber_id__in=ids).values_list(
        "subscriber_id",
        "status",
        "requested_at",
        "selection_id",
        "subscriber__email",
        "subscriber__name",
        "subscriber__is_suppressed",
        "subscriber__paused_until",
    )
    checked = Checked({}, {})
    for subscriber_id, status, asked_at, selection_id, email, name, suppressed, paused_until in rows:
        if suppressed:
            checked.skips[subscriber_id] = Skip.SUPPRESSED
        elif status != Subscription.Status.CONFIRMED:
            checked.skips[subscriber_id] = Skip.LEFT
        elif paused_until and paused_until > now:
            checked.skips[subscriber_id] = Skip.PAUSED
        else:
            if selection_id and selection_id not in topic_names:  # chosen since the names were read
                topic_names.update(topic_names_of_selections())
            topics = topic_names.get(selection_id, ()) if selection_id else ()
            asked_on = asked_at.astimezone(UTC).date()
            checked.recipients[subscriber_id] = Recipient(subscriber_id, email, name, asked_on, topics)
    for subscriber_id in ids:
        if subscriber_id not in checked.recipients and subscriber_id not in checked.skips:
            checked.skips[subscriber_id] = Skip.ERASED
    return checked
