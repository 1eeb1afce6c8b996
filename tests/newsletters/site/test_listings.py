"""An author's page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from newsletters.models import Author
from tests.factories import make_article

pytestmark = pytest.mark.django_db


def test_a_byline_leads_to_who_wrote_it_and_to_everything_they_wrote(client: Client) -> None:
    make_article(title="First", author="Ada", published_at=timezone.now() - timedelta(days=1))
    make_article(title="Second", slug="second", author="Ada")
    make_article(title="By another", author="Bert")
    Author.objects.filter(slug="ada").update(about="Writes on <ships>.\n\nAnd on straits.")
    article = client.get("/articles/second/").content.decode()
    assert '<a href="/authors/ada/" rel="author">Ada</a>' in article
    assert "<p>Writes on &lt;ships&gt;.</p>" in article
    page = client.get("/authors/ada/").content.decode()
    assert page.index("Second") < page.index("First")
    assert "<p>And on straits.</p>" in page
    assert "2 articles" in page
    assert "By another" not in page


def test_who_has_published_nothing_yet_has_no_page(client: Client) -> None:
    make_article(author="Ada", status="draft")
    assert client.get("/authors/ada/").status_code == 404
    assert client.get("/authors/nobody/").status_code == 404
