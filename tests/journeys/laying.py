"""Lays readers and an edition in the database of a journey's installation; runs in a process of that installation."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from newsletters.models import Article, Edition, EditionItem, Newsletter
from subscribers.addresses import address_key
from subscribers.models import MailingList, Subscriber, Subscription, Topic
from subscribers.models.lists import SubscriptionStatus

LIST = "iria-news"
TOPIC = "middle-east"


def run(what: str, arguments: dict[str, int]) -> None:
    """Print what the function returns as one line of JSON."""
    functions: dict[str, Callable[..., dict[str, Any]]] = {
        "newsletter": newsletter, "readers": readers, "edition": edition,
    }  # fmt: skip
    print(json.dumps(functions[what](**arguments)))


def newsletter() -> dict[str, Any]:
    """A list with one topic, and its newsletter."""
    topic = Topic.objects.create(name="Middle East", slug=TOPIC)
    mailing_list = MailingList.objects.create(
        name="IRIA News", slug=LIST, description="Our reports, each weekday.", from_name="IRIA",
        from_email="news@iria.example", postal_address="1 Harbour Street, Exampleton",
    )  # fmt: skip
    mailing_list.topics.add(topic)
    made = Newsletter.objects.create(
        name="IRIA News", slug=LIST, mailing_list=mailing_list, from_name="IRIA", from_email="news@iria.example",
        postal_address="1 Harbour Street, Exampleton",
    )  # fmt: skip
    return {"newsletter": made.pk}


def readers(
    *, plain: int, reject: int = 0, refuse: int = 0, deferonce: int = 0, drop: int = 0, left: int = 0
) -> dict[str, Any]:
    """Confirmed readers whose names tell the tests' SMTP server what to do with them, and some who left."""
    counts = {"anna": plain, "reject": reject, "refuse": refuse, "deferonce": deferonce, "drop": drop, "left": left}
    addresses = [f"{kind}-{n:05d}@readers.example" for kind, count in counts.items() for n in range(count)]
    people = Subscriber.objects.bulk_create(
        [Subscriber(email=address, email_key=address_key(address)) for address in addresses]
    )
    now, mailing_list = timezone.now(), MailingList.objects.get(slug=LIST)
    Subscription.objects.bulk_create(
        Subscription(
            subscriber=person, mailing_list=mailing_list, requested_at=now, confirmed_at=now,
            status=SubscriptionStatus.LEFT if person.email.startswith("left-") else SubscriptionStatus.CONFIRMED,
        )
        for person in people
    )  # fmt: skip
    return {"confirmed": len(addresses) - left}


def edition(number: int) -> dict[str, Any]:
    """A draft with one article of its own."""
    article = Article.objects.create(
        title=f"Report {number}", slug=f"report-{number}", summary="What happened, and what it means.",
        body="<p>What happened, in some detail.</p>", status=Article.Status.PUBLISHED,
        published_at=timezone.now() - timedelta(hours=1),
    )  # fmt: skip
    article.topics.add(Topic.objects.get(slug=TOPIC))
    made = Edition.objects.create(
        newsletter=Newsletter.objects.get(slug=LIST), number=number, slug=f"iria-news-{number}",
        subject=f"Edition {number}: what happened",
    )  # fmt: skip
    EditionItem.objects.create(edition=made, article=article)
    return {"edition": made.pk, "article": article.pk}
