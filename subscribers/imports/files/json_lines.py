"""JSON Lines, as our own export writes them: an object a line, its keys the columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from lib.json_values import read_json
from subscribers.imports.files.tables import LONGEST_FIELD, MOST_COLUMNS, BadLine, Row, Table, UnreadableFile

_LONGEST_LINE = 2_000_000  # bytes


def json_lines_table(name: str, path: Path) -> Table:
    """The columns are the keys of the first line. Raises `UnreadableFile`."""
    with path.open("rb") as file:
        first = _object(file.readline(_LONGEST_LINE))
    if not isinstance(first, dict):
        raise UnreadableFile(_("%(name)s isn't JSON Lines: its first line isn't an object.") % {"name": name})
    columns = [str(key) for key in first][:MOST_COLUMNS]

    def rows() -> Iterator[tuple[int, Row]]:
        yield 1, columns
        with path.open("rb") as file:
            number = 0
            while line := file.readline(_LONGEST_LINE):
                number += 1
                rest = line
                while len(rest) == _LONGEST_LINE and not rest.endswith(b"\n"):
                    rest = file.readline(_LONGEST_LINE)  # of a line that is refused
                if not line.strip():
                    continue
                read = _object(line)
                if isinstance(read, BadLine):
                    yield number, read
                else:
                    yield number, [_as_text(read.get(column)) for column in columns]

    return Table(name, rows, "UTF-8")


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
