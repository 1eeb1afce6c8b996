"""Quoted-printable: whatever the text, its lines fit, no dot begins one, and it reads back."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mail.writing.bodies import quoted_printable
from tests.strict_mail import read_quoted_printable


@given(
    text=st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=400), st.text(".= \n\taé", max_size=400))
)
@example("a" * 76)
@example("a" * 77)
@example("." * 300)
@example("a" * 75 + ".b\n.")
@example("é" * 100)
@example("a" * 74 + "é")
@example("a" * 73 + "é")
@example("ends in a space \nand a tab\t")
@example("")
def test_any_text_reads_back(text: str) -> None:
    encoded = quoted_printable(text)
    assert read_quoted_printable(encoded).decode() == text.replace("\r\n", "\n").replace("\r", "\n")
    assert b"\r\n." not in b"\r\n" + encoded


@pytest.mark.parametrize("length", range(60, 160))
@pytest.mark.parametrize("letter", ["a", "=", ".", " ", "é", "漢"])
def test_a_soft_break_may_follow_any_line(length: int, letter: str) -> None:
    text = (letter * length)[:length]
    assert read_quoted_printable(quoted_printable(text) + b"=\r\n" + quoted_printable("x")).decode() == text + "x"
