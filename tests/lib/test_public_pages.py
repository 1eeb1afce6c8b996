"""A browser that has a page already is told so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from newsletters.models import Article, Institute
from tests.factories import make_article, make_list, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.mark.parametrize(
    "path",
    ["/", "/articles/one/", "/topics/us/", "/authors/ada/", "/archive/", "/feed/", "/feed/atom/", "/sitemap.xml"],
)
def test_an_unchanged_page_is_not_sent_twice(client: Client, path: str) -> None:
    make_list()  # the sign-up form is on the page, with the moment at which it was shown
    make_article(slug="one", topics=[make_topic(name="US")], author="Ada")
    first = client.get(path)
    assert first["Cache-Control"] == "public, no-cache"
    again = client.get(path, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_any_change_that_shows_is_sent(client: Client) -> None:
    article = make_article(title="Before", slug="one")
    first = client.get("/articles/one/")["ETag"]
    article.title = "After"
    article.save()
    second = client.get("/articles/one/", headers={"if-none-match": first})
    assert second.status_code == 200
    Institute.objects.create(name="A new name")
    assert client.get("/articles/one/", headers={"if-none-match": second["ETag"]}).status_code == 200


def test_what_is_not_found_is_not_kept(client: Client) -> None:
    response = client.get("/articles/none/")
    assert response.status_code == 404
    assert "ETag" not in response


def test_a_browser_that_knows_dates_alone_is_told_so_too(client: Client) -> None:
    make_article(slug="one")
    date = client.get("/articles/one/")["Last-Modified"]
    again = client.get("/articles/one/", headers={"if-modified-since": date})
    assert (again.status_code, again.content) == (304, b"")


def test_a_list_that_lost_its_newest_article_is_older_and_is_sent(client: Client) -> None:
    now = timezone.now()
    old, new = make_article(), make_article()
    for article, at in ((old, now - timedelta(days=2)), (new, now - timedelta(days=1))):
        Article.objects.filter(pk=article.pk).update(updated_at=at, published_at=at)
    date = client.get("/")["Last-Modified"]
    new.delete()
    assert client.get("/", headers={"if-modified-since": date}).status_code == 200


def test_only_the_head_is_sent_to_who_asks_for_it_alone(client: Client) -> None:
    make_article(slug="one")
    whole, head = client.get("/articles/one/"), client.head("/articles/one/")
    assert head.content == b""
    assert (head["ETag"], head["Last-Modified"]) == (whole["ETag"], whole["Last-Modified"])
    assert client.head("/articles/one/", headers={"if-none-match": whole["ETag"]}).status_code == 304
