"""When readers click, and open: of an edition hour by hour from its beginning, beside earlier editions at the same age.

Read from the sums by hour. Of an edition whose first hour began at 9:40, that hour is the one from 9:00 on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from newsletters.models import CountedLink, Edition, EditionHour
from newsletters.reports.measures import FEWEST, usual_of

SHOWN_HOURS = 48
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class HourOfEdition:
    begins: datetime
    people: int
    machines: int
    usual: float | None  # the median of earlier editions in that hour, brought to this one's number of recipients


@dataclass(frozen=True, slots=True)
class ClickHours:
    """`hours` is as long as the edition is old, at most 48; `total` and `machines` are of its whole time."""

    hours: tuple[HourOfEdition, ...]
    total: int
    machines: int
    usual_rate: float | None  # clicks per recipient of earlier editions at the same age
    usual_machine_rate: float | None  # the same of machines
    compared: int


def click_hours(
    edition: Edition, earlier: Sequence[Edition], recipients: Mapping[int, int], now: datetime
) -> ClickHours | None:
    """None where its clicks aren't counted. Three queries. `recipients` is by edition."""
    counted = set(
        CountedLink.objects.filter(edition__in=[edition.pk, *(each.pk for each in earlier)], number=1).values_list(
            "edition", flat=True
        )
    )
    if edition.pk not in counted or edition.frozen_at is None:
        return None
    before = [each for each in earlier if each.pk in counted and recipients.get(each.pk)]
    people, machines = _by_hour([edition, *before], EditionHour.Kind.CLICK)
    age = int((now - _first_hour(edition)) / _HOUR) + 1  # hours that have begun
    own = people[edition.pk]
    habit = len(before) >= FEWEST
    of_recipients = recipients.get(edition.pk, 0)
    shown = tuple(
        HourOfEdition(
            begins=_first_hour(edition) + at * _HOUR,
            people=own.get(at, 0),
            machines=machines[edition.pk].get(at, 0),
            usual=of_recipients * median(people[each.pk].get(at, 0) / recipients[each.pk] for each in before)
            if habit
            else None,
        )
        for at in range(min(age, SHOWN_HOURS))
    )
    return ClickHours(
        hours=shown,
        total=sum(own.values()),
        machines=sum(machines[edition.pk].values()),
        usual_rate=usual_of(_rates(before, people, recipients, age)),
        usual_machine_rate=usual_of(_rates(before, machines, recipients, age)),
        compared=len(before),
    )


@dataclass(frozen=True, slots=True)
class Opens:
    """How often the picture of an edition was loaded, by people and by machines."""

    people: int
    machines: int
    usual_rate: float | None  # as of `ClickHours`


def opens_of(
    edition: Edition, earlier: Sequence[Edition], recipients: Mapping[int, int], now: datetime
) -> Opens | None:
    """None where nobody ever loaded a picture: then either it has none, or nothing can be said. One query."""
    people, machines = _by_hour([edition, *earlier], EditionHour.Kind.OPEN)
    if edition.pk not in people:
        return None
    before = [each for each in earlier if each.pk in people and recipients.get(each.pk)]
    age = int((now - _first_hour(edition)) / _HOUR) + 1
    return Opens(
        sum(people[edition.pk].values()), sum(machines[edition.pk].values()),
        usual_of(_rates(before, people, recipients, age)),
    )  # fmt: skip


def _rates(
    editions: Sequence[Edition], people: Mapping[int, Mapping[int, int]], recipients: Mapping[int, int], age: int
) -> list[float]:
    """Of each edition, how much there was per recipient in so many hours."""
    return [
        sum(number for at, number in people.get(each.pk, {}).items() if at < age) / recipients[each.pk]
        for each in editions
    ]


def _first_hour(edition: Edition) -> datetime:
    begin = edition.frozen_at
    if begin is None:
        raise ValueError(f"edition {edition.pk} has not begun")
    return begin.replace(minute=0, second=0, microsecond=0)


def _by_hour(
    editions: Sequence[Edition], kind: EditionHour.Kind
) -> tuple[dict[int, dict[int, int]], dict[int, dict[int, int]]]:
    """Those of people and of machines, by edition and by how many hours after its first one."""
    first = {edition.pk: _first_hour(edition) for edition in editions}
    people: defaultdict[int, dict[int, int]] = defaultdict(dict)
    machines: defaultdict[int, dict[int, int]] = defaultdict(dict)
    rows = EditionHour.objects.filter(edition__in=first, kind=kind)
    for pk, hour, of_people, of_machines in rows.values_list("edition", "hour", "people", "machines"):
        at = max(0, (hour - first[pk]) // _HOUR)  # clocks of two machines may differ by a little
        people[pk][at] = people[pk].get(at, 0) + of_people
        machines[pk][at] = machines[pk].get(at, 0) + of_machines
    return people, machines
