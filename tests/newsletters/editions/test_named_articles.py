"""Which texts name an article, and what they say with `{{ lead }}` in its place."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletters.editions.named_articles import html_with_lead, is_named, with_lead
from newsletters.rendering import merge

LONG = "Grain ships return to Odesa after two years of war"


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("Grain ships return", "Grain ships return"),
        ("Today: GRAIN  ships return, and more", "Grain ships return"),
        ("Grain ships return to Odesa, and more", LONG),
        ("The minister’s “last” word", "The minister's \"last\" word"),
        ("Alpha & Omega", "Alpha & Omega"),
        ("عودة سفن الحبوب إلى أوديسا", "عودة سفن الحبوب"),
        ("粮船重返敖德萨,以及其他", "粮船重返敖德萨"),
        ("What {{ name|reader }} must know: Alpha", "Alpha"),
    ],
)  # fmt: skip
def test_it_is_named(text: str, headline: str) -> None:
    assert is_named(text, headline)
    assert "{{ lead }}" in with_lead(text, headline)
    merge.check(with_lead(text, headline))


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("Grain ships", "Grain ships return"),
        ("Grain ships return", LONG),
        ("Alphabet soup", "Alpha"),
        ("{{ lead }} and {{ name|Alpha }}", "Alpha"),
        ("{{ lead }}", "lead"),
        ("News of the week", ""),
        ("News of the week", "  "),
        ("x", "x"),
    ],
)
def test_it_is_not(text: str, headline: str) -> None:
    assert not is_named(text, headline)
    assert with_lead(text, headline) == text


def test_in_html_tags_and_links_stay() -> None:
    html = '<p title="Alpha & Beta">Read <b>Alpha &amp; Beta</b> at <a href="https://x.example/Alpha">once</a></p>'
    assert html_with_lead(html, "Alpha & Beta") == html.replace("<b>Alpha &amp; Beta</b>", "<b>{{ lead }}</b>")


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_is_typed_it_is_found_again(before: str, headline: str) -> None:
    text = f"{before} {' '.join(headline.split())} and more"
    if is_named(text, headline):
        assert with_lead(text, headline) != text
    else:
        assert with_lead(text, headline) == text


def test_long_texts_take_no_long_time() -> None:
    headline = " ".join(["a"] * 99 + ["b"])
    started = time.perf_counter()
    is_named("a " * 5000, headline)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("text", ["Pasted summary. Two.", "What was pasted today", "It is pasted."])
def test_a_word_within_a_sentence_names_no_article(text: str) -> None:
    assert not is_named(text, "Pasted")
    assert with_lead(text, "Pasted") == text


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("Pasted", "{{ lead }}"), ("Today: pasted, and more", "Today: {{ lead }}, and more"),
        ("On “Pasted” again", "On “{{ lead }}” again"), ("Pasted: the story", "{{ lead }}: the story"),
    ],
)  # fmt: skip
def test_a_headline_of_one_word_is_named_where_it_is_set_apart(text: str, after: str) -> None:
    assert with_lead(text, "Pasted") == after
