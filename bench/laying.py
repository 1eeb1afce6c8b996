"""Lays an audience and editions in the database of an installation that is measured; runs in a process of its own with
that installation's environment. Only what a person can make in the admin, by the models alone."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from io import StringIO
from itertools import islice
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.utils import timezone

from bench.machine import peak_mb
from newsletters import tasks
from newsletters.delivery.audience.rechecking import recheck
from newsletters.delivery.engine import frozen
from newsletters.delivery.ledger import members
from newsletters.models import Article, Chunk, Edition, EditionItem, Newsletter
from newsletters.rendering.variants import NOBODYS
from subscribers.models import Attribute, MailingList, Subscriber, Subscription

_SHARES = 50  # of readers with the same values


def run(what: str, numbers: dict[str, Any]) -> None:
    """Print what the function returns as one line of JSON."""
    # Which need what is here.
    from bench import drafts, event_laying, newsroom, pages, report_rows, segment_people, segments

    functions: dict[str, Callable[..., Any]] = {
        each.__name__: each
        for each in (
            crowd,
            mailing_list,
            newsletter,
            editions,
            freeze,
            size,
            drafts.due_newsletters,
            drafts.draft_due,
            event_laying.event_tokens,
            event_laying.count_spool,
            event_laying.count_events,
            newsroom.newsroom,
            pages.time_pages,
            pages.time_site,
            segment_people.segment_people,
            segments.count_segments,
            segments.segment,
            segments.narrow,
            report_rows.report_rows,
            report_rows.time_reports,
        )
    }
    print(json.dumps(functions[what](**numbers)))


def crowd(readers: int) -> int:
    """The demo institute, and invented readers until there are that many. The id of the demo newsletter."""
    fresh = not Newsletter.objects.exists()
    missing = readers - Subscriber.objects.count()
    if missing > 0:
        call_command("seed", subscribers=missing, verbosity=0, stdout=StringIO())
    found = Newsletter.objects.order_by("pk")[0]
    if fresh:
        # Only what is measured is sent: no edition by itself, and not the demo's first one.
        found.cadence, found.mode = Newsletter.Cadence.NONE, Newsletter.Mode.DRAFT
        found.save()
        first = Edition.objects.get()
        call_command("editions", "cancel", str(first.pk), stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does within a minute
    return found.pk


def mailing_list() -> str:
    """One more list, without anybody on it. Its slug."""
    number = MailingList.objects.count()
    return MailingList.objects.create(name=f"List {number}", slug=f"list-{number}").slug


def newsletter(readers: int) -> int:
    """One more newsletter like the demo's, on a list of its own with so many readers, who want everything."""
    slug = f"bench-{MailingList.objects.count()}"
    mailing_list = MailingList.objects.create(
        name=slug, slug=slug, is_public=False, from_name="IRIA", from_email="news@iria.example", postal_address="None"
    )
    now = timezone.now()
    people = Subscriber.objects.filter(is_suppressed=False, paused_until=None, email__startswith="reader")
    Subscription.objects.bulk_create(
        (
            Subscription(
                subscriber_id=pk, mailing_list=mailing_list, requested_at=now, confirmed_at=now,
                status=Subscription.Status.CONFIRMED,
            )
            for pk in people.order_by("pk").values_list("pk", flat=True)[:readers]
        ),
        batch_size=1000,
    )  # fmt: skip
    made = Newsletter.objects.order_by("pk")[0]
    made.pk, made.name, made.slug, made.mailing_list = None, slug, slug, mailing_list
    made.save(force_insert=True)
    return int(made.pk or 0)


def editions(newsletter: int, count: int, articles: int, attributes: int = 0) -> list[int]:
    """Drafts with the newest articles and the words of the demo's first edition; with a paragraph that names so many
    attributes, which the readers then have."""
    first = Edition.objects.order_by("pk")[0]
    chosen = list(Article.objects.filter(status=Article.Status.PUBLISHED).order_by("-published_at", "pk")[:articles])
    named = _named_attributes(attributes) if attributes else ""
    made = []
    for _ in range(count):
        edition = Edition.objects.create(
            newsletter_id=newsletter, subject=first.subject, preheader=first.preheader,
            introduction=first.introduction + named,
        )  # fmt: skip
        EditionItem.objects.bulk_create(
            EditionItem(edition=edition, article=article, position=position)
            for position, article in enumerate(chosen, 1)
        )
        made.append(edition.pk)
    return made


def _named_attributes(number: int) -> str:
    """A paragraph that names them; everybody has values, of which there are as many as there are large towns."""
    for at in range(number):
        Attribute.objects.get_or_create(key=f"field_{at}", defaults={"name": f"Field {at}"})
    for share in range(_SHARES):
        values = {f"field_{at}": f"Ort {share} & Straße {at}" for at in range(number)}
        Subscriber.objects.annotate(share=F("pk") % _SHARES).filter(share=share).update(attributes=values)
    return f"<p>{' '.join(f'{{{{ field_{at}|none }}}}' for at in range(number))}</p>"


def size(edition: int, sample: int = 200) -> int:
    """The bytes of a frozen edition's mail as it goes over the wire, in the mean of the first readers who get one."""
    found = Edition.objects.get(pk=edition)
    loaded = frozen.load(edition, found.content_hash)
    chunk = Chunk.objects.filter(edition=found).order_by("seq")[0]
    theirs = [member for member in members.unpack(chunk.members) if member.variant not in NOBODYS]
    now = timezone.now()
    uses_attributes = bool(loaded.content.attributes)
    recipients = recheck(
        loaded.audience, theirs, loaded.topic_names, now, letters=loaded.letters, with_attributes=uses_attributes
    ).recipients
    sizes = [
        len(loaded.compiled[member.variant].wire(recipient, now, eight_bits=True))
        for member, recipient in islice(recipients.items(), sample)
    ]
    return round(sum(sizes) / len(sizes))


def freeze(edition: int) -> dict[str, Any]:
    """Send it by the command, and freeze it here and now, as the worker of the queue `default` would; then those who
    send are nudged."""
    call_command("editions", "send", str(edition), "--repeat", stdout=StringIO())
    began = time.perf_counter()
    tasks.start_edition(edition)
    took = time.perf_counter() - began
    candidates = Edition.objects.values_list("candidates", flat=True).get(pk=edition)
    return {"seconds": took, "candidates": candidates, "peak_mb": peak_mb(os.getpid())}
