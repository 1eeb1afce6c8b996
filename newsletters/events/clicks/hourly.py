"""Hourly counts of clicks and opens, by link or edition and kind of program; and judging them again by better rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import models, transaction

from newsletters.events.clicks import machines, sums
from newsletters.events.clicks.families import FAMILIES, family_of
from newsletters.events.clicks.upserting import upsert
from newsletters.models import Agent, ClickCount, EditionHour, OpenCount

MOST_NEW_AGENTS = 500  # of a batch; further ones, which somebody invents, count under their family
MOST_AGENTS = 20_000  # in all, so that nobody's inventions fill the table
MOST_AN_HOUR = 500  # rows of one link or edition; then new programs of that hour count under their family
_AT_ONCE = 500  # targets of a query
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
    changes: Counter[tuple[int, datetime, bool]] = Counter()
    hours = {at: datetime.fromtimestamp(at / 1000, tz=UTC) for at in {key.hour for key in counts}}
    for key, times in counts.items():
        changes[key.target, hours[key.hour], key.rule != machines.PEOPLE] += times
    wanted = _within_bounds(counting, counts, agents, hours)
    table, amount = counting.model._meta.db_table, counting.amount
    key_columns = (counting.target, "hour", "agent_id", "method", "rule")
    upsert(
        table,
        (*key_columns, amount),
        key_columns,
        f"{amount} = {table}.{amount} + excluded.{amount}",
        [(*key, times) for key, times in sorted(wanted.items())],
        rules=machines.VERSION,
    )
    counting.add_sums(changes)


def _within_bounds(
    counting: Counting, counts: Mapping[Key, int], agents: Mapping[str, int], hours: Mapping[int, datetime]
) -> Counter[tuple[int, int, int, str, str]]:
    """What is added to which row. Rows that are there grow; of new ones, those with the most events find room first.

    Of an hour's rows no more are read than `MOST_AN_HOUR` and those of the families, however many names come.
    """
    groups: defaultdict[tuple[int, int], list[Key]] = defaultdict(list)
    for key in counts:
        groups[key.target, key.hour].append(key)
    there = _rows_of_hours(counting, {target for target, _at in groups}, set(hours.values()))
    moved: dict[Key, str] = {}
    for (target, at), keys in groups.items():
        room = MOST_AN_HOUR - there.get((target, hours[at]), 0)
        if len(keys) <= room:
            continue
        rows = counting.rows.filter(**{counting.target: target}, hour=hours[at])
        known = set(rows.values_list("agent_id", "method", "rule"))
        new = [key for key in keys if (agents[key.agent], key.method, key.rule) not in known]
        new.sort(key=lambda key: (-counts[key], key))
        moved |= {key: family_of(key.agent) for key in new[max(0, room) :]}
    families = ids_of_families(set(moved.values()))
    wanted: Counter[tuple[int, int, int, str, str]] = Counter()
    for key, times in counts.items():
        agent = families[moved[key]] if key in moved else agents[key.agent]
        wanted[key.target, key.hour, agent, key.method, key.rule] += times
    return wanted


def _rows_of_hours(
    counting: Counting, targets: set[int], hours: Collection[datetime]
) -> dict[tuple[int, datetime], int]:
    """How many there are; counted in an index."""
    ordered, found = sorted(targets), {}
    for start in range(0, len(ordered), _AT_ONCE):
        rows = counting.rows.filter(**{f"{counting.target}__in": ordered[start : start + _AT_ONCE]}, hour__in=hours)
        for target, hour, number in rows.order_by().values_list(counting.target, "hour").annotate(models.Count("pk")):
            found[target, hour] = number
    return found


def agents_named(names: set[str]) -> dict[str, int]:
    """The ids of programs by their names, with new ones made; those beyond what is kept have that of their family."""
    agents = _known(names)
    missing = sorted(names - set(agents))
    room = max(0, MOST_AGENTS - Agent.objects.count()) if missing else 0
    kept = min(MOST_NEW_AGENTS, room)
    new, beyond = missing[:kept], missing[kept:]
    agents |= _made(new)
    if beyond:
        families = ids_of_families({family_of(name) for name in beyond})
        agents |= {name: families[family_of(name)] for name in beyond}
    return agents


def ids_of_families(names: set[str]) -> dict[str, int]:
    """There is always room for these."""
    found = _known(names)
    return found | _made(sorted(names - set(found)))


def _known(names: Iterable[str]) -> dict[str, int]:
    ordered = sorted(names)
    found: dict[str, int] = {}
    for start in range(0, len(ordered), _AT_ONCE):
        some = Agent.objects.filter(name__in=ordered[start : start + _AT_ONCE])
        found |= dict(some.values_list("name", "pk"))
    return found


def _made(names: Sequence[str]) -> dict[str, int]:
    if not names:
        return {}
    Agent.objects.bulk_create([Agent(name=name) for name in names], ignore_conflicts=True)
    return _known(names)


def judge_again() -> int:
    """Judge anew what older rules judged; how many counts another rule has now. What only showed beside other events
    stays so, since those can't be seen any more, and so does what counts under a family: its name says too little."""
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
    old = old.exclude(agent__in=Agent.objects.filter(name__in=FAMILIES))
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
