"""The sums that reports read, changed in the transaction that changes the counts they are made of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db.models import F

from newsletters.models import CountedLink, EditionHour

Kind = EditionHour.Kind


def add_clicks(changes: Mapping[tuple[int, datetime, bool], int]) -> None:
    """Add clicks (or take them away, below zero) by link, hour and whether a machine made them."""
    links = {link for link, _hour, _machine in changes}
    editions = dict(CountedLink.objects.filter(pk__in=links).values_list("pk", "edition"))
    by_hour: Counter[tuple[int, datetime, bool]] = Counter()
    by_link: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for (link, hour, is_machine), clicks in changes.items():
        if link in editions:  # else of an edition that was deleted meanwhile
            by_hour[editions[link], hour, is_machine] += clicks
            by_link[link][is_machine] += clicks
    add_hours(Kind.CLICK, by_hour)
    for link, (people, machines) in sorted(by_link.items()):  # as another worker would
        CountedLink.objects.filter(pk=link).update(people=F("people") + people, machines=F("machines") + machines)


def add_hours(kind: EditionHour.Kind, changes: Mapping[tuple[int, datetime, bool], int]) -> None:
    """The same by edition and hour, for clicks or opens."""
    sums: defaultdict[tuple[int, datetime], list[int]] = defaultdict(lambda: [0, 0])
    for (edition, hour, is_machine), number in changes.items():
        sums[edition, hour][is_machine] += number
    new = []
    for (edition, hour), (people, machines) in sorted(sums.items()):
        row = EditionHour.objects.filter(edition=edition, kind=kind, hour=hour)
        if not row.update(people=F("people") + people, machines=F("machines") + machines):
            new.append(EditionHour(edition_id=edition, kind=kind, hour=hour, people=people, machines=machines))
    EditionHour.objects.bulk_create(new, batch_size=500)
