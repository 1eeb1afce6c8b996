"""What the words in a cell mean: yes and no in four languages, moments as systems write them, lists within a cell."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from lib.json_values import read_json

_NO = frozenset({"", "0", "false", "f", "no", "n", "off", "none", "null", "nein", "falsch", "non", "faux", "لا", "-"})
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
MOST_IN_A_CELL = 200
LONGEST_WORD = 80


def is_yes(cell: str) -> bool:
    """Anything but a no: a date says yes as well."""
    return cell.strip().lower() not in _NO


def is_no(cell: str) -> bool:
    """A no that was written, not an empty cell."""
    word = cell.strip().lower()
    return bool(word) and word in _NO


def moment(cell: str) -> datetime | None:
    """The time in the cell, in UTC unless it says otherwise; None when it can't be told, as of 3/4/2020."""
    text = cell.strip()
    if not 8 <= len(text) <= 40:
        return None
    found: datetime | None
    try:
        found = datetime.fromisoformat(text.removesuffix(" UTC").removesuffix(" GMT"))
    except ValueError:
        found = _written_out(text)
    if found is None:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    try:
        found = found.astimezone(UTC)
    except OverflowError:  # no database gives back what is beyond the years 1 and 9999 there
        return None
    return found if found >= _EARLIEST else None


def _written_out(text: str) -> datetime | None:
    if (found := _DAY_FIRST.fullmatch(text)) is not None:
        day, month = int(found[1]), int(found[2])
    elif (found := _SLASHES.fullmatch(text)) is not None:
        one, other = int(found[1]), int(found[2])
        if one == other or one > 12:
            day, month = one, other
        elif other > 12:
            day, month = other, one
        else:
            return None
    else:
        return None
    try:
        return datetime(
            int(found[3]), month, day, int(found[4] or 0), int(found[5] or 0), int(found[6] or 0), tzinfo=UTC
        )
    except ValueError:
        return None


def several(cell: str) -> list[str]:
    """The words of a list in one cell: JSON, or separated by commas or semicolons, each perhaps in quotes."""
    text = cell.strip()
    if not text:
        return []
    if text.startswith("["):
        try:
            found = read_json(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list):
            return _tidy(str(each) for each in found if isinstance(each, str | int | float))
    separator = ";" if ";" in text and "," not in text else ","
    try:
        row = next(csv.reader([text.replace("\n", " ").replace("\r", " ")], delimiter=separator, skipinitialspace=True))
    except (csv.Error, StopIteration):
        row = text.split(separator)
    return _tidy(row)


def _tidy(words: Iterable[str]) -> list[str]:
    found = dict.fromkeys(" ".join(word.split())[:LONGEST_WORD] for word in words)
    return [word for word in found if word][:MOST_IN_A_CELL]


def json_object(cell: str) -> dict[str, object] | None:
    """None when it isn't one."""
    try:
        found = read_json(cell)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
