"""Directions: each text runs by its own first strong letter (UAX #9, P2 and P3), and HTML says so where it has to."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.directions import direction_of, isolated, opposite, with_directions

ARABIC, ENGLISH = "نص عربي مع كلمة English في الوسط.", "An English paragraph (with brackets)."


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        (ARABIC, "rtl"),
        (ENGLISH, "ltr"),
        ("(1936) مونترو", "rtl"),
        ("“NATO” تعلن", "ltr"),
        ("שלום", "rtl"),
        ("ܫܠܡܐ", "rtl"),
        ("𞤀𞤣𞤤𞤢𞤥", "rtl"),
        ("१२ देवनागरी", "ltr"),
        ("2026 – 14:30", None),
        ("١٩٣٦", None),  # Arabic digits are no strong letters (AN)
        ("", None),
        ("\u2067English\u2069 نص", "rtl"),  # what is isolated doesn't count
        ("\u2067never closed", None),
        ("\u2067never closed\nنص", "rtl"),  # but its paragraph ends
        ("\u2069\u2069 an end without a beginning", "ltr"),
        ("\u200f(a)", "rtl"),  # a mark of direction is a strong one
    ],
)
def test_the_first_strong_letter_says_it(text: str, direction: str | None) -> None:
    assert direction_of(text) == direction


@given(st.text(), st.sampled_from(["ltr", "rtl"]))
def test_isolates_stand_around_what_runs_the_other_way_only(text: str, around: str) -> None:
    made = isolated(text, around)  # type: ignore[arg-type]
    assert made in {text, f"\u2068{text}\u2069"}
    assert (made == text) == (direction_of(text) in {None, around})


def test_each_paragraph_has_its_own() -> None:
    made = with_directions(f"<p>{ARABIC}</p><p>{ENGLISH}</p>", "ltr")
    assert made == f'<p dir="rtl">{ARABIC}</p><p>{ENGLISH}</p>'
    assert with_directions(made, "ltr") == made
    assert with_directions(f"<p>{ARABIC}</p><p>{ENGLISH}</p>", "rtl") == f'<p>{ARABIC}</p><p dir="ltr">{ENGLISH}</p>'


def test_lists_quotations_tables_and_captions_have_theirs() -> None:
    html = (
        "<ul><li>عربي</li><li>English</li></ul><blockquote><p>اقتباس</p></blockquote><h2>عنوان</h2>"
        "<table><caption>جدول</caption><tbody><tr><th>A</th><td>ب</td></tr></tbody></table>"
        '<figure><img src="/media/a.jpg" alt="English"><figcaption>صورة (AP)</figcaption></figure><pre>كود</pre>'
    )
    made = with_directions(html, "ltr")
    assert '<ul dir="rtl"><li>عربي</li><li dir="ltr">English</li></ul>' in made
    assert '<blockquote dir="rtl"><p>' in made
    assert '<h2 dir="rtl">' in made
    assert '<table dir="rtl"><caption>جدول</caption><tbody><tr><th dir="ltr">A</th><td>ب</td>' in made
    assert '<figcaption dir="rtl">' in made
    assert '<pre dir="rtl">' in made


def test_a_language_is_said_with_the_direction_where_it_is_known() -> None:
    made = with_directions(
        "<p>عربي</p><blockquote><p>نص</p><p>English</p></blockquote>", "ltr", {"rtl": "ar", "ltr": "en"}
    )
    assert '<p lang="ar" dir="rtl">عربي' in made
    assert '<p lang="en" dir="ltr">English' in made


def test_words_within_words_references_and_marks_are_read_as_they_show() -> None:
    assert with_directions("<p>&amp;&nbsp;&lt; <strong>نص</strong></p>", "ltr").startswith('<p dir="rtl">')
    assert with_directions('<p><a href="https://example.org/" title="a > b">نص</a></p>', "ltr").startswith(
        '<p dir="rtl">'
    )
    mark = re.compile("MARK")
    assert with_directions("<p>MARK نص</p>", "ltr", ignored=mark) == '<p dir="rtl">MARK نص</p>'


def test_what_says_its_direction_already_keeps_it() -> None:
    html = '<p dir="ltr">نص</p><p dir="rtl">English, عربي</p>'
    assert with_directions(html, "ltr") == html


_WORDS = st.sampled_from(["نص", "text", "1936", "שלום", "&amp;", " "])
_INLINE = st.builds(lambda tag, words: f"<{tag}>{words}</{tag}>", st.sampled_from(["em", "a", "code"]), _WORDS)
_BLOCKS = st.recursive(
    st.one_of(_WORDS, _INLINE),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(["blockquote", "li", "ul", "td", "p"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@given(_BLOCKS, st.sampled_from(["ltr", "rtl"]))
def test_nothing_but_directions_is_added(html: str, around: str) -> None:
    made = with_directions(html, around)  # type: ignore[arg-type]
    assert re.sub(r' dir="(?:ltr|rtl)"', "", made) == html
    assert with_directions(made, around) == made  # type: ignore[arg-type]


@given(_WORDS.filter(lambda words: direction_of(words) is not None), st.sampled_from(["ltr", "rtl"]))
def test_what_runs_like_the_page_says_nothing(words: str, around: str) -> None:
    says = direction_of(unescape(words)) == opposite(around)  # type: ignore[arg-type]
    assert (f'dir="{opposite(around)}"' in with_directions(f"<p>{words}</p>", around)) == says  # type: ignore[arg-type]


def test_a_megabyte_of_open_tags_is_read_in_one_go() -> None:
    for hostile in ("<p" * 400_000, "<p>" * 300_000 + "نص", '<p "' * 250_000, "<li>1" * 200_000 + "ن"):
        assert len(with_directions(hostile, "rtl")) >= len(hostile)
