"""A table within a file: the row of names, and the rows behind it with their numbers, read as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

MOST_COLUMNS = 500
LONGEST_FIELD = 100_000  # characters
LARGEST_FILE = 2_000_000_000  # bytes, packed or not
MEGABYTE = 1_000_000


class UnreadableFile(ValueError):
    """The file can't be read as a table of people; the message is one sentence for the person who chose it."""


@dataclass(frozen=True)
class BadLine:
    """In the place of a row: what can't be read as one."""

    why: str


Row = list[str] | BadLine


@dataclass(frozen=True)
class Table:
    """`rows` begins anew at each call and yields the number of the line or row, counted from 1 as a spreadsheet does,
    with the cells. The row of names is among them; blank rows are not."""

    name: str
    rows: Callable[[], Iterator[tuple[int, Row]]]
    encoding: str = ""
    is_csv: bool = False  # which a spreadsheet may have written, and which our own exports defuse


def megabytes(size: int) -> str:
    return f"{size / MEGABYTE:,.0f} MB"
