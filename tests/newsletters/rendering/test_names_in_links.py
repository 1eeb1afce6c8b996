"""Merge fields in the addresses of links: percent-encoded, the same in all parts and on both paths, never the host."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from lib.characters import one_line
from newsletters.articles.writing import clean_body
from newsletters.blocks.link_problems import problem_with_link
from newsletters.editions.preflight import edition_texts, wording
from newsletters.rendering import custom_mail, designs, merge
from newsletters.rendering.compiled import CompiledMail
from newsletters.rendering.content import EditionContent
from newsletters.rendering.custom.filling import EXAMPLE
from newsletters.rendering.mail import html_for_anybody, render
from newsletters.rendering.message import build
from newsletters.rendering.recipients import Recipient
from tests.newsletters.rendering.sample import CONTENT, EVERY_BLOCK, READER

DATE = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
NAMES = [
    "Ada Lovelace", "Tom & Jerry", "#1 50% off?", "محمد علي", "李 小龍", "a/../b", "O'Neil \"x\" <y>", "%41",
    "x+y=z;:@", "", "m\u0301", ".",
]  # fmt: skip


def linked(address: str, words: str = "your page") -> EditionContent:
    """As an editor typed it and saved it."""
    return replace(CONTENT, introduction=clean_body(f'<p>See <a href="{escape(address)}">{words}</a>.</p>'))


def mails(content: EditionContent, name: str) -> list[EmailMessage]:
    """By the slow path and compiled in seven and eight bits."""
    reader = Recipient(9, "a@example.org", name, date(2025, 11, 4))
    mail = render(content)
    compiled = CompiledMail(mail, content)
    wires = [
        build(mail, reader, content, date=DATE).message().as_bytes(linesep="\r\n"),
        *(compiled.wire(reader, DATE, eight_bits=eight).replace(b"\r\n.", b"\r\n") for eight in (False, True)),
    ]
    parsed = [message_from_bytes(wire, policy=policy.default) for wire in wires]
    return [one for one in parsed if isinstance(one, EmailMessage)]


def addresses(message: EmailMessage, beginning: str) -> tuple[list[str], list[str]]:
    """Of the text part and of the HTML."""
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    hrefs = [str(link.get("href")) for link in lxml_html.fromstring(html.get_content()).iter("a")]
    lines = [line.strip() for line in text.get_content().splitlines()]
    return [one for one in lines if one.startswith(beginning)], [one for one in hrefs if one.startswith(beginning)]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_arrives_in_the_address_as_the_site_there_reads_it(name: str) -> None:
    content = linked(
        "https://x.example/?name={{ name|dear reader & friend }}&first={{first_name|you}}&n={{number}}#end"
    )
    for message in mails(content, name):
        text, html = addresses(message, "https://x.example/")
        assert text == html
        (address,) = html
        assert address.isascii()
        assert not set(' "<>{}|') & set(address)
        parts = urlsplit(address)
        assert (parts.netloc, parts.fragment) == ("x.example", "end")
        asked = parse_qs(parts.query, strict_parsing=True)
        known = one_line(name)
        assert asked["name"] == [known or "dear reader & friend"]
        assert asked["first"] == [known.partition(" ")[0] or "you"]
        assert asked["n"] == ["7"]


@settings(max_examples=30, deadline=None)
@given(
    st.text(max_size=60),
    st.sampled_from(["https://x.example/{{name|a}}/y", "mailto:a@b.example?subject={{ name|b }}"]),
)
def test_any_name_comes_out_the_same_in_both_parts_and_on_both_paths(name: str, address: str) -> None:
    seen = [addresses(message, address[:10]) for message in mails(linked(address), name)]
    assert seen[1:] == seen[:-1]
    text, html = seen[0]
    assert set(text) <= set(html)
    assert any(merge.quoted(one_line(name) or address.rpartition("|")[2][:1]) in one for one in text)


def test_outside_of_addresses_a_name_stays_as_it_is() -> None:
    content = linked("https://x.example/?n={{name|you}}", "page of {{ name|you }} & {{ lead }}")
    for message in mails(content, "Tom & Jerry"):
        html, text = message.get_body(("html",)), message.get_body(("plain",))
        assert html is not None
        assert text is not None
        assert ">page of Tom &amp; Jerry &amp; Strikes &amp; counter-strikes</a>" in " ".join(
            html.get_content().split()
        )
        assert "page of Tom & Jerry" in " ".join(text.get_content().split())


def test_the_archive_has_the_fallback_in_its_addresses() -> None:
    content = linked("https://x.example/?n={{ name|dear reader }}&l={{ lead }}")
    made = html_for_anybody(content, content.introduction)
    assert 'href="https://x.example/?n=dear%20reader&amp;l=Strikes%20%26%20counter-strikes"' in made
    assert "https://x.example/?n=dear%20reader&l=Strikes%20%26%20counter-strikes" in {
        link.text for link in edition_texts.links(content)
    }, "which is what preflight opens"


@pytest.mark.parametrize(
    "address",
    [
        "https://{{ name|x }}",
        "https://{{ name|x }}.example/",
        "https://a.{{ newsletter }}/",
        "https://x.example{{ name|x }}",
        "https://x.example:{{ number }}/",
        "https://x.example\\{{ name|x }}",
        "{{ name|x }}://x.example/",
        "{{ name|https://x.example }}",
        "//{{ name|x }}/",
        "mailto:{{ name|x }}@x.example",
        "tel:{{number}}",
    ],
)
def test_a_field_that_would_say_where_a_link_leads_is_refused(address: str) -> None:
    content = linked(address)
    if "{{" not in content.introduction:
        return  # not even saved as a link
    (finding,) = wording.unrenderable(content)
    assert finding.blocking
    assert "can only follow the site's name" in finding.message
    assert address.strip() in finding.message
    assert finding.field == "introduction"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://x.example/?n={{ name }}", "needs a fallback"),
        ("https://x.example/?n={{ nmae|x }}", "“nmae”"),
        ("https://x.example/?n={{ name|x", "unmatched"),
    ],
)
def test_a_wrong_field_in_an_address_is_named_as_it_was_typed(address: str, said: str) -> None:
    (finding,) = wording.unrenderable(linked(address))
    assert said in finding.message
    assert "%20" not in finding.message


def test_the_address_of_a_button_says_that_it_takes_no_fields() -> None:
    assert "links of a text" in problem_with_link("https://x.example/?n={{ name|you }}")


def own(address: str) -> EditionContent:
    link = f'<mj-text><a href="{address}">Yours</a></mj-text>'
    source = EXAMPLE.read_text().replace("<mj-text>", f"{link}<mj-text>", 1)
    return replace(EVERY_BLOCK, design=designs.OWN, own_mjml=source)


@pytest.mark.parametrize("name", NAMES)
def test_mjml_of_a_newsletters_own_has_the_same_rule(name: str) -> None:
    content = own("https://x.example/?name={{ name|you & me }}&amp;l={{ lead }}")
    assert custom_mail.problems(content.own_mjml, content, READER) == []
    for message in mails(content, name):
        (address,) = addresses(message, "https://x.example/")[1]
        asked = parse_qs(urlsplit(address).query, strict_parsing=True)
        assert asked == {"name": [one_line(name) or "you & me"], "l": ["Strikes & counter-strikes"]}


@pytest.mark.parametrize(
    ("address", "is_right"),
    [
        ("{{ view_url }}?n={{ name|x }}", True),
        ("mailto:a@b.example?subject={{ lead }}", True),
        ("{{ view_url }}", True),
        ("https://{{ name|x }}/", False),
        ("{{ name|x }}", False),
    ],
)
def test_mjml_of_a_newsletters_own_is_refused_where_a_field_says_where_a_link_leads(
    address: str, is_right: bool
) -> None:
    content = own(address)
    said = [str(problem) for problem in custom_mail.problems(content.own_mjml, content, READER)]
    assert bool(said) is not is_right
    assert is_right or ("can only follow the site's name" in said[0] and said[0].startswith("Line "))


@pytest.mark.parametrize("piece", ['<a href="', "{{", "{{name|", "%7B", "<a ", "href=", "https://"])
def test_long_texts_are_read_in_linear_time(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    began = time.process_time()
    with pytest.raises(merge.BadMergeField) if "{" in piece else nullcontext():
        merge.check_html(text)
    assert time.process_time() - began < 5
