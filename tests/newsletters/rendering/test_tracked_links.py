"""Counted links: every address that is the same for all readers, under one number in both parts, and no other."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from newsletters.rendering import designs
from newsletters.rendering.mail import RenderedMail, render
from newsletters.rendering.slots import MARK
from newsletters.rendering.tracked_links import MOST_LINKS, LinkTable
from subscribers import tokens
from subscribers.tokens import Purpose
from tests.newsletters.rendering.sample import EVERY_BLOCK

OURS = re.compile(r"https?://[^/\s\"]+/c/([A-Za-z0-9_-]+)/([0-9]+)/")


def mail(html: str = "", text: str = "") -> RenderedMail:
    return RenderedMail("Subject", html, text, ())


def hrefs(html: str) -> list[str]:
    return [unescape(href) for href in re.findall(r'\bhref="([^"]*)"', html)]


@pytest.mark.parametrize("design", designs.names())
def test_the_links_of_every_design_and_block_lead_where_they_led(design: str) -> None:
    content = replace(EVERY_BLOCK, design=design)
    before, table = render(content), LinkTable(7)
    after = table.track(before)
    urls = {number: url for url, number in table.urls.items()}

    def led(address: str) -> str:
        found = OURS.fullmatch(address)
        if found is None:
            return address
        assert tokens.read(Purpose.CLICK, found[1]) == (7,)
        return urls[int(found[2])]

    assert [led(href) for href in hrefs(after.html)] == hrefs(before.html)
    assert OURS.sub(lambda found: urls[int(found[2])], after.text) == before.text
    left = [href for href in hrefs(after.html) if not OURS.fullmatch(href)]
    assert all(MARK in href or not href.startswith("http") for href in left), left
    assert len(urls) > 5


def test_an_address_has_one_number_in_every_variant_and_in_both_parts() -> None:
    table = LinkTable(1)
    first = table.track(mail('<a href="https://a.example/?x=1&amp;y=2">a</a>', "https://a.example/?x=1&y=2\n"))
    again = table.track(
        mail('<a class="b" href="https://b.example/">b</a><a href="https://a.example/?x=1&amp;y=2">a</a>')
    )
    assert dict(table.urls) == {"https://a.example/?x=1&y=2": 1, "https://b.example/": 2}
    assert hrefs(first.html) == [first.text.strip()]
    assert hrefs(again.html)[1] == first.text.strip()


@pytest.mark.parametrize(
    "address",
    [
        f"https://example.org/?name={MARK}001x", f"{MARK}002x", "mailto:news@example.org?subject=A", "tel:+4930123",
        "#top", "/archive/", "ftp://example.org/", "javascript:alert(1)", "",
    ],
)  # fmt: skip
def test_what_differs_by_reader_or_is_no_page_stays(address: str) -> None:
    before = mail(f'<a href="{address}">a</a>', address)
    assert LinkTable(1).track(before) == before


def test_only_links_are_touched() -> None:
    html = (
        '<link href="https://a.example/"><img src="https://a.example/p.png"><p>'
        '<v:roundrect xmlns:v="x" href="https://a.example/" style="a>b">https://a.example/</v:roundrect></p>'
    )
    after = LinkTable(1).track(mail(html)).html
    assert after.count("https://a.example/") - after.count("https://a.example/p.png") in {2, 3}
    assert re.search(r'<v:roundrect xmlns:v="x" href="https?://[^"]+/c/[^"]+/1/"', after)
    assert '<link href="https://a.example/">' in after


def test_a_text_address_in_a_sentence_keeps_its_full_stop() -> None:
    table = LinkTable(1)
    text = "See https://a.example/x, (https://a.example/x) and https://other.example/."
    after = table.track(mail('<a href="https://a.example/x">x</a>', text)).text
    stem = OURS.search(after)
    assert stem is not None
    assert after == f"See {stem[0]}, ({stem[0]}) and https://other.example/."


def test_more_links_than_are_counted_still_lead_there() -> None:
    html = "".join(f'<a href="https://a.example/{n}">{n}</a>' for n in range(MOST_LINKS + 5))
    table = LinkTable(1)
    after = hrefs(table.track(mail(html)).html)
    assert len(table.urls) == MOST_LINKS
    assert after[-5:] == [f"https://a.example/{n}" for n in range(MOST_LINKS, MOST_LINKS + 5)]


def test_an_endless_tag_takes_no_endless_time() -> None:
    LinkTable(1).track(mail("<a " * 100_000 + '"' * 100_000))
