"""A video or post: what its address says, and that nobody asks the site it is on."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.test import Client
from django.utils.translation import override
from lxml import html as lxml_html

from newsletters.blocks.content import BlockContent
from newsletters.blocks.embed import providers
from newsletters.blocks.registry import kind_of
from newsletters.editions.preflight import rendered_mail
from newsletters.rendering import designs
from newsletters.rendering.mail import render
from newsletters.rendering.message import personal
from tests.newsletters.rendering.sample import EVERY_BLOCK, READER, RIGHT_TO_LEFT
from tests.newsletters.site.test_editions import make_edition

EMBED = kind_of("embed")


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("https://www.youtube.com/watch?v=1", "Watch on YouTube"),
        ("https://m.youtube.com/watch?v=1", "Watch on YouTube"),
        ("http://youtu.be/1", "Watch on YouTube"),
        ("https://player.vimeo.com/video/1", "Watch on Vimeo"),
        ("https://mastodon.social/@iria/1", "See the post on Mastodon"),
        ("https://bsky.app/profile/iria.example/post/1", "See the post on Bluesky"),
        ("https://X.com/iria/status/1", "See the post on X"),
        ("https://www.example.org/video", "Open at example.org"),
        ("https://youtube.com.example.org/", "Open at youtube.com.example.org"),
        ("https://notyoutube.com/", "Open at notyoutube.com"),
        ("https://youtube.com@example.org/", "Open at example.org"),
        ("https://xn--bcher-kva.example/", "Open at xn--bcher-kva.example"),
    ],
)
def test_the_host_alone_says_where_the_link_leads(address: str, label: str) -> None:
    assert providers.label(address) == label


def test_readers_of_arabic_are_told_in_arabic() -> None:
    with override("ar"):
        assert providers.label("https://vimeo.com/1") == "شاهد الفيديو على Vimeo"


@pytest.mark.parametrize(
    "address",
    [
        "youtube.com/watch?v=1", "/articles/ships/", "//youtube.com/", "mailto:a@example.org", "javascript:alert(1)",
        "ftp://example.org/", "https://", "http://[1::", "https://example.org/a b", '<iframe src="https://youtu.be/1">',
    ],
)  # fmt: skip
def test_only_a_whole_web_address_is_taken(address: str) -> None:
    assert "isn't the address of a video or post" in EMBED.problem_with_address(address)


def test_a_web_address_is_taken() -> None:
    assert EMBED.problem_with_address("https://www.youtube.com/watch?v=1&t=10#a") == ""
    assert EMBED.problem_with_address("http://example.org") == ""


@pytest.mark.parametrize("design", designs.names())
def test_a_mail_asks_nobody_but_us_for_a_picture_and_links_to_the_video(design: str) -> None:
    blocks = tuple(block for block in EVERY_BLOCK.blocks if block.kind == "embed")
    content = replace(EVERY_BLOCK, blocks=blocks, design=design)
    _subject, html, text = personal(render(content), READER, content)
    loaded = re.findall(r'(?:src|background|srcset|data)="([^"]+)"', html)
    assert loaded
    assert all(address.startswith("https://news.iria.example/") for address in loaded)
    assert not re.search(r"<(?:iframe|video|script|object|embed)\b", html)
    assert html.count('href="https://www.youtube.com/watch?v=abc&amp;t=10"') == 2  # the picture, and the words
    assert "Watch on YouTube:\nhttps://www.youtube.com/watch?v=abc&t=10\n" in text


def test_a_post_has_no_play_badge() -> None:
    post = BlockContent("embed", words="A thread", url="https://bsky.app/profile/iria.example/post/1")
    assert "▶" not in render(replace(EVERY_BLOCK, blocks=(post,))).html
    assert "▶" in render(replace(EVERY_BLOCK, blocks=(replace(post, url="https://youtu.be/1"),))).html


@pytest.mark.django_db
def test_the_archive_links_to_the_video_and_loads_nothing_from_there(client: Client) -> None:
    make_edition(blocks=tuple(block for block in EVERY_BLOCK.blocks if block.kind == "embed"))
    tree = lxml_html.fromstring(client.get("/archive/iria-news-1/").content.decode())
    video, post = tree.xpath("//figure[contains(@class, 'card')]")
    [link] = video.xpath("a")
    assert link.get("href") == "https://www.youtube.com/watch?v=abc&t=10"
    assert link.xpath("img/@alt") == ["Ships that wait before a port"]
    assert "How ships pass the Bosporus, for you" in link.text_content()
    assert "Watch on YouTube" in video.text_content()
    assert "See the post on Bluesky" in post.text_content()
    assert all(src.startswith("/") for src in tree.xpath("//figure//@src"))


@pytest.mark.django_db
def test_a_page_in_arabic_says_where_the_link_leads_from_right_to_left(client: Client) -> None:
    """The title is in the edition's language, the words around it in the page's."""
    make_edition(blocks=tuple(block for block in EVERY_BLOCK.blocks if block.kind == "embed"))
    tree = lxml_html.fromstring(client.get("/ar/archive/iria-news-1/").content.decode())
    video = tree.xpath("//figure[contains(@class, 'card')]")[0]
    [label] = video.xpath("figcaption")
    assert "شاهد الفيديو على YouTube" in label.text_content()
    assert label.xpath("ancestor-or-self::*[@dir][1]/@dir")[-1] == "rtl"
    assert video.xpath("a/h2/@dir") == ["ltr"]


@pytest.mark.django_db
def test_preflight_in_arabic_finds_every_address_alone_on_its_line() -> None:
    """Of our own pages, too, which have another address in Arabic."""
    codes = {finding.code for finding in rendered_mail.check(RIGHT_TO_LEFT)}
    assert "text_address" not in codes
