"""The text part of formatted text: its words, and below them where its links lead, byte for byte."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.html_text import html_to_text
from lib.link_addresses import mailed_address, with_mailed_addresses

ADDRESSES = (
    "https://example.org/r?id=1&region=EU&section=3&currency=USD&notify=1&copy=2&lt=3",
    "https://encyclopedia.example/wiki/Rojava_(region)",
    "https://example.org/a)b",
    "https://example.org/a[1](b)",
    "https://example.org/annual%20report.pdf",
    "https://example.org/&amp;",
    "mailto:desk@example.org?subject=Hi%20there&body=x",
    "tel:+4930123",
)
PLACES = (
    "<p>See {}, now.</p>",
    "<ul><li>See {}</li></ul>",
    "<table><tr><td>a</td><td>{}</td></tr></table>",
    "<blockquote><p>{}</p></blockquote>",
    "<h2>{}</h2>",
    "<p>a<br>{}<br>b</p>",
    "{}",
)
INVISIBLE = (
    "A lab visit 👩\u200d🔬",
    "می\u200cخواهیم",
    "\u200fRLM",
    "Grund\u00adgesetz",
    "Ça va\u00a0!",
    "12\u202f000",
    "🏴\U000e0067\U000e007f.",
)


def link(address: str, words: str) -> str:
    return f'<a href="{escape(address)}">{words}</a>'


@pytest.mark.parametrize("html", PLACES)
@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_stands_alone_on_a_line_byte_for_byte(address: str, html: str) -> None:
    text = html_to_text(html.format(link(address, "the [PDF] (new)")))
    assert [line.strip() for line in text.splitlines()].count(address) == 1
    assert "the [PDF] (new)" in text
    assert "](" not in text.replace(address, "")


@given(
    addresses=st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=40), max_size=4
    )
)
def test_any_addresses_come_out_as_the_html_has_them(addresses: list[str]) -> None:
    wanted = [f"https://example.org/{address.strip()}x" for address in addresses]
    html = with_mailed_addresses("<p>" + " and ".join(link(each, "this") for each in wanted) + "</p>")
    lines = [line.strip() for line in html_to_text(html).splitlines()]
    for each in wanted:
        assert mailed_address(each) in lines


def test_several_links_are_told_apart_by_their_words() -> None:
    text = html_to_text(
        "<p>Read "
        + link("https://a.example/", "one")
        + " or "
        + link("https://b.example/", "<b>two</b>")
        + ".</p><p>End</p>"
    )
    assert text == "Read one or two.\n\none:\nhttps://a.example/\ntwo:\nhttps://b.example/\n\nEnd"


def test_an_address_comes_once_and_not_twice() -> None:
    address = "https://a.example/?b=1&c=2"
    assert html_to_text(f"<p>{link(address, escape(address))}</p>") == address
    assert html_to_text(f"<p>{link(address, 'x')} {link(address, 'y')}</p>").count(address) == 1
    assert html_to_text(f"<p>{link(address, '')}</p>") == address


def test_the_addresses_of_a_list_stand_below_each_item() -> None:
    inner = "<ul><li>" + link("https://c.example/", "c") + "</li></ul>"
    html = "<ol><li>" + link("https://a.example/", "a") + " first" + inner + "</li><li>b</li></ol>"
    assert [line.strip() for line in html_to_text(html).splitlines()] == [
        "1. a first", "https://a.example/", "+ c", "https://c.example/", "2. b",
    ]  # fmt: skip


def test_what_looks_like_markup_in_the_words_stays_words() -> None:
    html = "<p>The sign &amp;copy; as it is typed, 5 &lt; 6, [not a link](really) &amp;amp; AT&amp;T</p>"
    assert html_to_text(html) == "The sign &copy; as it is typed, 5 < 6, [not a link](really) &amp; AT&T"


@pytest.mark.parametrize("words", INVISIBLE)
def test_invisible_characters_that_mean_something_arrive(words: str) -> None:
    assert html_to_text(f"<p>x {words} y</p>") == f"x {words} y"


@pytest.mark.parametrize("html", ["<p>{}</p>", "<ul>{}</ul>", "{}", "<table>{}</table>"])
def test_thousands_of_links_are_read_in_linear_time(html: str) -> None:
    """Quadratic, this would take minutes."""
    row = "<tr><td>{}</td></tr>" if "table" in html else "<li>{}</li>" if "ul" in html else "{} "
    links = "".join(row.format(link(f"https://example.org/{number}", "w")) for number in range(8000))
    assert "https://example.org/7999" in html_to_text(html.format(links))
