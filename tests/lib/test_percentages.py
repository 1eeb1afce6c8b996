"""Shares in words."""

from __future__ import annotations

import pytest

from lib.percentages import percent


@pytest.mark.parametrize(
    ("share", "words"),
    [(0, "0%"), (1, "100%"), (0.95, "95%"), (0.982, "98.2%"), (0.001, "0.1%"), (0.9999, "99.99%"), (0.1, "10%")],
)
def test_shares_are_said_as_exactly_as_they_matter(share: float, words: str) -> None:
    assert percent(share) == words
