"""What single readers did with an edition, where its newsletter counts by reader: a row for each reader, edition, kind
of program and rule, however often they open and click.

Called by the counting, within its transaction. Who was erased since isn't counted; somebody who was merged into
another person is counted as that one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice
from typing import Any, NamedTuple, Self

from django.db import transaction

from newsletters.events.clicks import engagement, machines
from newsletters.events.clicks.batches import ClickGroup
from newsletters.events.clicks.families import FAMILIES
from newsletters.events.clicks.reader_rows import merged, within_bounds
from newsletters.events.clicks.spool import OPEN
from newsletters.events.clicks.upserting import greatest, least, settled_times, there, upsert
from newsletters.models import Agent, Edition, Engagement, ReaderCount
from subscribers.models import FormerSubscriber, Subscriber

Judged = tuple[str, ClickGroup]  # the rule that calls it a machine, and clicks or opens of known readers
AT_ONCE = 5000  # numbers of a query
_KEY = ("subscriber_id", "edition_id", "kind", "agent_id", "rule")


class _Sort(NamedTuple):
    """What events of a reader that share a row have in common."""

    edition: int
    kind: str
    agent: int
    rule: str


def bit_of(number: int) -> int:
    """The bit that stands for a link: links beyond the sixty-second share one."""
    return 1 << number if number <= 62 else 1


class Delivered:
    """When readers' servers took their mail, of those who clicked soon after it was sent: within seconds of delivery,
    no person has read it."""

    def __init__(self, until: Mapping[int, float], taken: Mapping[tuple[int, int], int]) -> None:
        self._until = until  # by edition: Unix milliseconds until which some mail may have been taken just now
        self._taken = taken  # by edition and reader; without those whose server hadn't even answered us

    @classmethod
    def of(cls, groups: Iterable[ClickGroup]) -> Self:
        known = [group for group in groups if group.kind.is_reader]
        finished = Edition.objects.filter(pk__in={group.kind.edition for group in known})
        until = {
            edition: finished_at.timestamp() * 1000 + machines.EARLY_WITHIN if finished_at else float("inf")
            for edition, finished_at in (finished.values_list("pk", "finished_at") if known else ())
        }
        asked: defaultdict[int, set[int | str]] = defaultdict(set)
        for group in known:
            edition = group.kind.edition
            if min(group.times) <= until.get(edition, 0):
                asked[edition].update(group.people)
        taken = {
            (edition, reader): at
            for edition, people in asked.items()
            for some in _in_portions(people)
            for reader, at in settled_times(edition, some)
        }
        return cls(until, taken)

    def may_be_early(self, group: ClickGroup) -> bool:
        return group.kind.is_reader and min(group.times) <= self._until.get(group.kind.edition, 0)

    def is_early(self, edition: int, reader: int | str, at: int) -> bool:
        if at > self._until.get(edition, 0) or isinstance(reader, str):
            return False
        taken = self._taken.get((edition, reader))
        return taken is None or at <= taken + machines.EARLY_WITHIN


def add(judged: Iterable[Judged], agents: Mapping[str, int]) -> None:
    """Count events of known readers. `agents` are the ids of programs by name."""
    counts: dict[_Sort, dict[int | str, list[int]]] = {}
    for rule, group in judged:
        is_open = group.kind.number == OPEN
        sort = _Sort(
            group.kind.edition, ReaderCount.OPEN if is_open else ReaderCount.CLICK, agents[group.kind.agent], rule
        )
        _count(counts.setdefault(sort, {}), group, 0 if is_open else bit_of(group.kind.number))
    people: set[int | str] = set().union(*counts.values())
    if not people:
        return
    missing = people.difference(*(there(Subscriber._meta.db_table, some) for some in _in_portions(people)))
    rows: list[tuple[Any, ...]] = [
        (reader, *sort, *counted) for sort, of_sort in counts.items() for reader, counted in of_sort.items()
    ]
    if missing:
        kept = _merged_into(missing)
        rows = merged((kept.get(row[0], row[0]), *row[1:]) for row in rows if row[0] not in missing or row[0] in kept)
    rows = within_bounds(rows)
    rows.sort()  # as another worker would
    _write_counts(rows)
    _write_engagement(rows)


def _count(of_sort: dict[int | str, list[int]], group: ClickGroup, bit: int) -> None:
    """By reader: how often, first and last, and the bits of the links."""
    for at, reader in zip(group.times, group.people, strict=True):
        if (one := of_sort.get(reader)) is None:
            of_sort[reader] = [1, at, at, bit]
            continue
        one[0] += 1
        if at < one[1]:
            one[1] = at
        elif at > one[2]:
            one[2] = at
        one[3] |= bit


def _merged_into(missing: Set[int | str]) -> dict[int | str, int]:
    """Who is meant by the number that a mail was written with, of those who were merged since; the others are gone."""
    people: dict[int | str, int] = {}
    for some in _in_portions(missing):
        former = FormerSubscriber.objects.filter(former_id__in=some)
        people |= dict(former.values_list("former_id", "subscriber_id"))
    return people


def _in_portions(numbers: Iterable[int | str]) -> Iterator[list[int]]:
    ordered = iter(sorted(number for number in numbers if isinstance(number, int)))
    while some := list(islice(ordered, AT_ONCE)):
        yield some


def _write_counts(rows: Sequence[tuple[Any, ...]]) -> None:
    """Reader, edition, kind, program, rule, how often, first, last, links."""
    table = ReaderCount._meta.db_table
    upsert(
        table,
        (*_KEY, "times", "first_at", "last_at", "links"),
        _KEY,
        f"times = {table}.times + excluded.times, first_at = {least()}({table}.first_at, excluded.first_at),"
        f" last_at = {greatest()}({table}.last_at, excluded.last_at), links = {table}.links | excluded.links",
        rows,
        rules=machines.VERSION,
    )


def _write_engagement(counts: Sequence[tuple[Any, ...]]) -> None:
    """When people opened and clicked last, and how often lately; machines never."""
    by_person: dict[int, list[Any]] = {}
    for reader, _edition, kind, _agent, rule, times, _first, last, _links in counts:
        if rule != machines.PEOPLE:
            continue
        if (one := by_person.get(reader)) is None:
            one = by_person[reader] = [reader, None, None, 0, 0]
        at, amount = (1, 3) if kind == ReaderCount.OPEN else (2, 4)
        one[at], one[amount] = max(one[at] or 0, last), one[amount] + times
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
        list(by_person.values()),
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
