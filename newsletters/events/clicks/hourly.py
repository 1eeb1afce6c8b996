"""Hourly counts of clicks and opens, by link or edition and kind of program; and judging them again by better rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import models, transaction

from newsletters.events.clicks import machines, sums
from newsletters.events.clicks.upserting import moment_writer, upsert
from newsletters.models import Agent, ClickCount, EditionHour, OpenCount

MOST_NEW_AGENTS = 500  # of a batch; further ones, which somebody invents, count under one name
OTHERS = "(other programs)"
MOST_AGENTS = 20_000  # in all, so that nobody's inventions fill the table
Sums = Mapping[tuple[int, datetime, bool], int]


class Key(NamedTuple):
    target: int  # a CountedLink, or of opens an edition
    hour: int  # Unix time in milliseconds
    agent: str
    method: str
    rule: str


@dataclass(frozen=True)
class Counting:
    """One of the two tables, and what differs between them."""

    model: type[models.Model]
    target: str  # the column of what is counted
    amount: str  # the column of how often
    add_sums: Callable[[Sums], None]

    @property
    def rows(self) -> models.QuerySet[Any]:
        return self.model._default_manager.all()


CLICKS = Counting(ClickCount, "link_id", "clicks", sums.add_clicks)
OPENS = Counting(OpenCount, "edition_id", "opens", lambda changes: sums.add_hours(EditionHour.Kind.OPEN, changes))


def add(counting: Counting, counts: Mapping[Key, int], agents: Mapping[str, int]) -> None:
    """Within a transaction. `agents` are the ids of the programs' names, as `agents_named` gives them."""
    wanted: Counter[tuple[int, int, int, str, str]] = Counter()
    changes: Counter[tuple[int, datetime, bool]] = Counter()
    hours = {at: datetime.fromtimestamp(at / 1000, tz=UTC) for at in {key.hour for key in counts}}
    for key, times in counts.items():
        wanted[key.target, key.hour, agents.get(key.agent, agents[OTHERS]), key.method, key.rule] += times
        changes[key.target, hours[key.hour], key.rule != machines.PEOPLE] += times
    moment = moment_writer()
    stored = {at: moment(at) for at in hours}
    table, amount = counting.model._meta.db_table, counting.amount
    key_columns = (counting.target, "hour", "agent_id", "method", "rule")
    upsert(
        table,
        (*key_columns, amount, "rules"),
        key_columns,
        f"{amount} = {table}.{amount} + excluded.{amount}",
        [
            (target, stored[at], agent, method, rule, times, machines.VERSION)
            for (target, at, agent, method, rule), times in sorted(wanted.items())
        ],
    )
    counting.add_sums(changes)


def agents_named(names: set[str]) -> dict[str, int]:
    """The ids of programs by their names, with new ones made; those beyond what is kept share `OTHERS`."""

    def known(some: Sequence[str]) -> Iterator[tuple[str, int]]:
        for start in range(0, len(some), 500):
            yield from Agent.objects.filter(name__in=some[start : start + 500]).values_list("name", "pk")

    agents = dict(known([OTHERS, *sorted(names)]))
    missing = sorted(names - set(agents))[:MOST_NEW_AGENTS]
    missing = missing[: max(0, MOST_AGENTS - Agent.objects.count())] if missing else []
    missing += [OTHERS] * (OTHERS not in agents)
    if missing:
        Agent.objects.bulk_create([Agent(name=name) for name in missing], ignore_conflicts=True)
        agents |= dict(known(missing))
    return agents


def judge_again() -> int:
    """Judge anew what older rules judged; how many counts another rule has now. What only showed beside other events
    stays so, since those can't be seen any more."""
    return sum(_judge_all(*each) for each in ((CLICKS, machines.judge), (OPENS, machines.judge_open)))


def _judge_all(counting: Counting, judge: Callable[[str, str], str]) -> int:
    changed = 0
    while (found := _judge_some(counting, judge)) is not None:
        changed += found
    counting.rows.filter(rules__lt=machines.VERSION).update(rules=machines.VERSION)
    return changed


@transaction.atomic
def _judge_some(counting: Counting, judge: Callable[[str, str], str]) -> int | None:
    """None when none is left. The rows are locked before they are read: the current hour is still being counted."""
    old = counting.rows.filter(rules__lt=machines.VERSION).exclude(rule__in=machines.SEEN_ONCE)
    rows = list(old.select_for_update(of=("self",)).select_related("agent").order_by("pk")[:500])
    changed = 0
    sides: Counter[tuple[int, datetime, bool]] = Counter()
    for row in rows:
        rule = judge(row.method, row.agent.name)
        before, after = row.rule != machines.PEOPLE, rule != machines.PEOPLE
        changed += rule != row.rule
        if before != after:
            target, amount = getattr(row, counting.target), getattr(row, counting.amount)
            sides[target, row.hour, before] -= amount
            sides[target, row.hour, after] += amount
        _move(counting, row, rule)
    counting.add_sums(sides)
    return changed if rows else None


def _move(counting: Counting, row: Any, rule: str) -> None:
    """Into the count of that rule, which may be there already."""
    same = {name: getattr(row, name) for name in (counting.target, "hour", "agent_id", "method")}
    other = counting.rows.select_for_update().filter(rule=rule, **same).exclude(pk=row.pk).first()
    if other is not None:
        setattr(other, counting.amount, getattr(other, counting.amount) + getattr(row, counting.amount))
        other.save(update_fields=[counting.amount])
        row.delete()
        return
    row.rule, row.rules = rule, machines.VERSION
    row.save(update_fields=["rule", "rules"])
