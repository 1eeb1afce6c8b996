"""Entities that were pasted into plain text are decoded, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.entities import typed_text, without_entities


@pytest.mark.parametrize(
    ("pasted", "meant"),
    [
        ("Q&amp;A", "Q&A"),
        ("Trinkwasser &amp; Klima &ndash; was nun?", "Trinkwasser & Klima – was nun?"),
        ("It&#8217;s &#x2019;", "It’s ’"),
        ("Don&#039;t &quot;shout&quot; &lt;b&gt;", 'Don\'t "shout" <b>'),
        ("A &hellip; &euro;5 &eacute;", "A … €5 é"),
        ("&#146;tis", "’tis"),
        ("Ça va&nbsp;! Grund&shy;gesetz", "Ça va\u00a0! Grund\u00adgesetz"),
        ("&#128105;&zwj;&#128300;", "👩\u200d🔬"),
        ("Q&amp;amp;A", "Q&A"),
        ("Q&amp;#038;A", "Q&A"),
        ("https://example.org/?a=1&amp;b=2", "https://example.org/?a=1&b=2"),
    ],
)
def test_what_was_pasted_from_a_pages_source_is_what_was_meant(pasted: str, meant: str) -> None:
    assert without_entities(pasted) == meant


@pytest.mark.parametrize(
    "text",
    ["AT&T", "R&D; S&P", "https://example.org/?id=1&region=EU&copy=2&lt=3", "&nothing; &;", "a & b; c", "&#0; &#xD800;",
     "&#99999999;", "&#;", "&amp", "👩\u200d🔬 می\u200cخواهیم", ""],
)  # fmt: skip
def test_what_is_no_entity_stays(text: str) -> None:
    assert without_entities(text) == text


@given(text=st.text("&#xampltg;0123 é", max_size=60))
def test_saving_it_again_changes_nothing(text: str) -> None:
    once = typed_text(text)
    if "&amp;amp;amp" not in text:
        assert typed_text(once) == once


def test_what_an_entity_stands_for_can_be_no_control_character() -> None:
    assert typed_text("a&#1;b&#8;c&#x7f;d") == "abcd"
    assert typed_text("a&#10;b") == "a\nb"  # one line is made of it where a line is wanted


def test_a_long_text_is_read_in_linear_time() -> None:
    """Quadratic, this would take hours."""
    for each in ("&", "&amp", "&#", "&#1", "&a;", "&amp;"):
        without_entities(each * 300_000)
