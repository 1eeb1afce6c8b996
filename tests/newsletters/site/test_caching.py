"""A browser that has a page already is told so."""

from __future__ import annotations

import pytest
from django.test import Client

from newsletters.models import Institute
from tests.factories import make_article, make_list, make_topic

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/articles/one/", "/topics/us/", "/archive/", "/feed/"])
def test_an_unchanged_page_is_not_sent_twice(client: Client, path: str) -> None:
    make_list()  # the sign-up form is on the page, with the moment at which it was shown
    make_article(slug="one", topics=[make_topic(name="US")])
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
