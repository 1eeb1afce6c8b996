"""A piece of a spool, taken apart: its lines by what they have in common. A line costs a split, a look into a table and
a number; everything else is done once for all lines that are alike."""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from newsletters.events.clicks.spool import ClickKind, is_possible

logger = logging.getLogger(__name__)
BATCH = 4 << 20  # bytes; some 45,000 clicks
_LOOK_BACK = 256 << 10  # bytes before a batch: more than anybody clicks in two seconds, with few exceptions


@dataclass(slots=True)
class ClickGroup:
    """Clicks or opens that differ only in when they came, and from whom: the number of a reader where they are known,
    else the hash of a place."""

    kind: ClickKind
    times: list[int]  # Unix milliseconds
    people: Sequence[int | str]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch counts, and what stands around it: only together they show who was a machine."""

    size: int  # bytes
    clicks: list[ClickGroup]
    around: list[ClickGroup]

    @property
    def amount(self) -> int:
        return sum(len(group.times) for group in self.clicks)


def read_batch(file: int, offset: int, until: int | None, *, is_free: bool) -> Batch:
    """The whole lines from the offset on, of clicks until then. Of a file that nobody writes any more, the piece of a
    line at its end is read as a damaged one."""
    data = os.pread(file, BATCH, offset)
    is_end = len(data) < BATCH
    whole = data if is_free and is_end else data[: data.rfind(b"\n") + 1]
    if not whole and not is_end:
        whole = data  # no line of ours is so long
    size = len(whole) if until is None else _end_of(whole, until)
    if not size:
        return Batch(0, [], [])
    clicks, damaged = group_lines(whole[:size])
    if damaged:
        logger.warning("%d damaged lines in a spool of clicks", damaged)
    start = max(0, offset - _LOOK_BACK)
    earlier = os.pread(file, offset - start, start)
    before, _damaged = group_lines(earlier[earlier.find(b"\n") + 1 :] if start else earlier)
    after, _damaged = group_lines(whole[size:])
    return Batch(size, clicks, [*before, *after])


def _end_of(lines: bytes, until: int) -> int:
    """Behind the last line that is so old: lines stand in the order of their times, so only the latest are read."""
    end = len(lines)
    while end:
        begin = lines.rfind(b"\n", 0, end - 1) + 1
        try:
            at = int(lines[begin : lines.find(b"\t", begin, end)])
        except ValueError:
            at = 0
        if is_possible(at) and at <= until:
            break
        end = begin
    return end


def group_lines(lines: bytes) -> tuple[list[ClickGroup], int]:
    """The lines that are ours, and how many others there are."""
    alike: defaultdict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    damaged = 0
    # What isn't UTF-8 becomes what no kind may hold.
    for line in lines.removesuffix(b"\n").decode(errors="surrogateescape").split("\n") if lines else ():
        try:
            at, who, text = line.split("\t", 2)
        except ValueError:
            damaged += 1
            continue
        times, people = alike[text]
        times.append(at)
        people.append(who)
    groups = []
    for text, (times, people) in alike.items():
        kind = ClickKind.parse(text)
        group = _group_of(kind, times, people) if kind is not None else None
        damaged += len(times) - (len(group.times) if group is not None else 0)
        if group is not None and group.times:
            groups.append(group)
    return groups, damaged


def _group_of(kind: ClickKind, when: Sequence[str], who: Sequence[str]) -> ClickGroup:
    """All at once, as nearly always; one by one where some line is damaged."""
    people: Sequence[int | str] = who
    try:
        times = list(map(int, when))
        is_good = is_possible(min(times)) and is_possible(max(times))
        if kind.is_reader:
            people = readers = list(map(int, who))
            is_good = is_good and _is_number(min(readers)) and _is_number(max(readers))
    except ValueError:
        is_good = False
    if is_good:
        return ClickGroup(kind, times, people)
    pairs = list(_good_ones(kind, when, who))
    return ClickGroup(kind, [at for at, _person in pairs], [person for _at, person in pairs])


def _good_ones(kind: ClickKind, when: Sequence[str], who: Sequence[str]) -> Iterator[tuple[int, int | str]]:
    for each, one in zip(when, who, strict=True):
        try:
            at, person = int(each), int(one) if kind.is_reader else one
        except ValueError:
            continue
        if is_possible(at) and (isinstance(person, str) or _is_number(person)):
            yield at, person


def _is_number(reader: int) -> bool:
    return 0 < reader < 2**48
