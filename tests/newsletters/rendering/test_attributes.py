"""Attributes of readers as merge fields: the same by the slow path and compiled, whatever the values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletters.blocks.content import BlockContent
from newsletters.rendering import message
from newsletters.rendering.content import AttributeContent, EditionContent, digest
from newsletters.rendering.mail import for_anybody, html_for_anybody, render
from newsletters.rendering.recipients import as_sample
from newsletters.rendering.slots import MOST_SLOTS
from tests import strict_mail
from tests.newsletters.rendering.sample import CONTENT, READER
from tests.newsletters.rendering.test_compiled import made, meaning, unstuffed

CITY = AttributeContent("city", "City", "text")
PLAN = AttributeContent("plan", "Plan", "choice", "Basic")
SINCE = AttributeContent("since", "Member since", "date")
PRICE = AttributeContent("price", "Price", "number")
VOTES = AttributeContent("votes", "Votes", "yes_no")
ALL = (CITY, PLAN, SINCE, PRICE, VOTES)
NAMED = replace(
    CONTENT,
    subject="News for {{ city }}",
    preheader="{{ plan }}, {{ since|long ago }}",
    introduction="<p>{{ city|your &amp; my city }} {{ city }} {{ price }} {{ votes|maybe }}"
    ' <a href="https://example.org/?city={{ city|x y }}">there</a></p>',
    blocks=(
        *CONTENT.blocks,
        BlockContent("heading", words="In {{ city|the city }}"),
        BlockContent("text", html="<p>.{{ plan|none }}</p>"),
    ),
    attributes=ALL,
)

awkward = st.sampled_from(
    ["<b>&amp;", "القاهرة", "\U0001f1f3\U0001f1f4 Oslo", "100 %s %(city)s", "{{ name|x }}", "a\r\nBcc: b@example.org",
     "." * 80, "=?utf-8?q?x?=", "", " ", "iRiAsLoT000x", "é" * 990, "\u2028", "a\\1", "\ud800"]
)  # fmt: skip
texts = st.one_of(awkward, st.text(max_size=80))


@settings(max_examples=30, deadline=None)
@given(
    values=st.fixed_dictionaries(
        {},
        optional={
            "city": st.one_of(texts, st.integers()),
            "plan": texts,
            "since": st.one_of(st.dates().map(str), texts),
            "price": st.one_of(st.integers(-(10**15), 10**15), st.floats(-1e9, 1e9), st.booleans()),
            "votes": st.one_of(st.booleans(), texts),
            "unknown": texts,
        },
    ),
    language=st.sampled_from(["en", "ar"]),
    subject=st.sampled_from(
        ["{{ city|all }}", "{{ city }} {{ plan }} news", "Ü {{ city|you }}: {{ lead }}", "{{ votes }}!"]
    ),
)
def test_any_values_come_out_the_same(values: dict[str, Any], language: str, subject: str) -> None:
    content = replace(NAMED, language=language, subject=subject)
    mail = made(READER._replace(attributes=values), content)
    said = [meaning(one) for one in (mail.slow, *mail.ours)]
    for one in said:
        one["Subject"] = "".join(str(one["Subject"]).split())
    assert said[1] == said[0]
    assert said[2] == said[0]
    wires = (mail.slow_wire, mail.seven, mail.eight)
    assert len({strict_mail.read(unstuffed(wire)).subject for wire in wires}) == 1
    for wire in wires:
        assert b"\nBcc" not in wire.partition(b"\r\n\r\n")[0]  # below, a line may well begin with it
        assert max(map(len, wire.split(b"\r\n"))) <= 998


def personal(content: EditionContent = NAMED, **values: Any) -> tuple[str, str, str]:
    return message.personal(render(content), READER._replace(attributes=values), content)


def test_a_value_is_escaped_by_where_it_stands() -> None:
    subject, html, text = personal(city="<b>Å & ?</b>")
    assert subject == "News for <b>Å & ?</b>"
    assert "&lt;b&gt;Å &amp; ?&lt;/b&gt;" in html
    assert "<b>Å" not in html
    assert "city=%3Cb%3E%C3%85%20%26%20%3F%3C%2Fb%3E" in html
    assert "IN <b>Å & ?</b>" in text  # a heading is in capitals, but for the value


def test_where_there_is_no_value_the_fallback_stands_then_the_default_then_nothing() -> None:
    subject, html, text = personal()
    assert subject == "News for"
    assert "your &amp; my city" in html
    assert "your & my city" in text
    assert "?city=x%20y" in html
    assert "Basic, long ago" in html
    assert ".none" in text


@pytest.mark.parametrize(
    ("language", "words"), [("en", ["3 March 2026", "1234.5", "yes"]), ("ar", ["3 مارس 2026", "1234,5", "نعم"])]
)
def test_values_are_written_in_the_language_of_the_mail(language: str, words: list[str]) -> None:
    content = replace(NAMED, language=language)
    _subject, html, text = personal(content, since="2026-03-03", price=1234.5, votes=True)
    for word in words[1:]:
        assert word in text
    assert words[0] in html


def test_what_is_said_to_nobody_in_particular_has_no_value_of_anybody() -> None:
    assert for_anybody(NAMED, "{{ city|your city }} {{ plan }} {{ city }}.") == "your city Basic ."
    said = html_for_anybody(NAMED, '<a href="https://example.org/?{{ plan }}">{{ city|a &amp; b }}</a>')
    assert said == '<a href="https://example.org/?Basic">a &amp; b</a>'


def test_a_sample_has_a_value_of_each_kind() -> None:
    held = as_sample(READER, NAMED).attributes
    assert (held["city"], held["plan"], held["price"], held["votes"]) == ("City", "Basic", 1234.5, True)
    assert "City" in message.personal(render(NAMED), as_sample(READER, NAMED), NAMED)[0]


def test_the_content_keeps_the_definitions_and_says_nothing_of_them_where_there_are_none() -> None:
    assert EditionContent.from_json(NAMED.to_json()) == NAMED
    assert "attributes" not in CONTENT.to_json()
    assert digest(NAMED) != digest(replace(NAMED, attributes=ALL[:-1]))


def test_more_slots_than_a_mail_can_have_are_refused() -> None:
    many = "".join(f"{{{{ city|{number} }}}}" for number in range(MOST_SLOTS + 1))
    with pytest.raises(ValueError, match="more than 200 different merge fields"):
        render(replace(NAMED, introduction=f"<p>{many}</p>"))
