"""Characters: what is left out, and normal forms that no text makes expensive."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.addresses import BadAddress, address_key, normalise
from lib.characters import (
    MOST_MARKS,
    TooManyMarks,
    composed,
    controls_in,
    decomposed,
    has_long_run_of_marks,
    one_line,
    with_shorter_runs,
)
from newsletters.articles import searching
from newsletters.articles.searching import Query

# Each sorts behind or before the others, and the last ones only when they are decomposed.
MARKS = ["\u0301", "\u0315\u0301\u0327", "\u05b4\u05b0", "\u064e\u0651", "\u0344", "\u0f73", "\uff9e", "\U0001d165"]
PLENTY = 200_000  # sorted by the square of their number, they take minutes
SECONDS = 5.0  # for a busy machine: in linear time it takes a tenth of one


@given(st.text())
def test_a_text_without_heaps_of_marks_is_normalised_as_unicode_says(text: str) -> None:
    if has_long_run_of_marks(text):
        return
    assert composed(text) == unicodedata.normalize("NFC", text)
    assert decomposed(text) == unicodedata.normalize("NFKD", text)
    assert with_shorter_runs(text) == text


@given(st.text(st.sampled_from(["a", "é", " ", *"".join(MARKS)]), max_size=200))
def test_runs_are_cut_and_nothing_else(text: str) -> None:
    short = with_shorter_runs(text)
    assert not has_long_run_of_marks(short)
    assert with_shorter_runs(short) == short
    assert [c for c in short if c in "aé "] == [c for c in text if c in "aé "]


@pytest.mark.parametrize("mark", MARKS)
def test_as_many_marks_as_a_language_may_need_are_fine_and_one_more_is_not(mark: str) -> None:
    assert composed("a" + mark[0] * MOST_MARKS)
    with pytest.raises(TooManyMarks):
        composed("a" + mark[0] * (MOST_MARKS + 1))


def test_whole_texts_with_vowel_marks_and_accents_are_no_heaps() -> None:
    for words in ("اَلْعَرَبِيَّةُ ", "việt nam ", "בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים ", "हिन्दी में "):
        text = words * 100
        assert composed(unicodedata.normalize("NFD", text)) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("mark", MARKS)
def test_no_amount_of_marks_takes_long(mark: str) -> None:
    heap = "a" + mark * (PLENTY // len(mark))
    started = time.process_time()
    with pytest.raises(TooManyMarks):
        composed(heap)
    decomposed(heap)
    for typed in (heap + "@example.org", "ada@" + heap + ".org"):
        with pytest.raises(BadAddress):
            normalise(typed)
        address_key(typed)
    Query.read(heap)
    searching.without_diacritics(heap)
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("typed", ["a" * 2_000_000 + "@example.org", "ada@" + "é." * 500_000 + "org", "@" * 1_000_000])
def test_no_length_of_an_address_takes_long(typed: str) -> None:
    started = time.process_time()
    with pytest.raises(BadAddress):
        normalise(typed)
    assert len(address_key(typed)) < 5000
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize(
    "text",
    ["👩\u200d🔬", "می\u200cخواهیم", "\u200fRLM\u200e", "Grund\u00adgesetz", "a\u00a0b", "🏴\U000e0067\U000e007f"],
)
def test_characters_that_mean_something_are_no_controls(text: str) -> None:
    assert one_line(text) == text
    assert controls_in(text) == []


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_one_line_is_one_line_whatever_is_in_it(text: str) -> None:
    made = one_line(text)
    assert controls_in(made) == []
    assert len(made.splitlines()) <= 1
    assert one_line(made) == made
