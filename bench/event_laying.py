"""Tokens and spools of events for `bench events`, made and counted within an installation."""

from __future__ import annotations

import random
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from newsletters.events.clicks import counting
from newsletters.events.clicks.spool import OPEN, click
from newsletters.models import CountedLink, Edition
from subscribers import tokens
from subscribers.models import Subscriber
from subscribers.tokens import Purpose

MOST_TOKENS = 2000
_PROGRAMS = 300
_OPENS = 0.85  # of all events
_PROXY = "Mozilla/5.0"  # which loads pictures before anybody looks
_SECONDS = 36_000  # in which the events came: most clicks come within ten hours


def event_tokens(edition: int) -> dict[str, Any]:
    """Of everybody, and of readers; and the table that the naive view writes to. Its sending was over an hour ago."""
    Edition.objects.filter(pk=edition).update(finished_at=timezone.now() - timedelta(hours=1))
    with connection.cursor() as cursor:
        key = "INTEGER" if connection.vendor == "sqlite" else "BIGSERIAL"
        columns = f"id {key} PRIMARY KEY, edition BIGINT, number INTEGER, agent TEXT, at TEXT"
        cursor.execute(f"CREATE TABLE bench_click ({columns})")
        cursor.execute("CREATE INDEX bench_click_edition ON bench_click (edition, number)")
    some = Subscriber.objects.order_by("pk").values_list("pk", flat=True)[:MOST_TOKENS]
    make = tokens.maker(Purpose.READER, edition)
    return {"all": tokens.make(Purpose.CLICK, edition), "readers": [make(pk).decode() for pk in some]}


def count_spool() -> dict[str, Any]:
    """What the web processes have noted."""
    began = time.perf_counter()
    return {"events": counting.count_clicks(), "seconds": time.perf_counter() - began}


def count_events(edition: int, events: int, by_reader: int) -> dict[str, Any]:
    """Write so many events into a spool of their own, as ten hours of an edition bring them, and count them. Each
    reader has a program of their own, half of them one that loads all pictures; most events are opens."""
    chance = random.Random(7)  # the same events for both databases
    people = list(Subscriber.objects.order_by("pk").values_list("pk", flat=True)) if by_reader else range(50_000)
    numbers = list(CountedLink.objects.filter(edition=edition).values_list("number", flat=True))
    programs = [f"Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0" for n in range(_PROGRAMS)]
    of_people = chance.choices(programs, [1 / n for n in range(1, _PROGRAMS + 1)], k=len(people))
    begin = time.time() - _SECONDS
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "1-bench.clicks").open("wb") as file:
            for place in range(events):
                who = chance.randrange(len(people))
                is_open = chance.random() < _OPENS
                one = click(
                    edition,
                    OPEN if is_open else chance.choice(numbers),
                    method="GET",
                    visitor=str(who),
                    agent=_PROXY if is_open and who % 2 else of_people[who],
                    subscriber=people[who] if by_reader else 0,
                    now=begin + _SECONDS * (place / events) ** 2,  # the first hours bring the most
                )
                file.write(one.line())
        began, used = time.perf_counter(), time.process_time()
        counted = counting.count_clicks(Path(folder))
        return {
            "counted": counted, "seconds": time.perf_counter() - began, "processor": time.process_time() - used,
        }  # fmt: skip
