"""What is typed becomes a typed value or one sentence, and comes back as it was."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.attributes.values import BadValue, Value, as_typed, fits, in_words, parse, parse_json
from subscribers.models import Attribute

TEXT = Attribute(key="city", name="City", kind="text")
NUMBER = Attribute(key="age", name="Age", kind="number")
DATE = Attribute(key="born", name="Born", kind="date")
YES_NO = Attribute(key="member", name="Member", kind="yes_no")
CHOICE = Attribute(key="plan", name="Plan", kind="choice", choices=["Basic", "Pro", "Élan"])
ALL = [TEXT, NUMBER, DATE, YES_NO, CHOICE]


@pytest.mark.parametrize(
    ("attribute", "typed", "value"),
    [
        (TEXT, "  New\tYork\n", "New York"),
        (TEXT, "Cafe\u0301", "Caf\u00e9"),
        (TEXT, "a\x00b", "a b"),
        (NUMBER, "42", 42),
        (NUMBER, "-0.50", -0.5),
        (NUMBER, "1,5", 1.5),
        (NUMBER, "0,125", 0.125),
        (NUMBER, "1 234\u202f567", 1234567),
        (NUMBER, "1,234,567.25", 1234567.25),
        (NUMBER, "1.234.567,25", 1234567.25),
        (NUMBER, "١٢٫٥", 12.5),
        (NUMBER, "−3", -3),
        (NUMBER, "1e3", 1000),
        (DATE, "2024-02-29", "2024-02-29"),
        (DATE, "2024-2-9", "2024-02-09"),
        (DATE, "2024-02-29T10:11:12+02:00", "2024-02-29"),
        (DATE, "2024-02-29 10:11:12", "2024-02-29"),
        (DATE, "29.02.2024", "2024-02-29"),
        (DATE, "2/29/2024", "2024-02-29"),
        (DATE, "29/2/2024", "2024-02-29"),
        (DATE, "5/5/2024", "2024-05-05"),
        (DATE, "٢٠٢٤-٠٢-٢٩", "2024-02-29"),
        (YES_NO, "Yes", True),
        (YES_NO, "0", False),
        (YES_NO, "NEIN", False),
        (YES_NO, "نعم", True),
        (CHOICE, "pro", "Pro"),
        (CHOICE, "ÉLAN", "Élan"),
    ],
)
def test_what_is_typed_becomes_a_value(attribute: Attribute, typed: str, value: Value) -> None:
    found = parse(attribute, typed)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("attribute", ALL)
@pytest.mark.parametrize("typed", ["", "  ", "\u00a0", "\n\t"])
def test_nothing_typed_is_no_value(attribute: Attribute, typed: str) -> None:
    assert parse(attribute, typed) is None


@pytest.mark.parametrize(
    ("attribute", "typed", "says"),
    [
        (TEXT, "x" * 1001, "at most 1,000 characters"),
        (TEXT, "x" * 10_000_000, "at most 1,000 characters"),
        (TEXT, "e" + "\u0301" * 200, "accents"),
        (NUMBER, "twelve", "“twelve” isn't a number"),
        (NUMBER, "1,234", "can mean two numbers"),
        (NUMBER, "nan", "isn't a number"),
        (NUMBER, "inf", "isn't a number"),
        (NUMBER, "9" * 20, "too large"),
        (NUMBER, "9" * 4000, "isn't a number"),
        (NUMBER, "1e99", "too large"),
        (DATE, "2023-02-29", "isn't a date"),
        (DATE, "3/4/2024", "can mean two days"),
        (DATE, "0000-01-01", "isn't a date"),
        (DATE, "yesterday", "isn't a date"),
        (YES_NO, "perhaps", "neither yes nor no"),
        (CHOICE, "Gold", "isn't one of the choices: Basic, Pro, Élan"),
    ],
)
def test_what_is_no_value_is_said_in_a_sentence(attribute: Attribute, typed: str, says: str) -> None:
    with pytest.raises(BadValue) as problem:
        parse(attribute, typed)
    assert says in str(problem.value)
    assert str(problem.value).startswith(attribute.name)
    assert len(str(problem.value)) < 200


@pytest.mark.parametrize("attribute", ALL)
@given(typed=st.text(max_size=60))
def test_whatever_is_typed_has_an_answer_and_a_value_comes_back_as_it_was(attribute: Attribute, typed: str) -> None:
    try:
        value = parse(attribute, typed)
    except BadValue:
        return
    if value is None:
        return
    assert fits(attribute, value)
    assert json.loads(json.dumps(value)) == value
    assert "\x00" not in json.dumps(value)
    assert in_words(attribute, value)
    again = parse(attribute, as_typed(attribute, value))
    assert again == value
    assert type(again) is type(value)


@given(number=st.floats(-1e9, 1e9) | st.integers(-(10**15), 10**15))
def test_numbers_come_back(number: float) -> None:
    value = parse_json(NUMBER, number)
    assert isinstance(value, int | float)
    assert math.isclose(value, number, abs_tol=1e-6)
    assert parse(NUMBER, as_typed(NUMBER, value)) == value


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (TEXT, ["a"]),
        (TEXT, {"a": 1}),
        (TEXT, True),
        (NUMBER, False),
        (NUMBER, 10**4000),
        (NUMBER, math.inf),
        (NUMBER, math.nan),
        (YES_NO, 2),
        (DATE, 20240101),
    ],
)
def test_json_of_another_type_is_refused(attribute: Attribute, value: object) -> None:
    with pytest.raises(BadValue):
        parse_json(attribute, value)
