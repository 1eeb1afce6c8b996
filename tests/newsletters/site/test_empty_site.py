"""A site that has nothing yet reads well, and promises no form where there is nothing to subscribe to."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import make_article, make_list, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
PAGES = ("/", "/topics/water/", "/archive/", "/search/", "/search/?q=water", "/nowhere/", "/articles/nothing/")
# In the words of each language: the button, and what leads to a form that would stand below.
PROMISES = ("Subscribe", "subscribe/", "by email", "signup-title", "اشترك", "بالبريد", "بريدك")


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code in {200, 404}, path
    return answer.getvalue().decode()


@pytest.mark.parametrize("language", ["", "/ar"])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_promised_where_there_is_no_list(client: Client, language: str, path: str) -> None:
    make_topic(name="Water", slug="water")
    make_list(name="Partners", is_public=False)
    text = page(client, language + path)
    assert [each for each in PROMISES if each in text] == []
    assert "<form" not in text.replace('<form class="search', "")


@pytest.mark.parametrize("language", ["", "/ar"])
def test_an_article_asks_for_nothing_either(client: Client, language: str) -> None:
    text = page(client, language + make_article(title="Rivers rise").get_absolute_url())
    assert [each for each in PROMISES[1:] if each in text] == []


def test_an_empty_site_says_what_is_not_there_yet(client: Client) -> None:
    make_topic(name="Water", slug="water")
    assert "Nothing has been published here yet. Please come back soon." in page(client, "/")
    assert "There are no articles on Water yet.</p>" in page(client, "/topics/water/")
    assert "We haven’t sent any editions yet.</p>" in page(client, "/archive/")
    assert "There are no newsletters to subscribe to at the moment." in page(client, "/subscribe/")
    assert "لم يُنشر شيء هنا بعد. عد" in page(client, "/ar/")


@pytest.mark.parametrize("path", PAGES[:3])
def test_where_there_is_a_list_its_form_stands_where_the_words_say(client: Client, path: str) -> None:
    make_topic(name="Water", slug="water")
    make_list(name="News")
    text = page(client, path)
    assert "Subscribe below" in text
    assert text.index("Subscribe below") < text.index('id="signup-title"')
    assert "doors__subscribe" in text
