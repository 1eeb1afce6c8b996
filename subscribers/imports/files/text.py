"""Tables as text: which encoding, which separator, and rows read with bounded memory whatever the file holds.

UTF-8 is what most systems write, with or without a mark. What isn't valid as such is Windows-1252, which holds Latin-1;
a file that is UTF-8 but for some bytes keeps the rest as it is, and reads those bytes as Windows-1252.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from typing import IO

from django.utils.translation import gettext as _

from subscribers.imports.files.tables import LONGEST_FIELD, MOST_COLUMNS, BadLine, Row, Table, UnreadableFile

SEPARATORS = ",;\t|"
Open = Callable[[], IO[bytes]]
_CHUNK = 256 * 1024
_SAMPLE = 1024 * 1024
_LONGEST_LINE = 2_000_000  # characters: a row of many long fields is far below
_LINES_TO_JUDGE = 30


def _as_windows_1252(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeDecodeError):
        raise problem
    # Five bytes mean nothing there; Latin-1 takes every byte.
    return problem.object[problem.start : problem.end].decode("cp1252", "iria-latin-1"), problem.end


def _as_latin_1(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeDecodeError):
        raise problem
    return problem.object[problem.start : problem.end].decode("latin-1"), problem.end


codecs.register_error("iria-windows-1252", _as_windows_1252)
codecs.register_error("iria-latin-1", _as_latin_1)


def text_table(name: str, open_file: Open) -> Table:
    """The table in a file of text. Raises `UnreadableFile`."""
    encoding, errors, words = _encoding(open_file)
    sample = _sample(open_file, encoding, errors)
    if not sample.strip("\ufeff \t\r\n"):
        raise UnreadableFile(_("%(name)s is empty.") % {"name": name})
    separator = _separator(sample)

    def rows() -> Iterator[tuple[int, Row]]:
        return _rows(name, open_file, encoding, errors, separator)

    return Table(name, rows, words, is_csv=True)


# --- Encodings --------------------------------------------------------------------------------------------------


def _encoding(open_file: Open) -> tuple[str, str, str]:
    """The codec, what it does with bytes that it doesn't know, and the name for people."""
    with open_file() as file:
        start = file.read(4096)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", "replace", "UTF-16"
        if guess := _utf_16_without_mark(start):
            return guess, "replace", "UTF-16"
        valid, broken = _judge_utf_8(start, file)
    if not broken:
        return "utf-8-sig", "strict", "UTF-8"
    if valid > broken:
        return "utf-8-sig", "iria-windows-1252", _("UTF-8, with some bytes of Windows-1252")
    return "cp1252", "iria-latin-1", "Windows-1252"


def _utf_16_without_mark(start: bytes) -> str:
    """Every other byte of text in a Latin script is zero."""
    even, odd = start[::2], start[1::2]
    if odd and odd.count(0) > 0.4 * len(odd) and even.count(0) < 0.1 * len(even):
        return "utf-16-le"
    if even and even.count(0) > 0.4 * len(even) and odd.count(0) < 0.1 * len(odd):
        return "utf-16-be"
    return ""


def _judge_utf_8(start: bytes, file: IO[bytes]) -> tuple[int, int]:
    """In how many lines letters beyond ASCII are valid UTF-8, and in how many they are not."""
    valid = broken = 0
    rest, chunk = b"", start
    while chunk:
        block = rest + chunk
        cut = block.rfind(b"\n") + 1 or (len(block) if len(block) > _CHUNK else 0)
        head, rest = block[:cut], block[cut:]
        some_valid, some_broken = _judge_block(head)
        valid, broken = valid + some_valid, broken + some_broken
        chunk = file.read(_CHUNK)
    some_valid, some_broken = _judge_block(rest)
    return valid + some_valid, broken + some_broken


def _judge_block(block: bytes) -> tuple[int, int]:
    if block.isascii():
        return 0, 0
    try:
        block.decode()
    except UnicodeDecodeError:
        lines = [line for line in block.split(b"\n") if not line.isascii()]
        good = sum(1 for line in lines if _is_utf_8(line))
        return good, len(lines) - good
    return 1, 0


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


# --- Separators -------------------------------------------------------------------------------------------------


def _sample(open_file: Open, encoding: str, errors: str) -> str:
    with open_file() as file:
        text = codecs.getincrementaldecoder(encoding)(errors).decode(file.read(_SAMPLE))
    return text.removeprefix("\ufeff")


def _separator(sample: str) -> str:
    """The one by which the first lines fall into most columns, as many in each. A first line “sep=;” says it."""
    first, _end, _rest = sample.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        return first.strip()[4]
    return max(SEPARATORS, key=lambda each: (*_fit(sample, each), -SEPARATORS.index(each)))


def _fit(sample: str, separator: str) -> tuple[float, int]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    widths: list[int] = []
    try:
        for row in reader:
            if any(row):
                widths.append(len(row))
            if len(widths) >= _LINES_TO_JUDGE:
                break
    except csv.Error:
        return 0.0, 0
    if not widths or widths[0] < 2:
        return 0.0, 0
    (usual, times), *_others = Counter(widths).most_common(1)
    return times / len(widths) if usual > 1 else 0.0, widths[0]


# --- Rows -------------------------------------------------------------------------------------------------------


def _rows(name: str, open_file: Open, encoding: str, errors: str, separator: str) -> Iterator[tuple[int, Row]]:
    csv.field_size_limit(LONGEST_FIELD)
    with open_file() as file:
        reader = csv.reader(_lines(name, file, encoding, errors), delimiter=separator)
        first = True
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error:
                why = _("A field is longer than %(most)s characters. Is a quotation mark missing at its end?")
                yield line, BadLine(why % {"most": f"{LONGEST_FIELD:,}"})
                continue
            if first:
                first = False
                if len(row) > MOST_COLUMNS:
                    raise UnreadableFile(
                        _("%(name)s has more than %(most)s columns.") % {"name": name, "most": MOST_COLUMNS}
                    )
                if separator.join(row).strip().lower() in {f"sep={separator}", f"sep={separator}{separator}"}:
                    continue
                if len(row) == 2 and row[0].lower() == "sep=" and not row[1]:
                    continue
            if not any(row):
                continue
            if len(row) > MOST_COLUMNS:
                yield line, BadLine(_("More than %(most)s columns.") % {"most": MOST_COLUMNS})
                continue
            yield line, row


def _lines(name: str, file: IO[bytes], encoding: str, errors: str) -> Iterator[str]:
    """Line by line as `csv` wants them, ends included, with no more in memory than a block and one line. Only CR and LF
    end a line: `str.splitlines` would also end one within a name."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    rest = ""
    beginning = True
    while True:
        data = file.read(_CHUNK)
        text = rest + decoder.decode(data, final=not data).replace("\0", "")  # which no database keeps
        if beginning and text:
            text, beginning = text.removeprefix("\ufeff"), False
        if not data:
            yield from io.StringIO(text, newline="")
            return
        # A CR at the end may be half a line end; what is behind the last line end waits for more.
        cut = max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1
        block, rest = text[:cut], text[cut:]
        if len(rest) > _LONGEST_LINE:
            raise UnreadableFile(
                _("%(name)s has a line of more than %(most)s characters: it isn't a table.")
                % {"name": name, "most": f"{_LONGEST_LINE:,}"}
            )
        yield from io.StringIO(block, newline="")
