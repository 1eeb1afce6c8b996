"""What a report says of one thing: a number, or why there is none. Pages, CSV, terminal and API print these objects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Final

FEWEST = 3  # editions that make a habit


class Coverage(StrEnum):
    """Where the number of a measure stands. No number is ever zero because nobody counted."""

    YES = "known"
    OFF = "off"  # the newsletter doesn't count it
    NO = "not known"  # nothing reports it, or not yet


class Unit(StrEnum):
    SHARE = "share"  # of the recipients, each of whom counts once
    RATE = "per recipient"  # of what one recipient may do several times
    NUMBER = "number"  # stands for itself


class Level(StrEnum):
    NONE = ""
    GOOD = "good"
    HIGH = "high"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Measure:
    """`count` is None unless it is known. `share` is of the recipients that were fixed when sending began: from 0 to 1,
    more than 1 for a rate. `usual` is the median of the newsletter's earlier editions at the same age, in the same unit
    as `share` (for a number: as `count`); None when there are too few, or nothing to compare yet."""

    key: str  # stays the same from version to version: JSON and CSV have it
    name: str
    count: int | None
    share: float | None = None
    usual: float | None = None
    unit: Unit = Unit.SHARE
    coverage: Coverage = Coverage.YES
    note: str = ""  # what it means, or why it isn't known
    level: Level = Level.NONE


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something was, of several things that exclude one another."""

    key: str
    name: str
    count: int


def not_counted(key: str, name: str, coverage: Coverage, note: str) -> Measure:
    return Measure(key, name, None, coverage=coverage, note=note)


def usual_of(values: list[float]) -> float | None:
    return median(values) if len(values) >= FEWEST else None


# What the large providers demand of senders in bulk: of the mails that were accepted.
COMPLAINTS_GOOD: Final = 0.001  # less than this
COMPLAINTS_STOP: Final = 0.003  # this or more


def complaint_level(complaints: int, accepted: int) -> Level:
    if not accepted:
        return Level.NONE
    share = complaints / accepted
    if share >= COMPLAINTS_STOP:
        return Level.STOP
    return Level.GOOD if share < COMPLAINTS_GOOD else Level.HIGH
