"""Addresses in any script: every link to such a page is an address as RFC 3986 has it, and leads there."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from newsletters.articles.writing import save_article
from newsletters.editions.preflight.own_links import leads_somewhere
from newsletters.models import Article, Author, Institute
from tests.factories import make_article, make_list, make_topic

pytestmark = pytest.mark.django_db
SLUG = "ممرات-بحرية"
HREF = re.compile(r"""(?:href|content|action)="((?:https?://|/)[^"]*)\"|<(?:link|loc|id|guid)[^>]*>([^<]+)<""")


@pytest.fixture
def article() -> Article:
    Institute.objects.create(name="IRIA", tagline="Insights")
    topic = make_topic(name="أمن", slug="أمن")
    make_list(topics=[topic])
    make_article(title="Before", topics=[topic], published_at=timezone.now() - timedelta(days=1))
    article = make_article(title="ممرات بحرية", slug=SLUG, topics=[topic], author="Desk")
    Author.objects.update(slug="مكتب")
    return article


def addresses_on(client: Client, path: str) -> set[str]:
    answer = client.get(path)
    assert answer.status_code == 200, path
    found = (first or second for first, second in HREF.findall(answer.content.decode()))
    return {unescape(each).strip() for each in found}


def test_every_address_is_ascii_and_leads_to_its_page(client: Client, article: Article) -> None:
    asked: set[str] = set()
    left = {"/", "/ar/", "/feed/", "/feed/atom/", "/sitemap-articles-0.xml", article.get_absolute_url()}
    while left:
        path = left.pop()
        asked.add(path)
        for address in addresses_on(client, path):
            parts = urlsplit(address)
            assert address.isascii(), f"{address} on {path}"
            ours = not parts.netloc or f"{parts.scheme}://{parts.netloc}" == settings.SITE_URL
            if ours and "%D9" in parts.path and parts.path not in asked:
                left.add(parts.path)
    for part in (f"articles/{quote(SLUG)}/", f"topics/{quote('أمن')}/", f"authors/{quote('مكتب')}/"):
        assert {f"/{part}", f"/ar/{part}"} <= asked
    assert f"/topics/{quote('أمن')}/feed/" in asked


def test_it_is_found_however_its_marks_were_written(client: Client) -> None:
    make_article(title="Новый", slug="новый", summary="s")
    assert client.get("/articles/" + quote("новыи\u0306") + "/").status_code == 200
    assert client.get("/articles/" + quote("новый".upper()) + "/").status_code == 404


def test_a_former_address_redirects_for_good(client: Client) -> None:
    article = save_article(Article(title="Straits", summary="s", body="<p>x</p>", status="published"))
    article.slug = "مضائق"
    save_article(article)
    for path, new in (("/articles/straits/", f"/articles/{quote('مضائق')}/"),
                      ("/ar/articles/straits/", f"/ar/articles/{quote('مضائق')}/")):  # fmt: skip
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (301, new)
        assert client.get(new).status_code == 200
    Article.objects.update(status="draft")
    assert client.get("/articles/straits/").status_code == 404


def test_links_of_an_edition_to_it_are_known_to_work(article: Article) -> None:
    assert leads_somewhere(f"{settings.SITE_URL}{article.path}")
    old = save_article(Article(title="Straits", summary="s", body="<p>x</p>", status="published"))
    old.slug = "channels"
    save_article(old)
    assert leads_somewhere(f"{settings.SITE_URL}/articles/straits/")
    assert not leads_somewhere(f"{settings.SITE_URL}/articles/{quote('لا')}/")
