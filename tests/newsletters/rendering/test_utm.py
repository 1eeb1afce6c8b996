"""UTM parameters: what is added to an address, byte for byte, and which templates are refused with a sentence."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletters.rendering import utm
from newsletters.rendering.content import digest
from newsletters.rendering.mail import RenderedMail, render
from newsletters.rendering.slots import MARK
from newsletters.rendering.tracked_links import LinkTable
from newsletters.rendering.utm import BadParameters, parameters_of, tidied, with_parameters
from tests.newsletters.rendering.sample import CONTENT, EVERY_BLOCK
from tests.newsletters.rendering.test_tracked_links import without_picture

ADDED = "utm_source=iria&utm_campaign=a%20b"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://a.example", f"https://a.example?{ADDED}"),
        ("https://a.example/", f"https://a.example/?{ADDED}"),
        ("https://a.example/p?", f"https://a.example/p?{ADDED}"),
        ("https://a.example/p?x=1", f"https://a.example/p?x=1&{ADDED}"),
        ("https://a.example/p?x=1&", f"https://a.example/p?x=1&{ADDED}"),
        ("https://a.example/p?x=1#part", f"https://a.example/p?x=1&{ADDED}#part"),
        ("https://a.example/#/route?x=1", f"https://a.example/?{ADDED}#/route?x=1"),
        ("https://a.example/p?utm_source=own", "https://a.example/p?utm_source=own&utm_campaign=a%20b"),
        ("https://a.example/p?UTM_Source=own&utm%5Fcampaign=x", "https://a.example/p?UTM_Source=own&utm%5Fcampaign=x"),
        ("https://a.example/p?a=%zz;b=ü&c=/?&d", f"https://a.example/p?a=%zz;b=ü&c=/?&d&{ADDED}"),
        ("https://[::1]:8000/p?a=[1]", f"https://[::1]:8000/p?a=[1]&{ADDED}"),
    ],
)
def test_parameters_are_added_and_nothing_else_changes(before: str, after: str) -> None:
    assert with_parameters(before, ADDED) == after
    assert with_parameters(after, ADDED) == after, "no parameter twice"
    assert with_parameters(before, "") == before


@given(st.text(max_size=60), st.text(max_size=20))
def test_an_address_keeps_every_byte_of_its_own(query: str, fragment: str) -> None:
    query = query.replace("#", "")
    url = f"https://a.example/p?{query}#{fragment}"
    after = with_parameters(url, ADDED)
    assert after.startswith(f"https://a.example/p?{query}")
    assert after.endswith(f"#{fragment}")


def test_fields_are_filled_and_percent_encoded() -> None:
    content = replace(
        CONTENT, newsletter="Ü & Co", number=42, date="2026-11-28",
        utm="utm_source=R%26D mail&utm_campaign={{ newsletter }}-{{number}}&utm_term={{ date }}",
    )  # fmt: skip
    found = parameters_of(content)
    assert found == "utm_source=R%26D%20mail&utm_campaign=%C3%9C%20%26%20Co-42&utm_term=2026-11-28"
    assert dict(parse_qsl(urlsplit(with_parameters("https://a.example/", found)).query)) == {
        "utm_source": "R&D mail", "utm_campaign": "Ü & Co-42", "utm_term": "2026-11-28",
    }  # fmt: skip


def test_a_content_without_parameters_is_hashed_as_before_there_were_any() -> None:
    assert "utm" not in CONTENT.to_json()
    assert digest(CONTENT) != digest(replace(CONTENT, utm="utm_source=iria"))


@pytest.mark.parametrize(
    ("template", "kept"),
    [("", ""), (" ?utm_source=iria& ", "utm_source=iria"), ("a={{ number }}", "a={{ number }}")],
)  # fmt: skip
def test_what_is_kept(template: str, kept: str) -> None:
    assert tidied(template) == kept


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("utm_source", "isn't a parameter"),
        ("utm_source=", "isn't a parameter"),
        ("=iria", "isn't a parameter"),
        ("utm source=iria", "isn't a parameter"),
        ("a=1&A=2", "“A” is there twice"),
        ("utm_term={{ name|reader }}", "You can use: {{ newsletter }}, {{ number }}, {{ date }}"),
        ("utm_term={{ name }}", "can't be used here"),
        ("utm_term={{ number|0 }}", "can't be used here"),
        ("utm_term={{ number", "brace"),
        ("utm_term=a#b", "which end a parameter"),
        ("&".join(f"a{n}=1" for n in range(utm.MOST + 1)), "at most 10"),
    ],
)
def test_what_is_refused(template: str, says: str) -> None:
    with pytest.raises(BadParameters, match=re.escape(says)):
        tidied(template)


def test_links_that_are_not_counted_get_them_in_both_parts() -> None:
    text = "https://a.example/?x=1&y=2#z\n"
    mail = RenderedMail("Subject", '<a href="https://a.example/?x=1&amp;y=2#z">a</a>', text, ())
    after = LinkTable(1, is_counted=False, utm=ADDED).track(mail)
    assert unescape(after.html) == f'<a href="https://a.example/?x=1&y=2&{ADDED}#z">a</a>'
    assert after.text == f"https://a.example/?x=1&y=2&{ADDED}#z\n"


@pytest.mark.parametrize("address", ["mailto:a@b.example?subject=x", "tel:+49301", f"{MARK}001x", "#top", ""])
@pytest.mark.parametrize("is_counted", [True, False])
def test_what_is_no_page_and_the_links_to_unsubscribe_get_none(address: str, is_counted: bool) -> None:
    mail = RenderedMail("Subject", f'<a href="{address}">a</a>', address, ())
    after = LinkTable(1, is_counted=is_counted, utm=ADDED).track(mail)
    assert (without_picture(after) if is_counted else after) == mail


def test_an_address_with_a_merge_field_is_not_counted_and_gets_them() -> None:
    mail = RenderedMail("Subject", f'<a href="https://a.example/?n={MARK}001x">a</a>', "", ())
    after = without_picture(LinkTable(1, utm=ADDED).track(mail))
    assert unescape(after.html) == f'<a href="https://a.example/?n={MARK}001x&{ADDED}">a</a>'


def test_every_web_address_of_a_mail_gets_them_unless_it_is_counted() -> None:
    content = replace(EVERY_BLOCK, utm="utm_source=iria", tracking="off")
    before, after = render(content), LinkTable.of(content).track(render(content))
    assert after.html.count("utm_source=iria") > 10
    assert after.html.replace("&amp;utm_source=iria", "").replace("?utm_source=iria", "") == before.html
    counted = LinkTable.of(replace(content, tracking="anonymous")).track(before)
    assert "utm_source=iria" not in counted.html
