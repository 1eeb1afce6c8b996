"""The sitemap: every public address once, in parts that stay what they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.utils import timezone

from newsletters.models import Article
from newsletters.site import sitemaps
from tests.factories import make_article, make_topic

pytestmark = pytest.mark.django_db
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def entries(client: Client, path: str) -> dict[str, str]:
    """Address → date of its last change."""
    response = client.get(path)
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    root = ET.fromstring(response.content)
    return {each.findtext("s:loc", "", NAMES): each.findtext("s:lastmod", "", NAMES) for each in root}


def test_robots_name_the_index_and_the_index_every_part(client: Client, settings: object) -> None:
    make_article()
    assert "Sitemap: https://news.iria.example/sitemap.xml" in client.get("/robots.txt").content.decode()
    for url in entries(client, "/sitemap.xml"):
        assert client.get(url.removeprefix("https://news.iria.example")).status_code == 200, url


def test_every_public_address_is_in_it_with_its_last_change(client: Client) -> None:
    article = make_article(slug="one", topics=[make_topic(name="US")], author="Ada")
    changed = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    Article.objects.filter(pk=article.pk).update(updated_at=changed, published_at=changed - timedelta(days=1))
    make_article(slug="hidden", status="draft", author="Nobody yet")
    found = {url: date for part in entries(client, "/sitemap.xml")
             for url, date in entries(client, part.removeprefix("https://news.iria.example")).items()}  # fmt: skip
    assert found["https://news.iria.example/articles/one/"] == "2026-03-04T05:06:07Z"
    assert {url.removeprefix("https://news.iria.example") for url in found} == {
        "/", "/archive/", "/subscribe/", "/topics/us/", "/authors/ada/", "/articles/one/",
    }  # fmt: skip


def test_many_articles_are_divided_and_none_is_lost(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "A_PART", 3)
    for number in range(8):
        make_article(slug=f"number-{number}", published_at=timezone.now() - timedelta(days=number))
    parts = [url for url in entries(client, "/sitemap.xml") if "articles" in url]
    assert len(parts) >= 3
    listed = [entries(client, url.removeprefix("https://news.iria.example")) for url in parts]
    assert all(len(part) <= 3 for part in listed)
    assert sum(len(part) for part in listed) == len({url for part in listed for url in part}) == 8


def test_a_part_that_does_not_exist_is_not_found(client: Client) -> None:
    make_article()
    assert client.get("/sitemap-articles-999999999999.xml").status_code == 404
    assert client.get("/sitemap-editions-0.xml").status_code == 404
