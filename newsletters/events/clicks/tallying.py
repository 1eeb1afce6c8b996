"""Clicks of a batch → rows to be written. Each kind of click is judged once; what only shows by time or by person is
asked of those alone of whom it may be true."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from newsletters.events.clicks import hourly, machines, readers
from newsletters.events.clicks.batches import Batch, ClickGroup
from newsletters.events.clicks.spool import OPEN
from newsletters.models import CountedLink, Edition

_HOUR = 3_600_000


@dataclass(slots=True)
class BatchTally:
    """What a batch adds to the counts."""

    clicks: Counter[hourly.Key] = field(default_factory=Counter)
    opens: Counter[hourly.Key] = field(default_factory=Counter)
    of_readers: list[tuple[str, ClickGroup]] = field(default_factory=list)

    def write(self) -> None:
        """Within the transaction that says how far the spool is counted."""
        if not (self.clicks or self.opens):
            return
        agents = hourly.agents_named({key.agent for key in self.clicks} | {key.agent for key in self.opens})
        if self.clicks:
            hourly.add(hourly.CLICKS, self.clicks, agents)
        if self.opens:
            hourly.add(hourly.OPENS, self.opens, agents)
        readers.add(self.of_readers, agents)


def tally(batch: Batch) -> BatchTally:
    """Asks the database, and changes nothing there."""
    tallied = BatchTally()
    links, editions = _links_and_editions(batch.clicks)
    marked = machines.together([*batch.clicks, *batch.around])
    delivered = readers.Delivered.of(batch.clicks)
    for group in batch.clicks:
        kind = group.kind
        is_open = kind.number == OPEN
        target = kind.edition if is_open else links.get((kind.edition, kind.number))
        if target is None or kind.edition not in editions:
            continue  # of an edition that was deleted since, or the link that no person sees
        counts = tallied.opens if is_open else tallied.clicks
        for rule, some in _judged(group, marked, delivered):
            for at, times in _hours(some.times):
                counts[hourly.Key(target, at, kind.agent, kind.method, rule)] += times
            if kind.is_reader:
                tallied.of_readers.append((rule, some))
    return tallied


def _judged(
    group: ClickGroup, marked: machines.Marked, delivered: readers.Delivered
) -> Iterator[tuple[str, ClickGroup]]:
    """By the rule that calls them a machine, or people."""
    kind = group.kind
    is_open = kind.number == OPEN
    rule = kind.seen or (machines.judge_open if is_open else machines.judge)(kind.method, kind.agent)
    if rule or not (marked or delivered.may_be_early(group)):
        yield rule, group
        return
    parts: defaultdict[str, tuple[list[int], list[int | str]]] = defaultdict(lambda: ([], []))
    for at, who in zip(group.times, group.people, strict=True):
        times = marked.get((kind.edition, who))
        rule = times.rule_at(at, is_open=is_open) if times is not None else machines.PEOPLE
        if not rule and delivered.is_early(kind.edition, who, at):
            rule = machines.EARLY
        moments, people = parts[rule]
        moments.append(at)
        people.append(who)
    for rule, (moments, people) in parts.items():
        yield rule, ClickGroup(kind, moments, people)


def _hours(times: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The hours in which they were, and how many in each."""
    first = min(times) // _HOUR
    if max(times) // _HOUR == first:  # as of nearly all batches
        yield first * _HOUR, len(times)
        return
    for hour, number in Counter(at // _HOUR for at in times).items():
        yield hour * _HOUR, number


def _links_and_editions(groups: Sequence[ClickGroup]) -> tuple[Mapping[tuple[int, int], int], set[int]]:
    """Those that are there: links by edition and number, and editions."""
    named = {group.kind.edition for group in groups}
    rows = CountedLink.objects.filter(edition__in=named).values_list("edition_id", "number", "pk")
    links = {(edition, number): pk for edition, number, pk in rows}
    return links, set(Edition.objects.filter(pk__in=named).values_list("pk", flat=True))
