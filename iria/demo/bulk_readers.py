"""Confirmed readers by the hundred thousand, for trials of size: `manage.py seed --subscribers N`.

Names in several scripts, on the public lists and with topics as real readers choose them: most want everything, some a
few topics, the first topics oftener than the last. Nothing is random between two runs. Each reader has a consent record
that says what they are: invented. Addresses are at domains that RFC 2606 reserves, so that a mistake reaches nobody.

Rows are written in batches, each a transaction of its own with everything about its readers: an interruption leaves
whole readers, and the next run goes on behind them. On SQLite there is a short pause after each batch, in which others
write; on PostgreSQL the batches go in by COPY.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from django.db import connection, transaction
from django.utils import timezone

from subscribers.bulk_rows import RowOfTable, insert, new_ids, stored_moment
from subscribers.models import (
    ConsentRecord,
    MailingList,
    Subscriber,
    Subscription,
    Topic,
    TopicSelection,
)
from subscribers.tokens import address_hash

DOMAINS = ("example.org", "example.com", "example.net", "mail.example.org", "post.example.com")
WORDING = "Sample reader created by `manage.py seed`. Nobody agreed to anything."
NAMES = (
    "Amara Okafor", "Mateo Fernández", "Zoë Lindström", "Søren Østergaard", "François Lefèvre", "Łukasz Wiśniewski",
    "Nguyễn Thị Hạnh", "İpek Yıldız", "Ольга Морозова", "Дмитро Шевчук", "Ελένη Παπαδοπούλου", "ليلى حداد",
    "يوسف المصري", "רות לוי", "نسرین احمدی", "अनन्या शर्मा", "রহিমা খাতুন", "王秀英", "佐藤 健", "김민준", "ნინო ბერიძე",
    "Անի Սարգսյան", "สมชาย ใจดี", "Siobhán O’Brien", "Jean-Luc D'Arcy", "Thandiwe Ndlovu", "Malia Kealoha", "",
)  # fmt: skip
SHARE_WITH_TOPICS = 0.42  # the others want everything
SHARE_ON_ANOTHER_LIST = 0.25
CHOICES_A_LIST = 40  # distinct sets of topics: real readers' choices repeat, too
BATCH = {"sqlite": 2000, "postgresql": 10_000}
PAUSE_SECONDS = {"sqlite": 0.005, "postgresql": 0.0}
PERIOD = timedelta(days=730)  # they came over two years


class NoLists(Exception):
    """There is no mailing list that a reader could be on."""


@dataclass(frozen=True)
class Offer:
    """A list and the choices of topics that its readers make, with how often each is made."""

    mailing_list: MailingList
    choices: list[int]  # ids of TopicSelection
    weights: list[float]  # accumulated


def make_subscribers(number: int) -> Iterator[int]:
    """Make that many more; yields after each batch how many there are of them. Raises NoLists."""
    offers = _offers()
    if not offers:
        raise NoLists("There is no public mailing list yet. Create one in the admin, or run `manage.py seed` first.")
    size, pause = BATCH[connection.vendor], PAUSE_SECONDS[connection.vendor]
    first = _last_number() + 1
    random = Random(first)  # noqa: S311 - the same readers each time, no secret
    now = timezone.now()
    if connection.vendor == "sqlite":
        _hurry()
    done = 0
    while done < number:
        count = min(size, number - done)
        with transaction.atomic():
            _write_batch(range(first + done, first + done + count), offers, random, now)
        done += count
        yield done
        time.sleep(pause)


def _hurry() -> None:
    """Of this connection alone: the index of hashes, which is written all over, lies in memory; and a power loss may
    take back the last batches, never half of one."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA cache_size = -400000")
        cursor.execute("PRAGMA wal_autocheckpoint = 20000")  # pages that change again and again are written once
        if not connection.in_atomic_block:
            cursor.execute("PRAGMA synchronous = NORMAL")


def _offers() -> list[Offer]:
    return [_offer(each) for each in MailingList.objects.filter(is_public=True).prefetch_related("topics")]


