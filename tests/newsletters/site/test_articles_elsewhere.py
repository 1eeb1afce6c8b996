"""An article that lives elsewhere: lists, feeds and mails lead there, and so does its page here."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from django.test import Client

from newsletters.editions.snapshot import of_edition
from newsletters.models import Article
from newsletters.rendering.block_context import absolute, whole
from subscribers.languages import localised
from tests.factories import make_article, make_edition, make_newsletter, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
THERE = "https://elsewhere.example/story?id=1"


@pytest.fixture
def article() -> Article:
    article = make_article(title="The strait", topics=[make_topic(name="Sea", slug="sea")])
    Article.objects.filter(pk=article.pk).update(original_url=THERE)
    article.refresh_from_db()
    return article


def test_its_page_leads_there(client: Client, article: Article) -> None:
    answer = client.get(article.own_path)
    assert (answer.status_code, answer["Location"]) == (302, THERE)


@pytest.mark.parametrize("page", ["/", "/topics/sea/", "/ar/topics/sea/"])
def test_lists_lead_there(client: Client, article: Article, page: str) -> None:
    html = client.get(page).content.decode()
    assert f'href="{THERE}"' in html
    assert article.own_path not in html


def test_feeds_lead_there_and_the_sitemap_names_what_is_here(client: Client, article: Article) -> None:
    here = make_article(title="Here")
    rss = ElementTree.fromstring(client.get("/feed/").content)
    assert THERE in [link.text for link in rss.iter("link")]
    sitemap = client.get("/sitemap-articles-0.xml").content.decode()
    assert here.path in sitemap
    assert "elsewhere" not in sitemap


def test_mails_lead_there(article: Article) -> None:
    edition = make_edition(make_newsletter(), articles=[article])
    block = of_edition(edition).articles[0]
    assert block.path == localised(block.path, "ar") == absolute(block.path) == whole(block.path) == THERE
