"""What was recorded of a reader's reading, for their own eyes, and its end.

This floor knows no editions. The one above says here, once and when the program starts, how to find and delete it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from subscribers.models import Subscriber


@dataclass(frozen=True, slots=True)
class ReadEdition:
    """What is recorded of one person and one edition."""

    edition: str
    subject: str
    opens: int
    clicks: int
    machines: int  # by programs that load pictures and follow links for the reader
    last_at: datetime
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadingRecord:
    find: Callable[[Subscriber], Sequence[ReadEdition]]
    delete: Callable[[Subscriber], None]


_records: list[ReadingRecord] = []


def register_record(record: ReadingRecord) -> None:
    _records[:] = [record]


def find_reading(person: Subscriber) -> Sequence[ReadEdition]:
    """The newest edition first."""
    return _records[0].find(person) if _records else ()


def delete_reading(person: Subscriber) -> None:
    for record in _records:
        record.delete(person)
