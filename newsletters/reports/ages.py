"""How many emails of an edition had been delivered, and how many readers had clicked, when it was how old.

Neither can be told afterwards: the ledger doesn't say when a delivery was reported, and what single readers did is
deleted after some time. So a worker writes both down while the edition is young, ever more seldom. Where none ran for
a while there is nothing, and the edition isn't compared at that age.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max

from newsletters.models import Delivery, Edition, EditionAge, Newsletter, ReaderCount
from newsletters.models.deliveries import Reported
from newsletters.reports.measures import usual_of

LONGEST = 30 * 86_400  # seconds; what happens later isn't written down
_SHORTEST_STEP = 300
_A_STEP = 12  # of so many parts of its age: of a day-old edition, every two hours
Points = Sequence[tuple[int, int]]  # age in seconds and number, the youngest first


@dataclass(frozen=True, slots=True)
class UsualAtAge:
    """Shares of the recipients, the medians of earlier editions; None where too few of them say."""

    delivered: float | None
    clickers: float | None


def count_delivered(edition_id: int) -> int:
    return Delivery.objects.filter(edition=edition_id, reported=Reported.DELIVERED).count()


def count_clickers(edition_id: int) -> int:
    """Readers who clicked, as far as single readers were counted."""
    rows = ReaderCount.objects.filter(edition=edition_id, kind=ReaderCount.CLICK, rule="")
    return int(rows.aggregate(readers=Count("subscriber_id", distinct=True))["readers"])


def write_down_due(now: datetime) -> int:
    """How many editions were due. Each costs two counts, by an index."""
    young = Edition.objects.filter(frozen_at__gt=now - timedelta(seconds=LONGEST), frozen_at__lt=now, candidates__gt=0)
    rows = young.order_by("pk").annotate(last=Max("ages__age")).values_list("pk", "frozen_at", "tracking", "last")
    due = 0
    for edition, began, tracking, last in rows:
        age = int((now - began).total_seconds()) if began else 0
        if age - (last or 0) < _step(age):
            continue
        due += 1
        clickers = count_clickers(edition) if tracking == Newsletter.Tracking.READER else None
        EditionAge.objects.create(
            edition_id=edition, age=age, delivered=count_delivered(edition), clickers=clickers
        )  # fmt: skip
    return due


def clickers_at_last(edition: Edition) -> int | None:
    """As it was written down last; None if it never was."""
    rows = EditionAge.objects.filter(edition=edition, clickers__isnull=False).order_by("-age")
    return rows.values_list("clickers", flat=True).first()


def usual_at(age: timedelta, earlier: Sequence[Edition], recipients: Mapping[int, int]) -> UsualAtAge:
    """One query, of a few rows for each edition. `recipients` is by edition."""
    seconds = min(int(age.total_seconds()), LONGEST)
    near = 2 * _step(seconds)
    rows = EditionAge.objects.filter(
        edition__in=[each.pk for each in earlier], age__gte=seconds - near, age__lte=seconds + near
    )
    delivered: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    clickers: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for edition, then, arrived, people in rows.order_by("age").values_list("edition", "age", "delivered", "clickers"):
        delivered[edition].append((then, arrived))
        if people is not None:
            clickers[edition].append((then, people))
    # A relay reports no delivery: nothing delivered means that nobody knows.
    reported = {edition: points for edition, points in delivered.items() if points[-1][1]}
    return UsualAtAge(_usual(seconds, reported, recipients), _usual(seconds, clickers, recipients))


def _usual(age: int, points: Mapping[int, Points], recipients: Mapping[int, int]) -> float | None:
    numbers = {edition: _number_at(age, of_edition) for edition, of_edition in points.items()}
    return usual_of(
        [
            number / recipients[edition]
            for edition, number in numbers.items()
            if number is not None and recipients[edition]
        ]
    )


def _number_at(age: int, points: Points) -> float | None:
    """Between the two that are next to that age, in a straight line; at the beginning it was nothing. The last one
    stands until the next is written down."""
    before = next((point for point in reversed(points) if point[0] <= age), (0, 0) if age <= 2 * _step(age) else None)
    after = next((point for point in points if point[0] > age), before)
    if before is None or after is None:
        return None
    (younger, fewer), (older, more) = before, after
    return fewer + (more - fewer) * (age - younger) / (older - younger) if older > younger else float(fewer)


def _step(age: int) -> int:
    """How long after the last time it is written down again, in seconds."""
    return max(_SHORTEST_STEP, age // _A_STEP)
