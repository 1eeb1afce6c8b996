"""Whom an edition would reach: the same people as at sending, and everybody else with the reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletters.delivery.audience.counting import AudienceCount, TopicReach, count_audience
from newsletters.delivery.ledger.reasons import Skip
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.editions import snapshot
from newsletters.models import Edition, Newsletter
from subscribers.models import Subscriber, Subscription, Topic
from tests.factories import (
    make_article,
    make_edition,
    make_list,
    make_newsletter,
    make_reader,
    make_subscriber,
    make_subscription,
    make_topic,
    start,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def topics() -> tuple[Topic, Topic]:
    return make_topic(name="Water"), make_topic(name="Fire")


@pytest.fixture
def newsletter(topics: tuple[Topic, Topic]) -> Newsletter:
    water, fire = topics
    mailing_list = make_list(name="Elements", topics=topics)
    for chosen in ([], [], [water], [water, fire], [fire]):
        make_reader(mailing_list, topics=chosen)
    pausing = make_reader(mailing_list)
    Subscriber.objects.filter(pk=pausing.pk).update(paused_until=timezone.now() + timedelta(days=3))
    paused_once = make_reader(mailing_list)
    Subscriber.objects.filter(pk=paused_once.pk).update(paused_until=timezone.now() - timedelta(days=3))
    for is_pausing in (True, False):  # who is suppressed and pauses is counted once
        suppressed = make_reader(mailing_list)
        until = timezone.now() + timedelta(days=3) if is_pausing else None
        Subscriber.objects.filter(pk=suppressed.pk).update(is_suppressed=True, paused_until=until)
    for status in (Subscription.Status.PENDING, Subscription.Status.UNSUBSCRIBED):
        make_subscription(make_subscriber(), mailing_list, status=status)
    make_reader(make_list())  # of another list
    return make_newsletter(mailing_list)


@pytest.fixture
def edition(newsletter: Newsletter, topics: tuple[Topic, Topic]) -> Edition:
    return make_edition(newsletter, articles=[make_article(topics=[topics[0]])])


def count(edition: Edition) -> AudienceCount:
    return count_audience(snapshot.of_edition(edition))


def test_everybody_of_the_list_is_counted_once(edition: Edition) -> None:
    found = count(edition)
    assert found.reached == 5
    assert found.excluded == {"pending": 1, "no_topic": 1, "paused": 1, "suppressed": 2, "left": 1}
    on_the_list = Subscription.objects.filter(mailing_list=edition.newsletter.mailing_list).count()
    assert found.reached + sum(found.excluded.values()) == on_the_list


def test_readers_are_told_apart_by_what_they_follow(edition: Edition) -> None:
    found = count(edition)
    assert found.everything == 3
    assert set(found.topics) == {TopicReach("Water", 2, 1), TopicReach("Fire", 1, 0)}
    assert found.variants == 1


def test_what_was_counted_is_what_is_sent_to(edition: Edition) -> None:
    found = count(edition)
    sums = count_outcomes(start(edition))
    # Whoever pauses or is suppressed is a candidate too: the ledger says why they got nothing.
    assert sums.candidates == found.reached + sum(
        found.excluded[why] for why in (Skip.NO_TOPIC, Skip.PAUSED, Skip.SUPPRESSED)
    )


def test_more_readers_cost_no_more_queries(edition: Edition) -> None:
    content = snapshot.of_edition(edition)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert count_audience(content).reached >= 5
        return len(captured)

    before = cost()
    for _ in range(20):
        make_reader(edition.newsletter.mailing_list, topics=[make_topic()])
    assert cost() == before
