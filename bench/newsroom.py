"""Lays what a large newsroom has gathered in years: readers, articles, editions with their ledger, and what waits for a
person. For the pages of the admin; runs in a process of its own, as bench.laying does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from random import Random
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from bench import laying
from mail.models import Message
from newsletters.articles import searching
from newsletters.delivery.ledger import fast_rows, members
from newsletters.editions import composing, snapshot
from newsletters.editions.numbering import number_to_give
from newsletters.models import Article, Chunk, Comment, Delivery, Edition, Newsletter, Occurrence
from newsletters.models.deliveries import Outcome
from newsletters.rendering.content import digest
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription, Suppression, Topic
from subscribers.tokens import address_hash

CHUNK = 1000
AT_ONCE = 20_000
LONG, SHORT = 20, 2  # articles of the drafts
BODY = "<p>{}</p>".format(" ".join(["What happened, and what is known about it, in a sentence of some length."] * 12))
WORDS = ("ceasefire", "harvest", "parliament", "budget", "election", "river", "court", "school", "border", "summit")
# Of a thousand mails; the rest was accepted.
BECAME = ((Outcome.SKIPPED, 25), (Outcome.REJECTED, 8), (Outcome.IN_DOUBT, 2))


T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """As itertools has it from Python 3.12 on."""
    left = iter(items)
    return iter(lambda: tuple(islice(left, size)), ())


def newsroom(readers: int, deliveries: int, articles: int) -> dict[str, int]:
    """All of it. The ids that the pages are opened with."""
    newsletter = Newsletter.objects.get(pk=laying.crowd(readers))
    _articles(articles)
    sent = [sent_edition(newsletter, number) for number in range(1, deliveries // readers + 1)]
    _small_editions(newsletter, sent[0], 300)
    _people_who_moved(readers // 10)
    _what_waits(newsletter)
    newest = list(Article.objects.published().newest_first()[:LONG])
    long, short = (composing.compose(newsletter, articles=newest[:count]) for count in (LONG, SHORT))
    staff = User.objects.create_superuser("bench", email="bench@iria.example", password=None)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"long": long.pk, "short": short.pk, "sent": sent[0], "staff": staff.pk, "newsletter": newsletter.pk}


def _articles(count: int) -> None:
    random = Random(1)
    topics = list(Topic.objects.values_list("pk", flat=True))
    now = timezone.now()
    missing = count - Article.objects.count()
    for numbers in batched(range(missing), 1000):
        made = Article.objects.bulk_create(
            Article(
                title=f"{random.choice(WORDS).title()} and {random.choice(WORDS)}: report {number}",
                slug=f"bench-report-{number}",
                summary="Two sentences for lists and mails. They say what it is about.",
                body=BODY,
                status=Article.Status.PUBLISHED if number % 20 else Article.Status.DRAFT,
                published_at=now - timedelta(hours=number + 1) if number % 20 else None,
                word_count=150,
            )
            for number in numbers
        )
        through = Article.topics.through
        through.objects.bulk_create(through(article_id=a.pk, topic_id=random.choice(topics)) for a in made)
        searching.index(made)


def sent_edition(newsletter: Newsletter, number: int) -> int:
    """An edition that went to everybody, with its whole ledger."""
    newest = list(Article.objects.published().newest_first()[number * 10 : number * 10 + 10])
    edition = composing.compose(newsletter, articles=newest)
    people = Subscriber.objects.order_by("pk")
    mark_as_sent(edition, ago=timedelta(days=number), candidates=people.count())
    random = Random(number)
    at = fast_rows.moment(timezone.now() - timedelta(days=number))
    outcomes = [outcome for outcome, share in BECAME for _ in range(share)]
    everybody = list(people.values_list("pk", flat=True))  # a cursor that stays open would keep the WAL from ending
    for seq, ids in enumerate(batched(everybody, CHUNK)):
        became = {pk: outcome for pk in ids if (outcome := _drawn(random, outcomes))}
        counted = {outcome.value: sum(each == outcome for each in became.values()) for outcome, _share in BECAME}
        with transaction.atomic():  # SQLite would write its pages again for each row
            chunk = Chunk.objects.create(
                edition=edition, wave=timezone.now(), seq=seq, members=members.pack((pk, 0) for pk in ids), n=len(ids),
                handed_to=len(ids), settled=len(ids), state=Chunk.State.DONE, accepted=len(ids) - len(became),
                skip_reasons={"no_topic": counted["skipped"]}, **counted,
            )  # fmt: skip
            fast_rows.insert(
                Delivery,
                ("edition", "subscriber_id", "chunk", "fence", "variant", "outcome", "reason", "smtp_code",
                 "enhanced_status", "attempts", "settled_at", "reply"),
                [
                    (edition.pk, pk, chunk.pk, 1, 0, became.get(pk, Outcome.ACCEPTED).value,
                     "no_topic" if became.get(pk) == Outcome.SKIPPED else "", 250, "2.0.0", 1, at, "")
                    for pk in ids
                ],
            )  # fmt: skip
    return edition.pk


def _drawn(random: Random, outcomes: list[Outcome]) -> Outcome | None:
    drawn = random.randrange(1000)
    return outcomes[drawn] if drawn < len(outcomes) else None


def mark_as_sent(edition: Edition, *, ago: timedelta, candidates: int) -> None:
    at = timezone.now() - ago
    number = number_to_give(edition)
    content = number.put_into(snapshot.of_edition(edition))
    Edition.objects.filter(pk=edition.pk).update(
        status=Edition.Status.SENT, snapshot=content.to_json(), content_hash=digest(content), send_at=at,
        queued_at=at, queued_by="Ada", frozen_at=at, finished_at=at, candidates=candidates, number=number.number,
        slug=number.slug,
    )  # fmt: skip


def _small_editions(newsletter: Newsletter, like: int, count: int) -> None:
    """The archive of some years: each with its snapshot, which is what makes their rows large."""
    first = Edition.objects.get(pk=like)
    last = Edition.objects.filter(newsletter=newsletter).aggregate(last=Max("number"))["last"]
    at = timezone.now() - timedelta(days=30)
    Edition.objects.bulk_create(
        Edition(
            newsletter=newsletter, number=number, slug=f"bench-old-{number}", subject=f"Week {number}",
            status=Edition.Status.SENT, snapshot=first.snapshot, content_hash=first.content_hash, queued_at=at,
            frozen_at=at, finished_at=at, candidates=100,
        )
        for number in range(last + 1, last + 1 + count)
    )  # fmt: skip


def _people_who_moved(count: int) -> None:
    """Who left, who is suppressed, what the outbox has sent."""
    now = timezone.now()
    main = MailingList.objects.order_by("pk")[0]
    people = list(Subscriber.objects.order_by("pk").values_list("pk", "email")[:count])
    for some in batched(people, AT_ONCE):
        left = [(pk, email, now - timedelta(days=pk % 400)) for pk, email in some]
        Subscription.objects.filter(mailing_list=main, subscriber__in=[pk for pk, *_ in left[: len(left) // 4]]).update(
            status=Subscription.Status.UNSUBSCRIBED, unsubscribed_at=now
        )
        _records(left[: len(left) // 4], main)
        Message.objects.bulk_create(
            (
                Message(subscriber_id=pk, address=email, kind=kind, state=Message.State.SENT, due_at=at, sent_at=at)
                for pk, email, at in left
                for kind in ("confirmation", "welcome")
            ),
            batch_size=5000,
        )
        Suppression.objects.bulk_create(
            (
                Suppression(address_hash=address_hash(email), email=email, reason=Suppression.Reason.BOUNCE)
                for _pk, email, _at in left[: len(left) // 5]
            ),
            ignore_conflicts=True,  # the demo has one of its own
        )


def _records(left: list[tuple[int, str, Any]], main: MailingList) -> None:
    """`at` is written by the model; so a second statement puts it back in time."""
    records: Iterator[ConsentRecord] = (
        ConsentRecord(
            subscriber_id=pk, address_hash=address_hash(email), mailing_list=main, at=at,
            action=ConsentRecord.Action.UNSUBSCRIBED, source=ConsentRecord.Source.ONE_CLICK,
        )
        for pk, email, at in left
    )  # fmt: skip
    field = ConsentRecord._meta.get_field("at")
    field.auto_now_add = False
    try:
        ConsentRecord.objects.bulk_create(records, batch_size=5000)
    finally:
        field.auto_now_add = True


def _what_waits(newsletter: Newsletter) -> None:
    article = Article.objects.published().newest_first()[0]
    Comment.objects.bulk_create(
        Comment(article=article, name="Berta", email="berta@readers.example", text="Well said.", state=state)
        for state, count in (("held", 200), ("approved", 20_000), ("spam", 5000))
        for _ in range(count)
    )
    Occurrence.objects.bulk_create(
        Occurrence(
            newsletter=newsletter, nominal=f"{timezone.now() - timedelta(days=n):%Y-%m-%dT07:00}",
            due_at=timezone.now() - timedelta(days=n),
            state=Occurrence.State.MISSED if n % 3 == 0 else Occurrence.State.MADE,
        )
        for n in range(1, 400)
    )  # fmt: skip
