"""CSV that is streamed, whatever its length, and that no spreadsheet runs as a program."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

# What a spreadsheet takes for the beginning of a formula (phpList CVE-2021-3188).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """What csv.writer writes to: gives the line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def harmless(cell: Any) -> str:
    """The cell as text that no spreadsheet runs."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    return (writer.writerow([harmless(cell) for cell in row]) for row in rows)


def attachment(rows: Iterable[Sequence[Any]], name: str) -> StreamingHttpResponse:
    """The rows as a file to download, never kept by a browser's cache."""
    response = StreamingHttpResponse(_with_mark(lines(rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _with_mark(lines: Iterable[str]) -> Iterator[str]:
    yield "\ufeff"  # spreadsheets read UTF-8 as Latin-1 without it
    yield from lines
