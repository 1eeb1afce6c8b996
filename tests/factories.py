"""Plain factories: keywords for what a test is about, and something sensible for the rest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import count

from django.utils import timezone
from django.utils.text import slugify

from subscribers.models import MailingList, Subscriber, Subscription, Topic, TopicSelection

_numbers = count(1)


def make_topic(*, name: str = "", slug: str = "") -> Topic:
    name = name or f"Topic {next(_numbers)}"
    return Topic.objects.create(name=name, slug=slug or slugify(name))


def make_list(
    *,
    name: str = "",
    slug: str = "",
    topics: Iterable[Topic] = (),
    is_public: bool = True,
    from_name: str = "",
    from_email: str = "",
) -> MailingList:
    name = name or f"List {next(_numbers)}"
    mailing_list = MailingList.objects.create(
        name=name, slug=slug or slugify(name), is_public=is_public, from_name=from_name, from_email=from_email
    )
    mailing_list.topics.set(topics)
    return mailing_list


def make_subscriber(email: str = "", *, name: str = "") -> Subscriber:
    return Subscriber.objects.create(email=email or f"reader{next(_numbers)}@example.org", name=name)


def make_subscription(
    subscriber: Subscriber,
    mailing_list: MailingList,
    *,
    status: str = Subscription.Status.CONFIRMED,
    topics: Iterable[Topic] = (),
    at: datetime | None = None,
) -> Subscription:
    at = at or timezone.now()
    return Subscription.objects.create(
        subscriber=subscriber,
        mailing_list=mailing_list,
        status=status,
        selection=TopicSelection.of(topics),
        requested_at=at,
        confirmed_at=None if status == Subscription.Status.PENDING else at,
        left_at=at if status == Subscription.Status.LEFT else None,
    )


def make_reader(mailing_list: MailingList, *, email: str = "", topics: Iterable[Topic] = ()) -> Subscriber:
    """Somebody who confirmed."""
    subscriber = make_subscriber(email)
    make_subscription(subscriber, mailing_list, topics=topics)
    return subscriber
