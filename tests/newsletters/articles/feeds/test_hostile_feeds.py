"""What isn't a feed, is broken or means harm: one clear sentence, at a cost that doesn't grow with the harm."""

from __future__ import annotations

import gzip
import time
from functools import partial

import pytest

from newsletters.articles.feeds import reading
from newsletters.articles.feeds.contents import FeedContents, NotAFeed
from newsletters.articles.feeds.reading import read_feed
from tests.newsletters.articles.feeds.corpus import MEDIA, rss

pytestmark = pytest.mark.either_database
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
gzipped = partial(gzip.compress, mtime=0)  # the time would stand in the names of tests
ITEM = "<item><title>A</title></item>"
LINE_1 = "The feed is broken in line 1. We read what can be read."
DEFINES = "The feed defines entities that name others, files or addresses. We left them out."


def refused(data: bytes) -> str:
    with pytest.raises(NotAFeed) as refusal:
        read_feed(data)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This isn't a feed: it is empty."),
        (b" \r\n\t\x00", "This isn't a feed: it is empty."),
        (b"hello", "This isn't a feed: there is no markup in it."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "This isn't a feed: there is no markup in it."),
        (b"<!DOCTYPE html><html><body>Hi</body></html>", "This is a web page, and not a feed."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This isn't a feed: it begins with “svg”."),
        (b"<>", "This isn't a feed: we can't read any of it as XML or JSON."),
        (b"<!DOCTYPE rss [", "This feed is broken: its document type has no end."),
        (b'{"items": [}', "This isn't a feed: its JSON is broken in line 1."),
        (b'{"a": 1}', "This isn't a feed: it is JSON, and has no “items”."),
        (b"[1]", "This isn't a feed: it is JSON, and has no “items”."),
        (b'{"items": ' + b"[" * 200_000, "This feed can't be read: its JSON is nested too deeply."),
        (b"<rss>" + b"<a>" * 210 + b"</a>" * 210 + b"</rss>",
         "This feed can't be read: its elements are nested too deeply."),
        (b"<rss " + b"a='1' " * 20_000 + b"/>",
         "This feed can't be read: its elements have far too many attributes."),
        (b"<rss><item " + b"".join(b'a%d=">" ' % n for n in range(101)) + b"/></rss>",
         "This feed can't be read: its elements have far too many attributes."),
        (b'{"items": [' + b"{}," * 500_000 + b"{}]}", "This feed can't be read: it has more than 500,000 objects."),
        (b"<rss>" + b"<a " * 500_001, "This feed can't be read: it has more than 500,000 elements."),
        (gzipped(b"<rss>")[:-9], "This feed can't be read: it is compressed, and its end is missing."),
        (b"\x1f\x8bnot really", "This feed can't be read: it is compressed, and damaged."),
        (b'<!DOCTYPE r [<!ENTITY a "' + b"a" * 999 + b'">]><rss>' + b"&a;" * 2000 + b"</rss>",
         "This feed can't be read: the entities that it defines would make it far too large."),
    ],
)  # fmt: skip
def test_what_cannot_come_in_says_why(data: bytes, sentence: str) -> None:
    assert refused(data) == sentence


def test_a_feed_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 1_000_000)
    assert refused(b"<rss>" + b" " * 1_000_000) == "This feed is larger than 1 MB. We don't read it."
    bomb = gzipped(b"<rss>" + b" " * 3_000_000)
    assert len(bomb) < 10_000
    assert refused(bomb) == "This feed can't be read: it is larger than 1 MB when it is unpacked."


@pytest.mark.parametrize(
    ("feed", "titles", "warning"),
    [
        (rss("<title>A & B</title>"), ["A & B"], None),  # a lone sign is what everybody means
        (rss("<title>A</title><x>").replace("</rss>", ""), ["A"], LINE_1),
        (rss("<title>A</title>").replace("</title>", "</titel>"), ["A"], LINE_1),
        (rss("<title>A</title>")[:-30], ["A"], LINE_1),
        (rss("<title>A\x01\x0b</title>"), ["A"], None),
        (rss("<title>A</title><media:content url='a'/>"), ["A"], LINE_1),  # a prefix that nobody declared
        ("junk " + rss("<title>A</title>"), ["A"], "There is something before the feed begins. We left it out."),
        (f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]>' + rss("<title>A &l9;</title>"), ["A &l9;"], DEFINES),
        ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + rss("<title>A &x;</title>"), ["A &x;"], DEFINES),
        ('<!DOCTYPE r [<!ENTITY % p SYSTEM "http://10.0.0.1/">%p;]>' + rss("<title>A</title>"), ["A"], DEFINES),
        (rss("<title>A</title>").replace("</channel>", "<item><title>B</title></item></channel>"), ["A", "B"], None),
        ("<rss/>", [], "The feed has no items."),
        (f"<rss><!-- <![CDATA[ -->&foo;<!-- ]]> -->{ITEM}</rss>", ["A"], None),
        (f"<rss><item><title>A</title>{ITEM.replace('A', 'B')}</item></rss>", ["A", "B"], None),  # one left open
        (rss("<title>" + "&lt;b&gt;" * 250 + "A</title>"), ["A"], None),
        (
            rss("<title>A</title><pubDate>0001-01-01T00:00:00</pubDate>"),
            ["A"],
            "The date of one item lies before 1990. It comes in with the time at which it is found.",
        ),
        (
            "<rss>" + "<item/>" * 9_999 + "<item><guid>2</guid></item>" * 2 + "</rss>",
            ["", ""],
            "The feed has 10,001 items. We read the first 1,000.",
        ),
    ],
)
def test_what_is_broken_is_read_as_far_as_it_can_be(feed: str, titles: list[str], warning: str | None) -> None:
    read = read_feed(feed.encode())
    assert [item.title for item in read.items] == titles
    if warning is None:
        assert not [each for each in read.warnings if "broken" in each or "entities" in each]
    else:
        assert warning in read.warnings


