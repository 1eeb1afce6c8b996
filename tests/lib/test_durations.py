"""Durations in the unit that says enough, in both languages."""

from __future__ import annotations

import pytest
from django.utils import translation

from lib.durations import duration_in_words

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "less than a minute"), (0, "less than a minute"), (29, "less than a minute"), (31, "1 minute"),
        (89, "1 minute"), (3 * MINUTE, "3 minutes"), (119 * MINUTE, "119 minutes"), (2 * HOUR, "2 hours"),
        (150 * MINUTE + 1, "3 hours"), (71 * HOUR, "71 hours"), (72 * HOUR, "3 days"), (10 * DAY, "10 days"),
    ],
)  # fmt: skip
def test_a_duration_in_words(seconds: float, words: str) -> None:
    assert duration_in_words(seconds) == words


def test_about_so_long() -> None:
    assert duration_in_words(3 * MINUTE, about=True) == "about 3 minutes"
    assert duration_in_words(3, about=True) == "less than a minute"


def test_a_duration_in_arabic() -> None:
    with translation.override("ar"):
        assert duration_in_words(2 * MINUTE) == "دقيقتين"
        assert duration_in_words(5 * HOUR, about=True) == "حوالي 5 ساعات"
