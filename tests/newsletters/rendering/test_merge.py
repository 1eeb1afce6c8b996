"""Merge fields: an allow-list and nothing else, and a wrong one is named."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletters.rendering import merge
from newsletters.rendering.custom import language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No field.",
        "Dear {{ name|reader }},",
        "{{first_name|you}} {{ newsletter }} {{ number }} {{ lead }}",
        "50 % { x }",
    ],
)
def test_good_fields_pass(text: str) -> None:
    merge.check(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Dear {{ nmae|reader }}", "“nmae”"),
        ("Dear {{ name }}", "fallback"),
        ("Dear {{ name| }}", "fallback"),
        ("{{ settings.SECRET_KEY }}", "settings.SECRET_KEY"),
        ("{{ name.__class__|x }}", "name.__class__"),
        ("{% load i18n %}", "{%"),
        ("{{ }}", "empty"),
        ("{{ name|reader", "{{"),
        ("name }} here", "}}"),
        ("{{ {{ name|x }} }}", "{{"),
    ],
)
def test_a_wrong_field_is_named(text: str, named: str) -> None:
    with pytest.raises(merge.BadMergeField, match=r".") as problem:
        merge.check(text)
    assert named in str(problem.value)


def test_fields_are_filled_by_name_and_fallback() -> None:
    filled = merge.fill("Dear {{ name| dear reader }}, no. {{number}}", lambda name, fallback: f"<{name}/{fallback}>")
    assert filled == "Dear <name/dear reader>, no. <number/>"


@given(st.text(alphabet="{}|% abcname_", max_size=40))
def test_text_that_passes_leaves_no_brace_pair(text: str) -> None:
    try:
        merge.check(text)
    except merge.BadMergeField:
        return
    filled = merge.fill(text, lambda name, fallback: "x")
    assert "{{" not in filled
    assert "}}" not in filled


def test_mjml_of_a_newsletters_own_reads_fields_as_every_other_text_does() -> None:
    text = "{{name| dear reader }} and {{  number  }}"
    fields = [(node.name, node.fallback) for node in language.parse(text) if isinstance(node, language.PlacedField)]
    assert fields == [("name", "dear reader"), ("number", "")]
    assert merge.fill(text, lambda name, fallback: f"{name}/{fallback}") == "name/dear reader and number/"


@pytest.mark.parametrize(
    "text", ["{{" + " " * 60_000, "{{ " * 20_000, "<!-- iria:if" + " " * 60_000, "<!-- iria:x" * 5_000]
)
def test_a_text_of_braces_and_blanks_is_read_in_no_time(text: str) -> None:
    began = time.perf_counter()
    with pytest.raises((merge.BadMergeField, language.BadTemplate)):
        merge.check(text)
        language.parse(text + "<!-- iria:if x -->")
    assert time.perf_counter() - began < 1
