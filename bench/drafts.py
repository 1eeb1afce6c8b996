"""Editions that the schedule makes: two hundred newsletters due in the same minute, each drafted, checked and queued
by one look of a worker; on both databases."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.installations import Measured, OnSqlite
from bench.send import on_postgres

FULL, QUICK = 200, 20
TARGET_SECONDS = 30.0
NOWHERE = "smtp://127.0.0.1:9"  # nothing is sent
READERS, ARTICLES = 1_000, 500


def measure(folder: Path, *, quick: bool, articles: int, say: Callable[[str], None]) -> dict[str, Any]:
    """`articles` is about the measured edition of the other benches; a newsletter takes ten."""
    del articles
    newsletters = QUICK if quick else FULL
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        places: list[Measured] = [
            OnSqlite(folder / "sqlite", email_url=NOWHERE),
            stack.enter_context(on_postgres(folder / "postgres", NOWHERE)),
        ]
        for place in places:
            say(f"{newsletters} newsletters on {place.database} …")
            place.lay("due_newsletters", newsletters=newsletters)
            rows.append({"database": place.database, **place.lay("draft_due", newsletters=newsletters)})
    note = f"One look of a worker at {newsletters} newsletters that are due. Target: 200 in {TARGET_SECONDS:.0f} s."
    return {"note": note, "rows": rows}


def due_newsletters(newsletters: int) -> int:
    """That many, each with a list of its own, with ten new articles of five hundred, all due a minute ago."""
    from django.utils import timezone

    from bench import laying, newsroom
    from newsletters.models import Newsletter
    from subscribers.models import MailingList

    demo = Newsletter.objects.get(pk=laying.crowd(READERS))
    newsroom._articles(ARTICLES)
    at = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=1)
    for number in range(newsletters):
        own = MailingList.objects.create(name=f"List {number}", slug=f"list-{number}")
        made = Newsletter(
            name=f"Newsletter {number}", slug=f"newsletter-{number}", mailing_list=own,
            from_name=demo.from_name, from_email=demo.from_email, postal_address=demo.postal_address,
            cadence="weekly", weekdays=[1, 2, 3, 4, 5, 6, 7], send_time=at.time(), zone="UTC", mode="automatic",
        )  # fmt: skip
        made.save()
    Newsletter.objects.filter(slug__startswith="newsletter-").update(cadence_since=at - timedelta(minutes=1))
    return newsletters


def draft_due(newsletters: int) -> dict[str, float]:
    """Raises RuntimeError when not every newsletter got its edition, queued."""
    from django.utils import timezone

    from newsletters.editions.schedule.making import tick
    from newsletters.models import Edition

    started, computed = time.monotonic(), time.process_time()
    made = tick(timezone.now())
    seconds, cpu = time.monotonic() - started, time.process_time() - computed
    queued = Edition.objects.filter(occurrence__in=made, status=Edition.Status.QUEUED).count()
    if queued != newsletters:
        raise RuntimeError(f"{queued} of {newsletters} editions were queued: {[each.reason for each in made][:3]}")
    return {"newsletters": newsletters, "seconds": seconds, "cpu_ms": 1000 * cpu / newsletters}
