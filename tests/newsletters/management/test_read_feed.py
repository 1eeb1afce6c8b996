"""`manage.py read_feed`: what it prints is pinned; programs read it."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.newsletters.articles.feeds.corpus import rss

pytestmark = pytest.mark.either_database


def read(source: Path | str, *options: str) -> str:
    out = StringIO()
    call_command("read_feed", str(source), *options, stdout=out)
    return out.getvalue()


def test_what_would_come_in_as_json(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(rss("<guid>1</guid><title>Hi</title><pubDate>2026-03-04T12:00:00Z</pubDate><author>Jo</author>"))
    said = json.loads(read(file, "--json"))
    assert said["items"] == [
        {
            "id": "1", "title": "Hi", "link": None, "published": "2026-03-04T12:00:00+00:00", "updated": None,
            "author": "Jo", "summary": "", "html": "", "topics": [], "picture": None,
        }
    ]  # fmt: skip
    assert said["feed"]["title"] == "F"
    assert said["warnings"] == ["One item has no link to a page."]


def test_and_in_lines(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(rss("<title>Hi</title><link>http://e.example/1</link>"))
    assert read(file).splitlines() == [
        "F (RSS 2.0): 1 items",
        "without date      Hi  http://e.example/1",
        "One item has no date. It comes in with the time at which it is found.",
    ]


def test_what_is_not_a_feed_is_a_sentence_for_people_and_programs(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<html></html>")
    out = StringIO()
    with pytest.raises(CommandError, match="This is a web page, and not a feed"):
        call_command("read_feed", str(file), "--json", stdout=out)
    assert json.loads(out.getvalue()) == {
        "feed": None, "items": [], "warnings": ["This is a web page, and not a feed."],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("nowhere.xml", "The file nowhere.xml can't be read: No such file or directory."),
        (".", "The file . can't be read: Is a directory."),
        ("http://127.0.0.1:9/feed", "The feed can't be fetched: 127.0.0.1 is not on the public internet."),
    ],
)
def test_a_source_that_cannot_be_read(source: str, sentence: str) -> None:
    with pytest.raises(CommandError) as refusal:
        read(source)
    assert str(refusal.value) == sentence
