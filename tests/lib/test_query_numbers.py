"""A number in an address is a number or None, whatever was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.query_numbers import LARGEST, read_number, read_numbers


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0", 0), ("7", 7), ("007", 7), (str(LARGEST), LARGEST), (str(LARGEST + 1), None), ("9" * 5000, None),
        ("", None), (None, None), ("-1", None), ("+1", None), ("1.5", None), ("1e3", None), (" 1", None), ("1\n", None),
        ("0x10", None), ("1_000", None), ("²", None), ("٣", None), ("１", None), ("1\x00", None),
    ],
)  # fmt: skip
def test_what_was_typed_as_a_number(typed: str | None, number: int | None) -> None:
    assert read_number(typed) == number


def test_no_number_is_larger_than_was_allowed() -> None:
    assert (read_number("20", most=20), read_number("21", most=20)) == (20, None)


def test_of_many_those_that_are_numbers() -> None:
    assert read_numbers(["3", "x", "", "1", "٣", "3"]) == [3, 1, 3]


@given(st.text())
def test_nothing_typed_is_an_error(typed: str) -> None:
    number = read_number(typed)
    assert number is None or 0 <= number <= LARGEST < 2**63


@given(st.integers(min_value=0, max_value=LARGEST))
def test_every_number_that_fits_is_read(number: int) -> None:
    assert read_number(str(number)) == number
