"""A workbook as openpyxl opens it, with a bound on everything that openpyxl holds in memory at once.

Sheets and the table of words are streams to openpyxl, but it builds each row and each word as a tree first, and every
other part (styles, relations …) as one. A part says its own role, so its name proves nothing: what is read whole has a
bound, and so has each row and the number of rows, counted while they are unpacked.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import IO, Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.workbook import Workbook

LARGEST_TREE = 20_000_000  # bytes of XML: a part that is read whole, one row, or one word
MOST_ROWS = 1_100_000  # a sheet ends at 1,048,576
LARGEST_STRINGS = 100_000_000  # bytes: the table of words is held in memory
MOST_STRINGS = 4_000_000
_END = re.compile(rb"</(?:\w{1,40}:)?(row|si)\s*>")
_OVERLAP = 64  # bytes, in which an end that two reads share is found


class TooLarge(ValueError):
    """There is more in the workbook than may be held."""


def open_workbook(path: Path) -> Workbook:
    """To be read and then closed. Raises `TooLarge` now or while it is read, and whatever openpyxl raises."""
    reader = _WorkbookReader(path, read_only=True, keep_links=False)
    try:
        reader.archive.close()
        reader.archive = _BoundedArchive(path)
        reader.read()
    except ValueError as problem:  # by which openpyxl says what step it was at
        reader.archive.close()
        raise problem.__cause__ or problem from None
    except BaseException:
        reader.archive.close()
        raise
    return reader.wb


class _WorkbookReader(ExcelReader):  # type: ignore[misc]
    def read_strings(self) -> None:
        from openpyxl.xml.constants import SHARED_STRINGS

        part = self.package.find(SHARED_STRINGS)
        if part is not None and self.archive.getinfo(part.PartName[1:]).file_size > LARGEST_STRINGS:
            raise TooLarge
        super().read_strings()

    def read_chartsheet(self, sheet: Any, rel: Any) -> None:
        """There are no people in it."""


class _BoundedArchive(zipfile.ZipFile):
    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        if self.getinfo(name).file_size > LARGEST_TREE:
            raise TooLarge
        with super().open(name) as part:
            return part.read(LARGEST_TREE)

    def open(self, name: Any, *args: Any, **kwargs: Any) -> IO[bytes]:
        return io.BufferedReader(_MeasuredRows(super().open(name, *args, **kwargs)), 64 * 1024)


class _MeasuredRows(io.RawIOBase):
    """What is unpacked, as long as its rows and words are neither too large nor too many."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part = part
        self._before = b""
        self._since = 0  # bytes behind the last end of a row or word
        self._found = {b"row": 0, b"si": 0}

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._part.read(len(buffer))
        self._measure(data)
        buffer[: len(data)] = data
        return len(data)

    def _measure(self, data: bytes) -> None:
        seen = len(self._before)
        text = self._before + data
        self._since += len(data)
        # Within a comment or CDATA an end means nothing; no program writes these into a sheet.
        for end in () if b"<!" in text else _END.finditer(text):
            if end.end() > seen:
                self._found[end[1]] += 1
                self._since = len(text) - end.end()
        if self._since > LARGEST_TREE or self._found[b"row"] > MOST_ROWS or self._found[b"si"] > MOST_STRINGS:
            raise TooLarge
        self._before = text[-_OVERLAP:]

    def close(self) -> None:
        if not self.closed:
            self._part.close()
        super().close()
