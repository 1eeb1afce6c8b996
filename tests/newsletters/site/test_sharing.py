"""What search engines and networks read from an article's page, and the links by which readers pass it on."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from newsletters.models import Institute
from tests.factories import make_article, make_topic
from tests.images import stored_picture

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
SITE = "https://news.iria.example"


def linked_data(html: str) -> dict[str, Any]:
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert len(found) == 1
    data: dict[str, Any] = json.loads(found[0])
    return data


def properties(html: str) -> dict[str, str]:
    return {
        name: unescape(content)
        for name, content in re.findall(r'<meta (?:property|name)="([a-z:_]+)" content="([^"]*)">', html)
    }


def test_an_article_is_described_as_news(client: Client) -> None:
    Institute.objects.create(name="IRIA")
    picture = stored_picture(900, alt="A ship")
    make_article(title="Who may pass?", slug="who", topics=[make_topic(name="US")], author="Ada", lead_picture=picture)
    data = linked_data(client.get("/articles/who/").content.decode())
    assert data["@type"] == "NewsArticle"
    assert data["headline"] == "Who may pass?"
    assert data["mainEntityOfPage"] == f"{SITE}/articles/who/"
    assert data["author"] == [{"@type": "Person", "name": "Ada", "url": f"{SITE}/authors/ada/"}]
    assert data["publisher"]["name"] == "IRIA"
    assert data["articleSection"] == ["US"]
    assert data["image"][0].startswith(f"{SITE}/media/pictures/")
    assert data["datePublished"] <= data["dateModified"]


def test_no_text_can_end_the_element_that_holds_the_description(client: Client) -> None:
    evil = "</script><script>alert(1)</script><!-- &"  # and a line separator, which a headline doesn't keep
    make_article(
        title=f"{evil} \u2028", slug="evil", summary=evil, topics=[make_topic(name=f"T {evil}")], author=f"By {evil}"
    )
    html = client.get("/articles/evil/").content.decode()
    assert "<script>alert" not in html
    assert linked_data(html)["headline"] == evil


def test_a_network_is_told_title_picture_and_the_one_true_address(client: Client) -> None:
    make_article(title="Ships & straits", slug="ships", lead_picture=stored_picture(900, 500, alt="A “ship”"))
    says = properties(client.get("/articles/ships/?from=elsewhere").content.decode())
    assert says["og:type"] == "article"
    assert says["og:title"] == "Ships & straits"
    assert says["og:url"] == f"{SITE}/articles/ships/"
    assert (says["og:image:width"], says["og:image:height"]) == ("900", "500")
    assert says["og:image:alt"] == "A “ship”"
    assert says["twitter:card"] == "summary_large_image"


@pytest.mark.parametrize("path", ["/", "/topics/us/", "/authors/ada/", "/archive/"])
def test_every_other_page_has_a_card_too(client: Client, path: str) -> None:
    make_article(topics=[make_topic(name="US")], author="Ada")
    says = properties(client.get(path).content.decode())
    assert says["og:url"] == f"{SITE}{path}"
    assert says["og:title"]


def test_the_second_page_of_a_list_is_a_page_of_its_own(client: Client) -> None:
    topic = make_topic(name="US")
    for _number in range(13):
        make_article(topics=[topic])
    assert f'rel="canonical" href="{SITE}/topics/us/?page=2"' in client.get("/topics/us/?page=2").content.decode()


def test_links_to_pass_an_article_on_carry_its_title_and_address(client: Client) -> None:
    make_article(title="50 % & more?", slug="more", summary="What it says.")
    share = client.get("/articles/more/").content.decode().partition('class="share"')[2].partition("</div>")[0]
    links = [unescape(link) for link in re.findall(r'href="([^"]*)"', share)]
    assert len(links) == 5
    mail = urlsplit(links[0])
    assert mail.scheme == "mailto"
    assert "+" not in mail.query  # a mail program would show it as a plus
    assert parse_qs(mail.query) == {"subject": ["50 % & more?"], "body": [f"What it says.\n\n{SITE}/articles/more/"]}
    for link in links[1:]:
        assert f"{SITE}/articles/more/" in str(parse_qs(urlsplit(link).query)), link


def test_a_preview_is_described_to_nobody(admin_client: Client) -> None:
    make_article(slug="not-yet", status="draft")
    html = admin_client.get("/articles/not-yet/preview/").content.decode()
    assert "ld+json" not in html
    assert "og:" not in html
    assert "canonical" not in html
