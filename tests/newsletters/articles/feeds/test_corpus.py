"""Feeds of every format come in as they were meant: the corpus, and charsets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newsletters.articles.feeds.reading import read_feed
from tests.newsletters.articles.feeds.corpus import CORPUS, SmallFeed, rss

pytestmark = pytest.mark.either_database
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize("small", CORPUS, ids=[small.about for small in CORPUS])
def test_what_comes_of_a_feed(small: SmallFeed) -> None:
    said = read_feed(small.feed.encode(), now=NOW).to_json()
    items, about = said["items"], said["feed"]
    assert isinstance(items, list) and isinstance(about, dict)
    assert len(items) == 1
    found = {**items[0], **{f"feed.{name}": value for name, value in about.items()}}
    assert {name: found[name] for name in small.expected} == small.expected


def test_the_corpus_is_as_large_as_it_is_said_to_be() -> None:
    assert len(CORPUS) >= 60
    assert len({small.about for small in CORPUS}) == len(CORPUS)


ACCENTED = '<?xml version="1.0" encoding="{}"?>' + rss("<title>Ålesund café</title>")
CYRILLIC = '<?xml version="1.0" encoding="{}"?>' + rss("<title>Новости</title>")


@pytest.mark.parametrize(
    ("data", "content_type", "title"),
    [
        (ACCENTED.format("utf-8").encode(), "", "Ålesund café"),
        (ACCENTED.format("utf-8").encode("utf-8-sig"), "text/xml; charset=iso-8859-1", "Ålesund café"),
        (ACCENTED.format("iso-8859-1").encode("latin-1"), "application/xml", "Ålesund café"),
        (ACCENTED.format("us-ascii").encode("latin-1"), "", "Ålesund café"),
        (ACCENTED.format("utf-16").encode("utf-16"), "", "Ålesund café"),
        (ACCENTED.format("utf-16").encode("utf-16-be"), "", "Ålesund café"),
        (ACCENTED.format("utf-32").encode("utf-32"), "", "Ålesund café"),
        (ACCENTED.format("cp037").encode("cp037"), "", "Ålesund café"),
        (ACCENTED.format("utf-8").encode("latin-1"), "text/xml; charset=iso-8859-1", "Ålesund café"),  # HTTP is right
        (CYRILLIC.format("windows-1251").encode("cp1251"), "", "Новости"),
        (CYRILLIC.format("koi8-r").encode("koi8-r"), "text/xml", "Новости"),
        (CYRILLIC.format("utf-8").encode("koi8-r"), "application/rss+xml; charset=koi8-r", "Новости"),
        (
            b'<?xml version="1.0" encoding="Shift_JIS"?>' + rss("<title>日本</title>").encode("cp932"),
            "",
            "日本",
        ),
        (rss("<title>Ålesund</title>").encode("utf-16"), "", "Ålesund"),
    ],
)
def test_charsets(data: bytes, content_type: str, title: str) -> None:
    read = read_feed(data, content_type=content_type, now=NOW)
    assert read.items[0].title == title
    assert not [warning for warning in read.warnings if "charset" in warning]


@pytest.mark.parametrize(
    ("encoding", "warning"),
    [
        ("utf-8", "The feed says that it is in utf-8, and isn't. We read it as another charset."),
        ("klingon", "The feed says that it is in the charset “klingon”, which we don't know."),
        ("utf-7", "The feed says that it is in the charset “utf-7”, which we don't know."),
        ("rot13", "The feed says that it is in the charset “rot13”, which we don't know."),
    ],
)
def test_a_wrong_charset_is_said_and_the_feed_comes_in(encoding: str, warning: str) -> None:
    read = read_feed(ACCENTED.format(encoding).encode("cp1252"), now=NOW)
    assert read.items[0].title == "Ålesund café"
    assert read.warnings[0] == warning
