"""Two readers who become one: what either is owed comes once, and nothing that either had comes again."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from subscribers import merging
from tests.factories import make_article, make_list, make_newsletter, make_reader, make_subscriber, make_subscription
from tests.newsletters.delivery.engine.digest_steps import MONDAY, choose, digests, received, send

pytestmark = pytest.mark.django_db


def test_what_came_to_a_merged_person_does_not_come_again_in_the_digest_of_the_other() -> None:
    newsletter = make_newsletter(make_list())
    kept, other = make_reader(newsletter.mailing_list), make_reader(newsletter.mailing_list)
    with time_machine.travel(MONDAY, tick=False) as clock:
        choose(kept, newsletter, "weekly")
        send(newsletter)
        merging.merge(kept, other, note="signed up twice")
        clock.move_to(MONDAY + timedelta(days=7))
        assert digests(datetime.now(UTC)) == []


def test_who_is_merged_while_a_digest_is_owed_gets_it_once() -> None:
    newsletter = make_newsletter(make_list())
    kept, other = make_subscriber(), make_reader(newsletter.mailing_list)
    make_subscription(kept, make_list())  # the address is proven
    with time_machine.travel(MONDAY, tick=False) as clock:
        choose(other, newsletter, "daily")
        article = make_article()
        send(newsletter, article)
        merging.merge(kept, other, note="signed up twice")
        for _ in range(3):
            clock.shift(timedelta(days=1))
            digests(datetime.now(UTC))
    assert received(kept) == Counter([article.pk])


def test_a_digest_that_came_before_the_merge_does_not_come_again() -> None:
    newsletter = make_newsletter(make_list())
    kept, other = make_reader(newsletter.mailing_list), make_reader(newsletter.mailing_list)
    with time_machine.travel(MONDAY, tick=False) as clock:
        for person, frequency in ((kept, "weekly"), (other, "daily")):
            choose(person, newsletter, frequency)
        article = make_article()
        send(newsletter, article)
        clock.shift(timedelta(days=1))
        digests(datetime.now(UTC))
        assert received(other) == Counter([article.pk])
        merging.merge(kept, other, note="signed up twice")
        clock.move_to(MONDAY + timedelta(days=7))
        assert digests(datetime.now(UTC)) == []
    assert received(kept) == Counter()
