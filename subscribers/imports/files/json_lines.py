"""JSON Lines, as our own export writes them: an object a line, its keys the columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from lib.json_values import read_json
from subscribers.imports.files.tables import LONGEST_FIELD, MOST_COLUMNS, BadLine, Row, Table, UnreadableFile

_LONGEST_LINE = 2_000_000  # bytes
_LOOKED_AT = 10_000  # lines that may bring columns
_NOTHING: tuple[Any, ...] = (None, "", [], {})


def json_lines_table(name: str, path: Path) -> Table:
    """The columns are the keys of the first lines, in the order in which they come. A line behind those with a value
    under another key is refused, since nothing says what becomes of it. Raises `UnreadableFile`."""
    columns = _columns(name, path)
    known = frozenset(columns)

    def rows() -> Iterator[tuple[int, Row]]:
        yield 1, columns
        for number, read in _lines(path):
            if isinstance(read, BadLine):
                yield number, read
            elif strange := [key for key, value in read.items() if key not in known and value not in _NOTHING]:
                words = {"field": strange[0][:80], "lines": f"{_LOOKED_AT:,}"}
                why = _("It has the field “%(field)s”, which isn't in the first %(lines)s lines. Put this line first.")
                yield number, BadLine(why % words)
            else:
                yield number, [_as_text(read.get(column)) for column in columns]

    return Table(name, rows, "UTF-8")


def _columns(name: str, path: Path) -> list[str]:
    found: dict[str, None] = {}
    for at, (_number, read) in enumerate(islice(_lines(path), _LOOKED_AT)):
        if isinstance(read, BadLine):
            if at == 0:
                raise UnreadableFile(_("%(name)s isn't JSON Lines: its first line isn't an object.") % {"name": name})
            continue
        found.update(dict.fromkeys(read))
        if len(found) > MOST_COLUMNS:
            words = {"name": name, "most": MOST_COLUMNS}
            raise UnreadableFile(_("%(name)s has more than %(most)d different fields.") % words)
    if not found:
        raise UnreadableFile(_("%(name)s isn't JSON Lines: its first line isn't an object.") % {"name": name})
    return list(found)


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any] | BadLine]]:
    """Each line that isn't blank, with its number."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(_LONGEST_LINE):
            number += 1
            rest = line
            while len(rest) == _LONGEST_LINE and not rest.endswith(b"\n"):
                rest = file.readline(_LONGEST_LINE)  # of a line that is refused
            if line.strip():
                yield number, _object(line)


def _object(line: bytes) -> dict[str, Any] | BadLine:
    if len(line) >= _LONGEST_LINE:
        return BadLine(_("This line is too long."))
    try:
        found = read_json(line.decode("utf-8-sig", "replace").replace("\0", ""))
    except (ValueError, RecursionError):
        return BadLine(_("This line isn't JSON."))
    if not isinstance(found, dict):
        return BadLine(_("This line isn't a JSON object."))
    return found


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value[:LONGEST_FIELD]
    return json.dumps(value, ensure_ascii=False)
