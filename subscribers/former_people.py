"""Whom the number in a link or in the ledger stands for: the person who has it, or the one they were merged into."""

from __future__ import annotations

from collections.abc import Collection

from subscribers.models import FormerSubscriber, Subscriber


def find_subscriber(number: int) -> Subscriber | None:
    """None for somebody who was erased."""
    person = Subscriber.objects.filter(pk=number).first()
    if person is None:
        former = FormerSubscriber.objects.filter(former_id=number).select_related("subscriber").first()
        person = former.subscriber if former else None
    return person


def numbers_of(person: Subscriber) -> list[int]:
    """Every number under which the ledger may know them."""
    return [person.pk, *FormerSubscriber.objects.filter(subscriber=person).values_list("former_id", flat=True)]


def owners_of_former_numbers(subscriber_ids: Collection[int]) -> dict[int, int]:
    """By former number, of these people who has it now: the ledger knows what a merged person had under that number."""
    formers = FormerSubscriber.objects.filter(subscriber__in=subscriber_ids)
    return dict(formers.values_list("former_id", "subscriber_id"))
