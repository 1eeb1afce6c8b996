"""CSV that is streamed, whatever its length, and that no spreadsheet runs as a program."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

# What a spreadsheet takes for the beginning of a formula (phpList CVE-2021-3188), also in its full-width form; where a
# cell begins, and where one would begin for a spreadsheet that splits lines at ";" or tabs, as many of Europe's do.
_FORMULA = re.compile(r"(^|[;,\t\r\n\v\f\x85\u2028\u2029])(?=[ \u00a0\"']*[=+\-@＝＋－＠])")


_DEFUSED = re.compile(r"(^|[;,\t\r\n\v\f\x85\u2028\u2029])'(?=[ \u00a0\"']*[=+\-@＝＋－＠])")


class _Echo:
    """What csv.writer writes to: gives the line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def harmless(cell: Any) -> str:
    """The cell as text that no spreadsheet runs."""
    text = "" if cell is None else str(cell)
    defused = _FORMULA.sub(r"\1'", text)
    return f"'{defused}" if defused.startswith(("\t", "\r")) else defused


def as_it_was(cell: str) -> str:
    """The text of which `harmless` made this cell."""
    return _DEFUSED.sub(r"\1", cell) if "'" in cell else cell


def lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
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
