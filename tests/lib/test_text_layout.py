"""Plain text in lines: what textwrap makes of it, faster where there is nothing special about it."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.text_layout import COLUMNS, wrapped

_words = st.text(st.characters(exclude_categories=["Cs"]), max_size=100) | st.sampled_from(
    ["-", "•", "*", "1.", "", "\t", "\u00a0", "x" * COLUMNS, "x" * (COLUMNS + 1)]
)
texts = st.lists(_words, max_size=40).map(" ".join) | st.lists(
    st.from_regex(r"[a-z]{1,90}", fullmatch=True), max_size=40
).map(" ".join)


@given(text=texts, indent=st.sampled_from([" ", "  ", "> "]))
def test_a_line_is_laid_out_as_textwrap_does(text: str, indent: str) -> None:
    expected = [
        textwrap.fill(line, COLUMNS, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    ]
    assert wrapped(text, indent) == "\n".join(expected)


@pytest.mark.parametrize("mark", ["* ", "• ", "12. "])
def test_what_goes_on_in_a_list_stands_below_its_first_word(mark: str) -> None:
    first, *others = wrapped(mark + "word " * 40).split("\n")
    assert first.startswith(f"{mark}word")
    assert others
    assert all(line.startswith(" " * len(mark) + "word") and len(line) <= COLUMNS for line in others)
