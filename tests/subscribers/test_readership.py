"""How many read a list: only when it is worth saying, and never more than there are."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from subscribers import readership
from subscribers.models import Subscription
from subscribers.readership import readers_in_round_numbers
from tests.factories import make_list, make_subscriber, make_subscription

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.mark.parametrize(("there", "said"), [(0, 0), (99, 0), (100, 100), (101, 100), (1_999, 1_900), (27_512, 27_000)])
def test_the_number_is_rounded_down_to_two_digits(there: int, said: int) -> None:
    mailing_list = make_list()
    cache.set(f"readers-{mailing_list.pk}", there)
    assert readers_in_round_numbers(mailing_list) == said


def test_only_who_confirmed_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readership, "WORTH_SAYING", 10)
    mailing_list = make_list()
    for status, count in ((Subscription.Status.CONFIRMED, 11), (Subscription.Status.PENDING, 5)):
        for _ in range(count):
            make_subscription(make_subscriber(), mailing_list, status=status)
    cache.clear()
    assert readers_in_round_numbers(mailing_list) == 11
