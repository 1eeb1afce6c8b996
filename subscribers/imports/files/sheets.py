"""Spreadsheets (XLSX): the first sheet, row by row, within limits that are checked before anything is unpacked.

Formulas are text: openpyxl gives what they say and never works anything out. Numbers come as people see them (a member
number 1042.0 is “1042”), dates as ISO 8601.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from subscribers.imports.files.archives import check_archive
from subscribers.imports.files.tables import LONGEST_FIELD, MOST_COLUMNS, BadLine, Row, Table, UnreadableFile

MOST_CELLS = 60_000_000  # three million rows of twenty; a sheet ends at 1,048,576 rows
LARGEST_PART = 1_500_000_000  # bytes of XML; it is read as a stream
LAST_ROW = 1_048_576  # of any spreadsheet; one that names a higher one would be counted up to without end
# What openpyxl and zipfile raise for what no spreadsheet program wrote: a word that isn't in the table, a row without …
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, AttributeError,
    ArithmeticError, RuntimeError,
)  # fmt: skip


def sheet_table(name: str, path: Path) -> Table:
    """The table of the first sheet. Raises `UnreadableFile`."""
    with _archive(name, path) as archive:
        check_archive(name, archive, largest=LARGEST_PART)
    return Table(name, lambda: _rows(name, path))


def _archive(name: str, path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError):
        raise _damaged(name) from None


def _damaged(name: str) -> UnreadableFile:
    return UnreadableFile(_("%(name)s is damaged: it can't be opened as a spreadsheet.") % {"name": name})


def _too_much(name: str) -> UnreadableFile:
    return UnreadableFile(
        _("%(name)s holds too much text for a spreadsheet. Save it as CSV and import that.") % {"name": name}
    )


def _rows(name: str, path: Path) -> Iterator[tuple[int, Row]]:
    from subscribers.imports.files.workbooks import TooLarge, open_workbook

    try:
        book = open_workbook(path)
    except TooLarge:
        raise _too_much(name) from None
    except _DAMAGED:
        raise _damaged(name) from None
    try:
        sheet = _first_sheet(name, book)
        sheet.reset_dimensions()  # a sheet may claim a billion cells; what is written counts
        yield from _rows_of(name, sheet)
    except UnreadableFile:
        raise
    except TooLarge:
        raise _too_much(name) from None
    except _DAMAGED:
        raise _damaged(name) from None
    finally:
        book.close()


def _first_sheet(name: str, book: Any) -> Any:
    if not book.worksheets:
        raise UnreadableFile(_("%(name)s has no sheet with a table.") % {"name": name})
    return book.worksheets[0]


def _rows_of(name: str, sheet: Any) -> Iterator[tuple[int, Row]]:
    cells = 0
    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
        cells += len(values)
        if cells > MOST_CELLS or number > LAST_ROW:
            raise UnreadableFile(
                _("%(name)s has more than %(most)s cells. Save it as CSV and import that.")
                % {"name": name, "most": f"{MOST_CELLS:,}"}
            )
        row = [_as_text(value) for value in values]
        while row and not row[-1]:
            row.pop()
        if not row:
            continue
        if len(row) > MOST_COLUMNS:
            yield number, BadLine(_("More than %(most)s columns.") % {"most": MOST_COLUMNS})
        elif max(map(len, row)) > LONGEST_FIELD:
            yield number, BadLine(_("A field is longer than %(most)s characters.") % {"most": f"{LONGEST_FIELD:,}"})
        else:
            yield number, row


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        at_midnight = value.time() == time()
        return value.date().isoformat() if at_midnight else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
