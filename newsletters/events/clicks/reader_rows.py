"""Rows of readers, on their way to the table: reader, edition, kind, program, rule, how often, first, last, links.

Anybody who has one email can follow its links under thousands of invented names, so a reader has no more than so many
rows of an edition; what comes under further names counts under their family.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from newsletters.events.clicks.families import FAMILIES, family_of
from newsletters.events.clicks.hourly import ids_of_families
from newsletters.events.clicks.upserting import readers_with_more_rows
from newsletters.models import Agent, ReaderCount

MOST_ROWS = 40  # of a reader and an edition, and then those of the families: one for each device and kind of program
AT_ONCE = 5000
Row = tuple[Any, ...]


def merged(rows: Iterable[Row]) -> list[Row]:
    """Those of the same reader, edition, kind, program and rule as one."""
    found: dict[Row, tuple[int, int, int, int]] = {}
    for *key, times, first, last, links in rows:
        one = found.get(tuple(key), (0, first, last, 0))
        found[tuple(key)] = one[0] + times, min(one[1], first), max(one[2], last), one[3] | links
    return [(*key, *counted) for key, counted in found.items()]


def within_bounds(rows: list[Row]) -> list[Row]:
    """Rows that are there grow; of new ones, those with the most events find room first."""
    beyond: set[Row] = set()
    by_edition: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_edition[row[1]].append(row)
    for edition, of_edition in by_edition.items():
        if crowded := _crowded(edition, Counter(row[0] for row in of_edition)):
            beyond |= _beyond(edition, [row for row in of_edition if row[0] in crowded])
    if not beyond:
        return rows
    families = _families({row[3] for row in beyond})
    return merged((*row[:3], families[row[3]], *row[4:]) if row in beyond else row for row in rows)


def _crowded(edition: int, told: Counter[int]) -> set[int]:
    """Readers who may have too many rows, counting those that come in now."""
    least = MOST_ROWS - max(told.values())
    ordered = sorted(told)
    there: dict[int, int] = {}
    for start in range(0, len(ordered), AT_ONCE):
        there.update(readers_with_more_rows(edition, ordered[start : start + AT_ONCE], least))
    return {reader for reader, times in told.items() if there.get(reader, 0) + times > MOST_ROWS}


def _beyond(edition: int, rows: Sequence[Row]) -> set[Row]:
    """Those for which there is no room."""
    known = ReaderCount.objects.filter(edition=edition, subscriber_id__in={row[0] for row in rows})
    there = set(known.values_list("subscriber_id", "edition_id", "kind", "agent_id", "rule"))
    amounts = Counter(row[0] for row in there)
    beyond = set()
    for row in sorted(rows, key=lambda row: (-row[5], row)):
        if row[:5] in there:
            continue
        amounts[row[0]] += 1
        if amounts[row[0]] > MOST_ROWS:
            beyond.add(row)
    return beyond


def _families(programs: set[int]) -> dict[int, int]:
    """The family's number, by that of a program."""
    names = dict(Agent.objects.filter(pk__in=programs).values_list("pk", "name"))
    families = {number: name if name in FAMILIES else family_of(name) for number, name in names.items()}
    numbers = ids_of_families(set(families.values()))
    return {number: numbers[family] for number, family in families.items()}
