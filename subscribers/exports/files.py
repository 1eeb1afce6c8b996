"""An export as text: CSV that no spreadsheet runs, or JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from lib import csv_download
from subscribers.exports.rows import COLUMNS, Row

_IN_WORDS = {"lists", "topics"}  # for people; the columns behind them say the same to programs


def csv_rows(rows: Iterable[Row]) -> Iterator[list[Any]]:
    yield list(COLUMNS)
    for row in rows:
        yield [_cell(column, row[column]) for column in COLUMNS]


def csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    yield "\ufeff"  # spreadsheets read UTF-8 as Latin-1 without it
    yield from csv_download.lines(csv_rows(rows))


def json_lines(rows: Iterable[Row]) -> Iterator[str]:
    return (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _cell(column: str, value: Any) -> str:
    if column in _IN_WORDS:
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
