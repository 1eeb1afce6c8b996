"""NUL and half a surrogate pair, which no database takes, are left out and replaced; the rest is as JSON says."""

from __future__ import annotations

import pytest

from lib.json_values import read_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'{"a": "\ud800", "\uDFFF": ["x\udc00y"]}', {"a": "�", "�": ["x�y"]}),
        (r'"\ud83d\ude00 \ude00"', "\U0001f600 �"),
        (r'["\\ud800", 1e3, null]', [r"\ud800", 1000.0, None]),
        (r'{"a\u0000": "\u0000b\u0000\u0000c"}', {"a": "bc"}),
        (r'"\\u0000 \\\u0000"', r"\u0000 \\"[:-1]),
        ('{"a": "é"}', {"a": "é"}),
    ],
)  # fmt: skip
def test_what_comes_out_can_be_encoded(text: str, value: object) -> None:
    assert read_json(text) == value
    str(read_json(text)).encode()


@pytest.mark.parametrize("text", ["", "{", r'"\ud8"', "[" * 100_000])
def test_what_is_no_json_is_an_error(text: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        read_json(text)
