"""The refused rows as a CSV file with the reasons, to be mended and imported again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from lib import csv_download
from subscribers.imports.mapping import REASON, ROW
from subscribers.imports.reading import PeopleFile
from subscribers.imports.staging import Refusal


def refused_lines(refusals: Iterable[Refusal], people: PeopleFile) -> Iterator[Sequence[str]]:
    """The names of the columns first. Tables with other columns than the first follow under their own names."""
    source = -1
    header: tuple[str, ...] = ()
    for each in refusals:
        if each.source != source:
            source = each.source
            names = people.tables[source].mapping.header
            if names != header:
                header = names
                yield (REASON, ROW, *header)
        # A row that is too long keeps all its cells behind one another, to be seen and mended.
        yield (each.why, str(each.line), *each.cells)


def write_refused(refusals: Iterable[Refusal], people: PeopleFile, into: Path, *, most: int) -> list[Refusal]:
    """Write all of them, and return the first ones."""
    first: list[Refusal] = []

    def passing() -> Iterator[Refusal]:
        for each in refusals:
            if len(first) < most:
                first.append(each)
            yield each

    with open(into, "w", encoding="utf-8-sig", newline="", opener=_private) as file:
        for line in csv_download.lines(refused_lines(passing(), people)):
            file.write(line)
    return first


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
