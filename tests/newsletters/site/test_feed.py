"""The feed is XML that feed readers accept, whole, with absolute addresses."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

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
