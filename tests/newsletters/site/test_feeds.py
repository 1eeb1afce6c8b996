"""The feed is XML that feed readers accept, whole, with absolute addresses."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from newsletters.articles.feeds.reading import read_feed
from newsletters.articles.pictures import picture_path
from newsletters.models import Institute
from tests.factories import make_article, make_topic
from tests.images import stored_picture

pytestmark = pytest.mark.django_db
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"


@pytest.fixture(autouse=True)
def _site(settings: Settings) -> None:
    settings.SITE_URL = "https://news.example.org"


def feed(client: Client) -> ET.Element:
    response = client.get("/feed/", headers={"host": "testserver"})
    assert response["Content-Type"] == "application/rss+xml; charset=utf-8"
    channel = ET.fromstring(response.content).find("channel")
    assert channel is not None
    return channel


def test_an_item_says_all_of_an_article(client: Client) -> None:
    Institute.objects.create(name="IRIA & friends", description="We study peace.")
    picture = stored_picture()
    make_article(
        title="Ships & <straits>",
        slug="ships",
        body=f'<p><a href="/topics/us/">US</a></p><figure><img src="{picture_path(picture, 640)}"></figure>',
        topics=[make_topic(name="Middle East")],
        author="IRIA Desk",
    )
    channel = feed(client)
    assert channel.findtext("title") == "IRIA & friends"
    assert channel.findtext("link") == "https://news.example.org/"
    item = channel.find("item")
    assert item is not None
    assert item.findtext("title") == "Ships & <straits>"
    assert item.findtext("link") == item.findtext("guid") == "https://news.example.org/articles/ships/"
    assert item.findtext("category") == "Middle East"
    assert item.findtext("{http://purl.org/dc/elements/1.1/}creator") == "IRIA Desk"
    text = item.findtext(CONTENT) or ""
    assert 'href="https://news.example.org/topics/us/"' in text
    assert 'src="https://news.example.org/media/pictures/' in text
    assert '="/' not in text


def test_every_address_in_a_srcset_is_absolute_too(client: Client) -> None:
    picture = stored_picture(1300, 700)
    make_article(body=f'<figure><img src="{picture_path(picture, 640)}"></figure>')
    text = feed(client).findtext(f"item/{CONTENT}") or ""
    assert text.count("/media/pictures/") == text.count("https://news.example.org/media/pictures/") > 1


def test_the_newest_come_first_and_a_control_character_breaks_nothing(client: Client) -> None:
    make_article(title="Old", published_at=timezone.now() - timedelta(days=2))
    make_article(title="New\x0b\x1b er", body="<p>a\x08b\ufffe</p>", published_at=timezone.now() - timedelta(days=1))
    assert [item.findtext("title") for item in feed(client).findall("item")] == ["New er", "Old"]


def test_an_institute_without_articles_has_a_feed(client: Client) -> None:
    assert feed(client).findall("item") == []


ATOM = "{http://www.w3.org/2005/Atom}"


def test_the_atom_feed_says_the_same(client: Client) -> None:
    Institute.objects.create(name="IRIA & friends")
    make_article(title="Ships & <straits>", slug="ships", body="<p>Who <em>may</em> pass.</p>", author="IRIA Desk")
    response = client.get("/feed/atom/")
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = ET.fromstring(response.content)
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "IRIA & friends"  # RFC 4287 wants one, here or in each entry
    entry = root.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}title") == "Ships & <straits>"
    assert entry.findtext(f"{ATOM}id") == "https://news.example.org/articles/ships/"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "IRIA Desk"
    content = entry.find(f"{ATOM}content")
    assert content is not None
    assert (content.get("type"), content.text) == (
        "html",
        '<div lang="en" dir="ltr"><p>Who <em>may</em> pass.</p></div>',
    )


def test_each_feed_comes_in_again_as_it_was(client: Client) -> None:
    """What we write, our own reader reads: the same article by RSS, Atom and JSON Feed."""
    Institute.objects.create(name="IRIA & friends")
    make_article(
        title="Ships & <straits>", slug="ships", summary="Who may pass.", body="<p>Who <em>may</em> pass.</p>",
        author="IRIA Desk", topics=[make_topic(name="Middle East")], lead_picture=stored_picture(),
    )  # fmt: skip
    read = {path: read_feed(client.get(path).content) for path in ("/feed/", "/feed/atom/", "/feed/json/")}
    assert [contents.format for contents in read.values()] == ["RSS 2.0", "Atom 1.0", "JSON Feed 1.1"]
    for contents in read.values():
        (item,) = contents.items
        assert contents.title == "IRIA & friends"
        assert (item.title, item.summary, item.author) == ("Ships & <straits>", "Who may pass.", "IRIA Desk")
        assert item.id == item.link == "https://news.example.org/articles/ships/"
        assert item.html == "<p>Who <em>may</em> pass.</p>"
        assert item.topics == ("Middle East",)
        assert item.published is not None
    picture = read["/feed/json/"].items[0].picture
    assert picture is not None
    assert picture.url.startswith("https://news.example.org/media/pictures/")


@pytest.mark.parametrize("path", ["/topics/us/feed/", "/topics/us/feed/atom/", "/topics/us/feed/json/"])
def test_a_topic_has_feeds_of_its_own_which_its_page_names(client: Client, path: str) -> None:
    make_article(title="On the US", topics=[make_topic(name="US")])
    make_article(title="Elsewhere", topics=[make_topic(name="Europe")])
    text = client.get(path).content.decode()
    assert "On the US" in text
    assert "Elsewhere" not in text
    assert f'href="{path}"' in client.get("/topics/us/").content.decode().partition("</head>")[0]
    assert client.get(path.replace("us", "nowhere")).status_code == 404
