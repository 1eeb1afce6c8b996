"""Lays people about whom segments can ask everything: attributes of each kind, tags, two lists, consent from several
sources, an edition that they were sent. Runs in a process of its own, as bench.laying does."""

from __future__ import annotations

import json
import uuid
from datetime import date, timedelta
from random import Random
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from bench import laying, newsroom
from newsletters.models import Newsletter
from subscribers.bulk_rows import RowOfTable, insert, new_ids, stored_moment
from subscribers.models import (
    Attribute,
    ConsentRecord,
    MailingList,
    Subscriber,
    Subscription,
    Tag,
    TaggedSubscriber,
    TopicSelection,
)
from subscribers.tokens import address_hash

DEMO = 2000  # readers of the demo, whose choices of topics the others share
AT_ONCE = 10_000
CITIES = [f"{word} {number}" for word in ("Oslo", "Ålesund", "Zürich", "القاهرة", "Łódź") for number in range(200)]
JOBS = ("reporter", "editor in chief", "photographer", "head of the archive", "student", "Übersetzerin", "translator")
PLANS = ("Basic", "Plus", "Pro")
TAGS = {"press": 0.02, "donor": 0.2, "survey": 0.6}  # the share of people who have it
SOURCES = ("form", "form", "form", "import", "import", "staff", "api")
STATUSES = ("confirmed",) * 17 + ("left", "left", "pending")
ZONES = ("", "", "Europe/Oslo", "Europe/Berlin", "Africa/Cairo", "America/New_York")
LANGUAGES = ("", "", "en", "en", "en", "ar")

PERSON = (
    "id", "uuid", "email", "email_key", "name", "language", "time_zone", "attributes", "paused_until", "is_suppressed",
    "created_at", "updated_at",
)  # fmt: skip
SUBSCRIPTION = ("subscriber_id", "mailing_list_id", "status", "selection_id", "requested_at", "confirmed_at")
CONSENT = (
    "subscriber_id", "address_hash", "mailing_list_id", "action", "source", "wording", "wording_version", "page",
    "user_agent", "detail", "staff", "at",
)  # fmt: skip


def segment_people(readers: int) -> dict[str, int]:
    """So many in all. Ids: the newsletter, its list, another list, a topic, the tags by name, and an edition that went
    to everybody."""
    newsletter = Newsletter.objects.get(pk=laying.crowd(min(DEMO, readers // 2)))
    main = newsletter.mailing_list
    other = MailingList.objects.create(name="Segments", slug="bench-segments")
    topic = main.topics.all()[0]
    for key, kind in (("city", "text"), ("job", "text"), ("age", "number"), ("born", "date"), ("member", "yes_no")):
        Attribute.objects.create(key=key, name=key.title(), kind=kind)
    Attribute.objects.create(key="plan", name="Plan", kind="choice", choices=list(PLANS))
    tags = {name: Tag.objects.create(name=name, slug=name).pk for name in TAGS}
    chosen = list(TopicSelection.objects.values_list("pk", flat=True))
    random = Random(1)  # the same people each time
    missing = readers - Subscriber.objects.count()
    for start in range(0, missing, AT_ONCE):
        with transaction.atomic():
            _write(range(start, min(start + AT_ONCE, missing)), (main.pk, other.pk), tags, chosen, random)
    sent = newsroom.sent_edition(newsletter, 0)
    with connection.cursor() as cursor:
        # As autovacuum does within minutes; without it nothing is answered by an index alone.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return {
        "newsletter": newsletter.pk, "main": main.pk, "other": other.pk, "topic": topic.pk, "sent": sent,
        **{f"tag_{name}": pk for name, pk in tags.items()},
    }  # fmt: skip


def _write(numbers: range, lists: tuple[int, int], tags: dict[str, int], chosen: list[int], random: Random) -> None:
    stored, now = stored_moment(), timezone.now()
    is_sqlite = connection.vendor == "sqlite"
    people: list[RowOfTable] = []
    subscriptions: list[RowOfTable] = []
    consents: list[RowOfTable] = []
    tagged: list[RowOfTable] = []
    for pk, number in zip(new_ids(Subscriber, len(numbers)), numbers, strict=True):
        email, identity = f"person{number}@example.org", uuid.UUID(int=pk << 80 | random.getrandbits(80), version=4)
        at = stored(now - timedelta(seconds=random.randrange(3 * 365 * 86_400)))
        paused = stored(now + timedelta(days=30)) if random.random() < 0.01 else None
        people.append(
            (
                pk, identity.hex if is_sqlite else identity, email, email, "", random.choice(LANGUAGES),
                random.choice(ZONES), json.dumps(_values(random)), paused, random.random() < 0.02, at, at,
            )
        )  # fmt: skip
        for list_id, share in zip(lists, (0.95, 0.4), strict=True):
            if random.random() < share:
                status = random.choice(STATUSES)
                selection = random.choice(chosen) if random.random() < 0.4 else None
                subscriptions.append((pk, list_id, status, selection, at, None if status == "pending" else at))
                source = random.choice(SOURCES)
                consents.append((pk, address_hash(email), list_id, "confirmed", source, "", "", "", "", "", "", at))
        tagged += [(tag, pk) for name, tag in tags.items() if random.random() < TAGS[name]]
    insert(Subscriber, PERSON, people)
    insert(Subscription, SUBSCRIPTION, subscriptions)
    insert(ConsentRecord, CONSENT, consents)
    insert(TaggedSubscriber, ("tag_id", "subscriber_id"), tagged)


def _values(random: Random) -> dict[str, Any]:
    """Most people have most of them."""
    values = {
        "city": random.choice(CITIES),
        "job": random.choice(JOBS),
        "age": random.randrange(18, 90),
        "born": (date(1935, 1, 1) + timedelta(days=random.randrange(33_000))).isoformat(),
        "member": random.random() < 0.3,
        "plan": random.choice(PLANS),
    }
    return {key: value for key, value in values.items() if random.random() < 0.7}
