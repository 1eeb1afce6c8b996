"""Addresses of links: what would end them is percent-encoded, everything else stays byte for byte."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from lib.link_addresses import mailed_address, with_mailed_addresses


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/r?id=1&region=EU&section=3&copy=2&notify=1#a",
        "https://encyclopedia.example/wiki/Rojava_(region)",
        "https://example.org/a)b(c",
        "https://example.org/a[1]?b[]=c",
        "https://example.org/100%25?x=%20",
        "https://example.org/a'b*c;d=e,f!g~h|i^j",
        "https://bücher.example/straße?q=می‌خواهیم",
        "mailto:desk@example.org?subject=Hi%20there&body=a+b",
        "tel:+49-30-123",
        "/articles/straits/",
        "#top",
        "",
    ],
)  # fmt: skip
def test_an_address_stays_as_it_was_typed(address: str) -> None:
    assert mailed_address(address) == address
    assert mailed_address(f" {address}\n") == address


@pytest.mark.parametrize(
    ("typed", "mailed"),
    [
        ("https://example.org/annual report.pdf", "https://example.org/annual%20report.pdf"),
        ("https://example.org/a\tb\u00a0c", "https://example.org/a%09b%C2%A0c"),
        ('https://example.org/"a"<b>', "https://example.org/%22a%22%3Cb%3E"),
        ("mailto:desk@example.org?subject=Hi there", "mailto:desk@example.org?subject=Hi%20there"),
        ("TEL:+49 30 123", "TEL:+4930123"),
    ],
)
def test_what_would_end_it_is_percent_encoded(typed: str, mailed: str) -> None:
    assert mailed_address(typed) == mailed


@given(address=st.text(max_size=60), title=st.text(max_size=20), words=st.text(max_size=20))
def test_the_html_is_changed_in_addresses_alone(address: str, title: str, words: str) -> None:
    before = f'<p title="{escape(title)}">{escape(words)} <abbr title="a href=b">c</abbr></p>'
    link = '<a class="x" href={}{}{} title="href=\'y z\'">x</a>'
    for quote in "\"'":
        html = before + link.format(quote, escape(address), quote)
        made = with_mailed_addresses(html)
        assert made == before + link.format('"', escape(mailed_address(address)), '"')
        assert with_mailed_addresses(made) == made


def test_a_link_without_an_address_is_left_alone() -> None:
    for html in ("<a>x</a>", '<a name="x">x</a>', "<abbr>a</abbr>", "<a href>x</a>", "", "a < b"):
        assert with_mailed_addresses(html) == html


@pytest.mark.parametrize("bad", ['<a "', "<a href=", '<a href="', "<a x='y", "<a x=\" '", "<a " + " " * 20])
def test_broken_html_is_read_once(bad: str) -> None:
    """Quadratic, this would take an hour."""
    assert len(with_mailed_addresses(bad * (1_000_000 // len(bad)))) >= 900_000


def test_an_unquoted_address_is_quoted() -> None:
    (link,) = lxml_html.fragments_fromstring(with_mailed_addresses("<a href=https://example.org/a>x</a>"))
    assert link.get("href") == "https://example.org/a"
