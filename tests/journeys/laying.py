"""Lays readers and an edition in the database of a journey's installation; runs in a process of that installation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from lib.addresses import address_key
from newsletters.models import Article, Delivery, Edition, EditionItem, Newsletter
from subscribers.models import MailingList, Subscriber, Subscription, Suppression, Topic, TopicSelection
from subscribers.models.lists import SubscriptionStatus as Status

LIST = "iria-news"
TOPIC = "middle-east"


def slug_of(tag: str) -> str:
    """Of the list and the newsletter of a test; with a tag, several tests share an installation."""
    return f"{LIST}-{tag}" if tag else LIST


def newsletter(*, tag: str = "") -> dict[str, Any]:
    """A list with one topic, and its newsletter."""
    topic, _created = Topic.objects.get_or_create(name="Middle East", slug=TOPIC)
    mailing_list = MailingList.objects.create(
        name=f"IRIA News {tag}".strip(), slug=slug_of(tag), description="Our reports, each weekday.", from_name="IRIA",
        from_email="news@iria.example", postal_address="1 Harbour Street, Exampleton",
    )  # fmt: skip
    mailing_list.topics.add(topic)
    made = Newsletter.objects.create(
        name=f"IRIA News {tag}".strip(), slug=slug_of(tag), mailing_list=mailing_list, from_name="IRIA",
        from_email="news@iria.example", postal_address="1 Harbour Street, Exampleton",
        undo_send_seconds=0,  # who presses Send in these stories has thought of it before
    )  # fmt: skip
    return {"newsletter": made.pk}


def readers(*, plain: int = 0, left: int = 0, choosy: int = 0, tag: str = "", **scripted: int) -> dict[str, Any]:
    """Confirmed readers, some unsubscribed, some who follow one topic only; and confirmed readers whose names tell the
    tests' SMTP server what to do with them, such as reject=3. Each kind is spread evenly among the others."""
    counts = {"anna": plain, "choosy": choosy, "left": left, **scripted}
    domain = f"{tag}.readers.example" if tag else "readers.example"
    places = sorted(((n + 0.5) / count, kind, n) for kind, count in counts.items() for n in range(count))
    addresses = [f"{kind}-{n:05d}@{domain}" for _place, kind, n in places]
    people = Subscriber.objects.bulk_create(
        [Subscriber(email=address, email_key=address_key(address)) for address in addresses], batch_size=5000
    )
    now, mailing_list = timezone.now(), MailingList.objects.get(slug=slug_of(tag))
    choice = TopicSelection.of([Topic.objects.get(slug=TOPIC)])
    Subscription.objects.bulk_create(
        (
            Subscription(
                subscriber=person, mailing_list=mailing_list, requested_at=now, confirmed_at=now,
                status=Status.UNSUBSCRIBED if person.email.startswith("left-") else Status.CONFIRMED,
                selection=choice if person.email.startswith("choosy-") else None,
            )
            for person in people
        ),
        batch_size=5000,
    )  # fmt: skip
    return {"confirmed": len(addresses) - left}


def edition(number: int, *, tag: str = "", others: int = 0) -> dict[str, Any]:
    """A draft with one article of its own on the topic, and others on none."""
    made = Edition.objects.create(
        newsletter=Newsletter.objects.get(slug=slug_of(tag)), number=number, slug=f"{slug_of(tag)}-{number}",
        subject=f"Edition {number}: what happened",
    )  # fmt: skip
    ids = []
    for position in range(1 + others):
        name = "-".join(str(part) for part in ("report", tag, number, position) if part != "")
        article = Article.objects.create(
            title=f"Report {number}" if not position else f"Report {number}, part {position}", slug=name,
            summary="What happened, and what it means.", body="<p>What happened, in some detail.</p>",
            status=Article.Status.PUBLISHED, published_at=timezone.now() - timedelta(hours=1),
        )  # fmt: skip
        if not position:
            article.topics.add(Topic.objects.get(slug=TOPIC))
        EditionItem.objects.create(edition=made, article=article, position=position)
        ids.append(article.pk)
    return {"edition": made.pk, "article": ids[0], "articles": ids}


def came_back() -> dict[str, Any]:
    """What was said of each mail after it had left, and which addresses get no more."""
    people = dict(Subscriber.objects.values_list("pk", "email"))
    said = {
        people[reader]: reported
        for reader, reported in Delivery.objects.values_list("subscriber_id", "reported")
        if reader in people
    }
    return {"reported": said, "suppressed": sorted(Suppression.objects.values_list("email", flat=True))}
