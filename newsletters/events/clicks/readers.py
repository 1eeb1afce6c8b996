"""What single readers did with an edition, where its newsletter counts by reader: a row for each reader, edition, kind
of program and rule, however often they open and click.

Called by the counting, within its transaction. Who was erased since isn't counted; somebody who was merged into
another person is counted as that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction

from newsletters.events.clicks import engagement, machines
from newsletters.events.clicks.families import FAMILIES
from newsletters.events.clicks.spool import OPEN, Click
from newsletters.events.clicks.upserting import greatest, least, moment_writer, there, upsert
from newsletters.models import Agent, Delivery, Edition, Engagement, ReaderCount
from subscribers.models import FormerSubscriber, Subscriber

Judged = tuple[Click, str]  # an event of a known reader, and the rule that calls it a machine
AT_ONCE = 5000  # numbers of a query
_KEY = ("subscriber_id", "edition_id", "kind", "agent_id", "rule")
_COUNTED = ("rules", "times", "first_at", "last_at", "links")


def bit_of(number: int) -> int:
    """The bit that stands for a link: links beyond the sixty-second share one."""
    return 1 << number if number <= 62 else 1


def early(events: Sequence[Click]) -> set[int]:
    """The places of clicks and opens that came within seconds of delivery, when no person has read the mail."""
    by_edition: dict[int, set[int]] = {}
    for event in events:
        if event.subscriber:
            by_edition.setdefault(event.edition, set()).add(event.subscriber)
    if not by_edition:
        return set()
    found: set[int] = set()
    for edition, finished_at in Edition.objects.filter(pk__in=by_edition).values_list("pk", "finished_at"):
        until = _milliseconds(finished_at) + machines.EARLY_WITHIN if finished_at else None
        places = [
            place
            for place, event in enumerate(events)
            if event.edition == edition and event.subscriber and (until is None or event.at <= until)
        ]
        if not places:
            continue
        settled: dict[int, datetime] = {}
        for some in _in_portions({events[place].subscriber for place in places}):
            rows = Delivery.objects.filter(edition=edition, subscriber_id__in=some)
            settled |= dict(rows.values_list("subscriber_id", "settled_at"))
        for place in places:
            at = settled.get(events[place].subscriber)
            # Without a row its server had the mail, and hadn't even answered us.
            if at is None or events[place].at <= _milliseconds(at) + machines.EARLY_WITHIN:
                found.add(place)
    return found


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def add(judged: Iterable[Judged], agents: Mapping[str, int]) -> None:
    """Count events of known readers. `agents` are the ids of programs by name."""
    counts: dict[tuple[int, int, str, int, str], list[int]] = {}
    for event, rule in judged:
        kind = ReaderCount.OPEN if event.number == OPEN else ReaderCount.CLICK
        key = (event.subscriber, event.edition, kind, agents[event.agent], rule)
        bit = bit_of(event.number) if event.number != OPEN else 0
        if (one := counts.get(key)) is None:
            counts[key] = [1, event.at, event.at, bit]
            continue
        one[0] += 1
        one[1], one[2], one[3] = min(one[1], event.at), max(one[2], event.at), one[3] | bit
    if not counts:
        return
    people = _present({key[0] for key in counts})
    merged: dict[tuple[Any, ...], list[int]] = {}
    for (subscriber, *rest), (times, first, last, links) in counts.items():
        if (person := people.get(subscriber)) is None:
            continue
        one = merged.setdefault((person, *rest), [0, first, last, 0])
        one[0] += times
        one[1], one[2], one[3] = min(one[1], first), max(one[2], last), one[3] | links
    _write_counts(merged)
    _write_engagement(merged)


def _present(numbers: set[int]) -> dict[int, int]:
    """Who is meant by the number that a mail was written with; without those who are gone."""
    people: dict[int, int] = {}
    has_former = FormerSubscriber.objects.exists()
    for some in _in_portions(numbers):
        people |= {pk: pk for pk in there(Subscriber._meta.db_table, some)}
        if has_former:
            people |= dict(
                FormerSubscriber.objects.filter(former_id__in=some).values_list("former_id", "subscriber_id")
            )
    return people


def _in_portions(numbers: Iterable[int]) -> Iterator[list[int]]:
    ordered = iter(sorted(numbers))
    while some := list(islice(ordered, AT_ONCE)):
        yield some


def _write_counts(counts: Mapping[tuple[Any, ...], Sequence[int]]) -> None:
    moment = moment_writer()
    rows = [
        (*key, machines.VERSION, times, moment(first), moment(last), links)
        for key, (times, first, last, links) in sorted(counts.items())  # as another worker would
    ]
    table = ReaderCount._meta.db_table
    upsert(
        table,
        (*_KEY, *_COUNTED),
        _KEY,
        f"times = {table}.times + excluded.times, first_at = {least()}({table}.first_at, excluded.first_at),"
        f" last_at = {greatest()}({table}.last_at, excluded.last_at), links = {table}.links | excluded.links",
        rows,
    )


def _write_engagement(counts: Mapping[tuple[Any, ...], Sequence[int]]) -> None:
    """When people opened and clicked last, and how often lately; machines never."""
    by_person: dict[int, list[Any]] = {}
    for (subscriber, _edition, kind, _agent, rule), (times, _first, last, _links) in counts.items():
        if rule != machines.PEOPLE:
            continue
        one = by_person.setdefault(subscriber, [0, 0, 0, 0])
        at, amount = (0, 2) if kind == ReaderCount.OPEN else (1, 3)
        one[at], one[amount] = max(one[at], last), one[amount] + times
    moment = moment_writer()
    rows = [
        (subscriber, moment(opened) if opened else None, moment(clicked) if clicked else None, opens, clicks)
        for subscriber, (opened, clicked, opens, clicks) in sorted(by_person.items())
    ]
    table = Engagement._meta.db_table
    latest = ", ".join(
        f"{name} = CASE WHEN {table}.{name} IS NULL OR excluded.{name} > {table}.{name}"
        f" THEN COALESCE(excluded.{name}, {table}.{name}) ELSE {table}.{name} END"
        for name in ("opened_at", "clicked_at")
    )
    upsert(
        table,
        ("subscriber_id", "opened_at", "clicked_at", "opens", "clicks"),
        ("subscriber_id",),
        f"{latest}, opens = {table}.opens + excluded.opens, clicks = {table}.clicks + excluded.clicks",
        rows,
    )


def judge_again() -> int:
    """Judge anew what older rules judged; how many counts another rule has now. What was seen once stays, and
    so does what counts under a family of programs."""
    changed = 0
    while (found := _judge_some()) is not None:
        changed += found
    ReaderCount.objects.filter(rules__lt=machines.VERSION).update(rules=machines.VERSION)
    if changed:
        engagement.recount_all()
    return changed


@transaction.atomic
def _judge_some() -> int | None:
    """None when none is left."""
    old = ReaderCount.objects.filter(rules__lt=machines.VERSION).exclude(rule__in=machines.SEEN_ONCE)
    old = old.exclude(agent__in=Agent.objects.filter(name__in=FAMILIES))
    rows = list(old.select_for_update(of=("self",)).select_related("agent").order_by("pk")[:500])
    changed = 0
    for row in rows:
        judge = machines.judge_open if row.kind == ReaderCount.OPEN else machines.judge
        # Which rule it was says the method: HEAD is a machine, by whatever name.
        rule = judge("HEAD" if row.rule == machines.ASKS else "GET", row.agent.name)
        changed += rule != row.rule
        _move(row, rule)
    return changed if rows else None


def _move(row: ReaderCount, rule: str) -> None:
    """Into the count of that rule, which may be there already."""
    same = ReaderCount.objects.select_for_update().filter(
        subscriber_id=row.subscriber_id, edition=row.edition_id, kind=row.kind, agent=row.agent_id, rule=rule
    )
    other = same.exclude(pk=row.pk).first()
    if other is None:
        row.rule, row.rules = rule, machines.VERSION
        row.save(update_fields=["rule", "rules"])
        return
    other.add(row)
    row.delete()
