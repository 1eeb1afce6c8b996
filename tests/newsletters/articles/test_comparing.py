"""Which words two versions of a text don't share; at a cost that is bounded."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from newsletters.articles.comparing import Passage, compared, compared_html, shortened

WORDS = st.lists(st.sampled_from(["the", "river", "rises", "قوارب", "—", "\n\n"]), max_size=30).map(" ".join)


@given(WORDS, WORDS)
def test_both_texts_can_be_read_from_the_comparison(before: str, after: str) -> None:
    parts = compared(before, after)
    assert "".join(p.text for p in parts if p.kind != "removed") == after
    was = "".join(p.text for p in parts if p.kind != "added")
    assert was.split() == before.split()


def test_one_changed_word_is_one_change() -> None:
    assert compared("The river rises slowly.", "The river falls slowly.") == [
        Passage("same", "The river"), Passage("removed", " rises"), Passage("added", " falls"),
        Passage("same", " slowly."),
    ]  # fmt: skip


def test_bodies_are_compared_by_what_a_reader_sees() -> None:
    parts = compared_html("<p>One <em>two</em></p>", "<p>One <strong>two</strong></p>")
    assert [part.kind for part in parts] == ["same"]


def test_long_passages_that_are_the_same_are_cut_down() -> None:
    text = "word " * 500
    parts = shortened(compared(text + "old " + text, text + "new " + text))
    assert sum(len(part.text) for part in parts) < 400
    assert {"old", "new"} <= {part.text.strip() for part in parts}


def test_two_long_texts_without_a_word_in_common_take_no_long_time() -> None:
    began = time.process_time()
    parts = compared("a b " * 100_000 + "x", "c d " * 100_000 + "y")
    assert time.process_time() - began < 10
    assert [part.kind for part in parts] == ["removed", "added"]