def items(*written: str) -> FeedContents:
    return read_feed(f"<rss><channel>{''.join(f'<item>{each}</item>' for each in written)}</channel></rss>".encode())


def test_of_ten_thousand_items_the_newest_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ITEMS", 100)
    dates = [f"<guid>{n}</guid><pubDate>2026-01-{n % 28 + 1:02}</pubDate>" for n in range(10_000)]
    read = items(*dates)
    assert len(read.items) == 100
    assert {item.published.day for item in read.items if item.published} == {28}
    assert "The feed has 10,000 items. We read the first 100." in read.warnings


def test_an_item_that_is_there_twice_comes_in_once_as_its_newest() -> None:
    read = items("<guid>1</guid><title>Old</title><pubDate>2026-01-01</pubDate>",
                 "<guid>1</guid><title>New</title><pubDate>2026-01-02</pubDate>")  # fmt: skip
    assert [item.title for item in read.items] == ["New"]
    assert "One item is in the feed twice. We take it once." in read.warnings


def test_an_item_without_any_name_is_known_again_by_what_it_says() -> None:
    one, other = items("<title>A</title>"), items("<title>A</title>", "<title>B</title>")
    assert one.items[0].id == other.items[0].id != other.items[1].id


def test_a_text_that_no_article_can_hold_gives_way_to_its_summary() -> None:
    deep = "&lt;div&gt;" * 500
    read = items(f"<guid>1</guid><description>Short.</description><body>{deep}</body>")
    assert read.items[0].html == "<p>Short.</p>"
    assert (
        "The text of one item is too long or too tangled for an article. Its summary comes in instead." in read.warnings
    )


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE x [" + b'<!ENTITY a "' * 100_000 + b"]>",
        b"<![CDATA[" * 200_000,
        b"<rss>" + b"&" * 200_000,
        b"<rss><item><description>" + b"&lt;img " * 50_000 + b"</description></item></rss>",
        b"<rss><item><title>" + b"&lt;" * 100_000 + b"</title></item></rss>",
        b"<rss><item><title>a" + "\u0301".encode() * 300_000 + b"</title></item></rss>",
        rss("<media:group>" + '<media:content medium="image" url="http://a.example/a"/>' * 5_000 + "</media:group>",
            MEDIA).encode(),
        rss("<media:content>" + '<media:thumbnail url="http://a.example/a"/>' * 5_000 + "</media:content>",
            MEDIA).encode(),
        rss(f"<description>&lt;p&gt;{' ' * 50_000}x&lt;/p&gt;&lt;img src='http://a.example/a'&gt;</description>")
        .encode(),
        b"<rss>" + b"<item><guid>" * 95 + b"x" * 5_000_000 + b"</guid></item>" * 95 + b"</rss>",
        b"<x>" * 190 + b"<entry>" + b"<title/>" * 20_000 + b"</entry>" + b"</x>" * 190,
        b"<x>" * 190 + b"<entry><content>" + b"<a xml:base='b'/>" * 20_000 + b"</content></entry>" + b"</x>" * 190,
        b"<feed>" + b"<x xml:base='b/'>" * 150 + b"<entry><link href='a'/></entry>" * 200 + b"</x>" * 150 + b"</feed>",
    ],
)  # fmt: skip
def test_harm_takes_no_time(data: bytes) -> None:
    """Each took minutes, or would with ten times as much, where something looked twice at the same place."""
    began = time.process_time()
    try:
        read_feed(data)
    except NotAFeed as refusal:
        assert str(refusal).startswith("This ")
    assert time.process_time() - began < 3
