"""Whom the number in a link or in the ledger stands for: the person who has it, or the one they were merged into."""

from __future__ import annotations

from collections.abc import Collection

from subscribers.models import FormerSubscriber, Subscriber

_AT_ONCE = 500


def find_subscriber(number: int) -> Subscriber | None:
    """None for somebody who was erased."""
    return find_subscribers([number]).get(number)


def find_subscribers(numbers: Collection[int]) -> dict[int, Subscriber]:
    """By number, without those who were erased."""
    wanted = sorted(set(numbers))
    people: dict[int, Subscriber] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        people |= Subscriber.objects.in_bulk(some)
        if missing := [number for number in some if number not in people]:
            formers = FormerSubscriber.objects.filter(former_id__in=missing).select_related("subscriber")
            people |= {former.former_id: former.subscriber for former in formers}
    return people


def numbers_of(person: Subscriber) -> list[int]:
    """Every number under which the ledger may know them."""
    return [person.pk, *FormerSubscriber.objects.filter(subscriber=person).values_list("former_id", flat=True)]


def owners_of_former_numbers(subscriber_ids: Collection[int]) -> dict[int, int]:
    """By former number, of these people who has it now: the ledger knows what a merged person had under that number."""
    formers = FormerSubscriber.objects.filter(subscriber__in=subscriber_ids)
    return dict(formers.values_list("former_id", "subscriber_id"))
