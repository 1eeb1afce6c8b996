"""Counted links: every address that is the same for all readers, under one number in both parts, and no other."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default
from html import unescape

import pytest

from newsletters.rendering import designs
from newsletters.rendering.compiled import CompiledMail
from newsletters.rendering.mail import RenderedMail, render
from newsletters.rendering.message import personal
from newsletters.rendering.recipients import Recipient
from newsletters.rendering.slots import MARK, Field, marker
from newsletters.rendering.tracked_links import MOST_LINKS, TRAP, LinkTable
from subscribers import tokens
from subscribers.tokens import Purpose
from tests.newsletters.rendering.sample import EVERY_BLOCK

DAY, NOW = date(2026, 1, 1), datetime(2026, 11, 28, 7, tzinfo=UTC)
OURS = re.compile(r"https?://[^/\s\"]+/c/([A-Za-z0-9_-]+)/([0-9]+)/")


def mail(html: str = "", text: str = "") -> RenderedMail:
    return RenderedMail("Subject", html, text, ())


def without_picture(tracked: RenderedMail) -> RenderedMail:
    html, found = re.subn(r'<img src="https?://[^/]+/o/[A-Za-z0-9_-]{31}\.gif" width="1"[^>]*/>', "", tracked.html)
    assert found == 1
    return replace(tracked, html=html)


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
    assert without_picture(LinkTable(1).track(before)) == before


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


@pytest.mark.parametrize("design", designs.names())
def test_the_picture_is_the_last_thing_in_the_body_and_not_in_the_text(design: str) -> None:
    before = render(replace(EVERY_BLOCK, design=design))
    after = LinkTable(7).track(before)
    [address] = re.findall(r'<img src="(https?://[^"]+\.gif)" width="1" height="1" alt="" ', after.html)
    token = address.rpartition("/")[2].removesuffix(".gif")
    assert tokens.read(Purpose.CLICK, token) == (7,)
    assert re.search(r'<img [^>]*\.gif"[^>]*/></body>', after.html)
    assert ".gif" not in after.text
    assert "/o/" not in before.html


@pytest.mark.parametrize("tracking", ["off", "anonymous"])
def test_nobody_is_named_unless_the_newsletter_says_so(tracking: str) -> None:
    mail = LinkTable.of(replace(EVERY_BLOCK, tracking=tracking)).track(render(EVERY_BLOCK))
    assert Field.READER not in {field for field, _ in mail.slots}
    assert f"/{TRAP}/" not in mail.html
    assert (".gif" in mail.html) == (tracking == "anonymous")


def test_by_reader_each_link_says_the_readers_own_token() -> None:
    content = replace(EVERY_BLOCK, tracking="reader")
    table = LinkTable.of(content)
    before = render(content)
    after, again = table.track(before), table.track(replace(before, slots=()))
    assert after.slots[-1] == (Field.READER, "")
    mark = marker(len(after.slots) - 1)
    assert after.html.count(f"/c/{mark}/") == again.html.count(f"/c/{marker(0)}/") > len(table.urls)
    assert f"/c/{mark}/1/" in after.text
    assert f"/o/{mark}.gif" in after.html
    plain = LinkTable.of(replace(EVERY_BLOCK, tracking="anonymous")).track(before)
    anonymous = tokens.make(Purpose.CLICK, content.edition_id)
    link = f'<a href="[^"]*/c/{mark}/{TRAP}/" aria-hidden="true" tabindex="-1" style="display:none"></a>'
    trap = re.search(f"<body[^>]*>({link})", after.html)
    assert trap
    assert after.html.replace(trap[1], "").replace(mark, anonymous) == plain.html


def test_by_reader_the_mail_is_the_same_by_both_ways_of_writing_it() -> None:
    content = replace(EVERY_BLOCK, tracking="reader", edition_id=7)
    mail = LinkTable.of(content).track(render(content))
    for reader in (Recipient(3, "a@example.org", "Ada", DAY), Recipient(2**40, "b@example.org", "", DAY)):
        token = tokens.make(Purpose.READER, reader.id, 7)
        _subject, html, text = personal(mail, reader, content, NOW)
        assert html.count(token) > 5
        assert f"/c/{token}/1/" in text
        for eight_bits in (False, True):
            wire = CompiledMail(mail, content).wire(reader, NOW, eight_bits).replace(b"\r\n..", b"\r\n.")
            written = message_from_bytes(wire, policy=default)
            parts = {part.get_content_subtype(): part.get_content() for part in written.iter_parts()}
            assert re.sub(r"\s+", " ", parts["html"]).strip() == re.sub(r"\s+", " ", html).strip()
            assert parts["plain"].replace("\r\n", "\n").strip() == text.strip()
