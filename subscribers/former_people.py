"""Whom the number in a link or in the ledger stands for: the person who has it, or the one they were merged into."""

from __future__ import annotations

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
