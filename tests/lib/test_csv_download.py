"""CSV that no spreadsheet runs, whatever it splits lines at."""

from __future__ import annotations

import csv
import re
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.csv_download import harmless, lines

BEGINNINGS = "=+-@＝＋－＠"
PIECES = st.sampled_from([*BEGINNINGS, ";", ",", "\t", "\r", "\n", " ", '"', "'", "x", "550 5.1.1"])


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("=1+1", "'=1+1"),
        ("550 no such user;=cmd|'/c calc'!A1", "550 no such user;'=cmd|'/c calc'!A1"),
        ("first\n=1", "first\n'=1"),
        ("first\r\n@x", "first\r\n'@x"),
        ("a; -1", "a;' -1"),
        ("\t=1", "'\t'=1"),
        ("＝1+1", "'＝1+1"),
        ("a-b, c=d; e", "a-b, c=d; e"),
        (None, ""),
        (-5, "'-5"),
        ("plain", "plain"),
    ],
)
def test_a_formula_is_defused_wherever_a_cell_may_begin(cell: object, text: str) -> None:
    assert harmless(cell) == text


@given(st.lists(st.lists(PIECES, max_size=12).map("".join), min_size=1, max_size=4))
def test_however_a_line_is_split_no_part_begins_as_a_formula(cells: list[str]) -> None:
    line = "".join(lines([cells]))
    assert [next(csv.reader(StringIO(line, newline="")))] == [[harmless(cell) for cell in cells]]
    for separators in (",", ";", "\t", ";,\t\r\n"):
        for part in re.split(f"[{separators}\r\n]", line):
            assert not part.lstrip(' \u00a0"\t').startswith(tuple(BEGINNINGS))


def test_a_line_is_quoted_as_a_whole() -> None:
    assert "".join(lines([("a;b", 1, None)])) == '"a;b","1",""\r\n'
