"""Garbage is looked for less often for a while, and as before afterwards, whatever happened in between."""

from __future__ import annotations

import gc

import pytest

from lib.collecting import rare_collections


def test_the_threshold_is_raised_and_comes_back() -> None:
    before = gc.get_threshold()
    with rare_collections():
        assert gc.get_threshold()[0] > before[0]
        assert gc.get_threshold()[1:] == before[1:]
    assert gc.get_threshold() == before


def test_it_comes_back_after_a_failure() -> None:
    before = gc.get_threshold()
    with pytest.raises(RuntimeError), rare_collections():
        raise RuntimeError
    assert gc.get_threshold() == before