def _offer(mailing_list: MailingList) -> Offer:
    topics = list(mailing_list.topics.all())
    if not topics:
        return Offer(mailing_list, [], [])
    random = Random(mailing_list.pk)  # noqa: S311
    popularity = [1 / (rank + 1) for rank in range(len(topics))]
    sets: list[frozenset[Topic]] = []
    for _ in range(CHOICES_A_LIST * 4):
        wanted = random.choice((1, 1, 1, 2, 2, 3, 4))
        chosen = frozenset(random.choices(topics, popularity, k=wanted))
        if chosen not in sets and len(sets) < CHOICES_A_LIST:
            sets.append(chosen)
    selections = [selection.pk for chosen in sets if (selection := TopicSelection.of(chosen)) is not None]
    return Offer(mailing_list, selections, list(accumulate(1 / (rank + 1) for rank in range(len(selections)))))


def _last_number() -> int:
    """The number in the newest invented address: numbers rise with ids."""
    newest = (
        Subscriber.objects.filter(email_key__regex=r"^reader[0-9]+@(mail\.|post\.)?example\.(org|com|net)$")
        .order_by("-pk")
        .values_list("email_key", flat=True)
        .first()
    )
    return int(newest.removeprefix("reader").partition("@")[0]) if newest else 0


def _write_batch(numbers: range, offers: list[Offer], random: Random, now: datetime) -> None:
    stored = stored_moment()
    is_sqlite = connection.vendor == "sqlite"
    people: list[RowOfTable] = []
    subscriptions: list[RowOfTable] = []
    consents: list[RowOfTable] = []
    for pk, number in zip(new_ids(Subscriber, len(numbers)), numbers, strict=True):
        email = f"reader{number}@{DOMAINS[number % len(DOMAINS)]}"
        moment = now - PERIOD * random.random()
        asked = stored(moment)
        confirmed = stored(min(now, moment + timedelta(seconds=random.randrange(20, 7200))))
        # Rising, so that a large index grows at its end instead of everywhere.
        identity = uuid.UUID(int=pk << 80 | random.getrandbits(80), version=4)
        people.append(
            (
                pk,
                identity.hex if is_sqlite else identity,
                email,
                email,
                NAMES[number % len(NAMES)],
                "",
                None,
                False,
                asked,
                confirmed,
            )
        )
        hashed = address_hash(email)
        for offer in _lists_of(offers, random):
            selection = None
            if offer.choices and random.random() < SHARE_WITH_TOPICS:
                selection = random.choices(offer.choices, cum_weights=offer.weights)[0]
            list_id = offer.mailing_list.pk
            subscriptions.append((pk, list_id, Subscription.Status.CONFIRMED.value, selection, asked, confirmed, None))
            consents.append((pk, hashed, list_id, "confirmed", "seed", WORDING, "", "", None, "", "", "", confirmed))
    insert(Subscriber, PERSON, people)
    insert(Subscription, SUBSCRIPTION, subscriptions)
    insert(ConsentRecord, CONSENT, consents)


def _lists_of(offers: list[Offer], random: Random) -> list[Offer]:
    """Nearly everybody is on the first list, some on another besides."""
    main, *others = offers
    also = [offer for offer in others if random.random() < SHARE_ON_ANOTHER_LIST]
    return also if also and random.random() < 0.1 else [main, *also]


PERSON = (
    "id", "uuid", "email", "email_key", "name", "language", "paused_until", "is_suppressed", "created_at", "updated_at",
)  # fmt: skip
SUBSCRIPTION = (
    "subscriber_id", "mailing_list_id", "status", "selection_id", "requested_at", "confirmed_at", "unsubscribed_at",
)  # fmt: skip
CONSENT = (
    "subscriber_id", "address_hash", "mailing_list_id", "action", "source", "wording", "wording_version", "page", "ip",
    "user_agent", "detail", "staff", "at",
)  # fmt: skip
