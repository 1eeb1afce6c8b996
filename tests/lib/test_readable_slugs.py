"""Addresses made of headlines in any script."""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from lib.characters import TooManyMarks
from lib.readable_slugs import (
    LONGEST_ENCODED,
    ReadableSlugFormField,
    path_of,
    readable_slug,
    typed_slug,
    validate_readable_slug,
)


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        ("Who may pass? The Straits, explained", "who-may-pass-the-straits-explained"),
        ("  Łódź’s “smart” Straße – été 2026…", "lodzs-smart-strasse-ete-2026"),
        ("Ærø, Þingvellir, Đặng & İstanbul", "aero-thingvellir-dang-istanbul"),
        ("ممرّات بحريّة: لمن تُفتح؟", "ممرات-بحرية-لمن-تفتح"),
        ("أخبـــار ٢٠٢٦", "أخبار-٢٠٢٦"),
        ("שָׁלוֹם עולם", "שלום-עולם"),
        ("हिन्दी में समाचार", "हिन्दी-में-समाचार"),
        ("ข่าวที่นี่", "ข่าวที่นี่"),
        ("Что такое ёж и й?", "что-такое-ёж-и-й"),
        ("Ελληνικά νέα", "ελληνικά-νέα"),
        ("国际安全 2026", "国际安全-2026"),
        ("e\u0301te\u0301", "ete"),
        ("й", "й"),  # NFC, whichever way it was typed
        ("👩‍👩‍👧 Family \u200f(RLM)", "family-rlm"),
        ("a/b\\c?d#e%2f", "a-b-c-d-e-2f"),
        ("---", ""),
        ("؟!…", ""),
        ("\u0301", ""),
        ("", ""),
    ],
)
def test_a_headline_becomes_an_address(words: str, slug: str) -> None:
    assert readable_slug(words) == unicodedata.normalize("NFC", slug)
    assert typed_slug(words) == unicodedata.normalize("NFC", slug)


def test_it_is_cut_after_a_word_and_is_no_longer_than_programs_bear() -> None:
    assert readable_slug("one two three", most=9) == "one-two"
    assert readable_slug("a" * 200) == "a" * 100
    arabic = readable_slug("مضيق " * 60, most=120)
    assert arabic.endswith("مضيق")
    assert len(path_of(arabic)) <= LONGEST_ENCODED
    assert len(path_of(readable_slug("国" * 300, most=120))) <= LONGEST_ENCODED


def test_addresses_of_before_stay_as_they_are() -> None:
    assert typed_slug("My_Old-Page") == "My_Old-Page"


def test_a_heap_of_marks_is_refused_before_it_is_sorted() -> None:
    with pytest.raises(TooManyMarks):
        readable_slug("a" + "\u0315\u0301" * 100_000, most=300_000)
    field = ReadableSlugFormField(max_length=120, required=False)
    with pytest.raises(ValidationError, match="accents"):
        field.clean("a" + "\u0315\u0301" * 40)


@given(st.text(max_size=150))
def test_it_is_stable_and_survives_an_address(words: str) -> None:
    try:
        slug = readable_slug(words)
    except TooManyMarks:
        return
    assert readable_slug(slug) == slug
    assert unquote(path_of(slug)) == slug
    assert path_of(slug).isascii()
    if slug:
        validate_readable_slug(slug)
        validate_readable_slug(ReadableSlugFormField(max_length=120).clean(words.replace("\x00", "")))


def test_the_form_says_what_an_address_needs() -> None:
    field = ReadableSlugFormField(max_length=120, required=False)
    assert field.clean("Ma page à moi") == "ma-page-a-moi"
    assert field.clean("") == ""
    with pytest.raises(ValidationError, match="letter or digit"):
        field.clean("?!")
    with pytest.raises(ValidationError, match="letters, digits"):
        validate_readable_slug("a b")
