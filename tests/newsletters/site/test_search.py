"""The search page: found, not found, and refused, each in words."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from tests.factories import make_article, make_topic
from tests.newsletters.articles.test_searching import HOSTILE

pytestmark = pytest.mark.django_db


def get(client: Client, query: str, status: int = 200) -> str:
    response = client.get(f"/search/{query}")
    assert response.status_code == status
    return response.content.decode()


def test_what_is_found_is_listed_with_its_matches_marked(client: Client) -> None:
    make_article(title="Ships & straits", topics=[make_topic(name="US")])
    html = get(client, "?q=ship")
    assert "<mark>Ships</mark> &amp; straits</a>" in html
    assert "1 article<" in html
    assert 'value="ship"' in html
    assert '<meta name="robots" content="noindex">' in html


def test_every_page_has_the_field_in_its_masthead(client: Client) -> None:
    for path in ("/", "/archive/", "/subscribe/"):
        assert 'action="/search/"' in client.get(path).content.decode()
    assert get(client, "").count('<form class="search') == 1


def test_nothing_found_says_so_and_what_to_try(client: Client) -> None:
    make_article(title="The newest", topics=[make_topic(name="US")])
    html = get(client, "?q=%3Cscript%3Ezeppelin")
    assert "No results for “&lt;script&gt;zeppelin”." in html
    assert 'href="/topics/us/"' in html
    assert "The newest" in html
    assert "Nothing was found" not in get(client, "")
    assert "at least one word" in get(client, "?q=-%22")


def test_much_found_is_paged_and_keeps_the_query_and_the_order(client: Client) -> None:
    for _number in range(11):
        make_article(title="Ships & more")
    html = get(client, "?q=%22ships+%26+more%22&sort=newest")
    assert "11 articles" in html
    assert "?q=%22ships+%26+more%22&amp;sort=newest&amp;page=2" in html
    assert "Page 2 of 2" in get(client, "?q=ships&page=2")
    for page in ("3", "0", "x", "-1", "999999999999999999", "1.5", "²"):
        get(client, f"?q=ships&page={page}", 404)


def test_whatever_is_typed_gets_an_answer(client: Client, settings: Settings) -> None:
    settings.SEARCH_LIMITS_PER_IP = [(1000, 60)]
    for typed in HOSTILE:
        get(client, f"?q={quote(typed[:3000], errors='surrogatepass')}")
    assert "only searched for the first 200 characters" in get(client, f"?q={'a' * 300}")
    get(client, "?q=%ff%fe%00")
    get(client, "?q=a&q=b&q[]=c")


def test_who_searches_without_end_is_asked_to_wait(client: Client, settings: Settings) -> None:
    settings.SEARCH_LIMITS_PER_IP = [(2, 60)]
    for _time in range(2):
        get(client, "?q=ships")
    response = client.get("/search/?q=ships")
    assert response.status_code == 429
    assert int(response["Retry-After"]) <= 61
    assert 'value="ships"' in response.content.decode()
    get(client, "")  # the empty page costs nothing


def test_a_page_of_results_takes_as_many_queries_for_ten_as_for_one(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_article(title="Ships", topics=[make_topic()])
    with django_assert_max_num_queries(12) as few:
        get(client, "?q=ships")
    for _number in range(9):
        make_article(title="Ships", topics=[make_topic()])
    with django_assert_max_num_queries(len(few)):
        get(client, "?q=ships")
