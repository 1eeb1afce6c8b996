"""A page that is not there helps to find what was wanted."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from newsletters.site.errors import words_of
from tests.factories import make_article

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/articles/us-strikes-isis_camps/", ["us", "strikes", "isis", "camps"]),
        ("/2024/10/14/Ships.and%20straits.html", ["Ships", "and", "straits"]),
        ("/ar/articles/ships/", ["ships"]),
        ("/articles/%D8%A7%D9%84%D8%B4%D8%B1%D9%82/", ["الشرق"]),
        ("/" + "x1y2" * 500, []),
        ("/ar/preferences/AQAAx-secretTOKEN/", []),
        ("/a-b-c/%00%ff'\"<script>", ["script"]),
    ],
)
def test_the_words_of_an_address(path: str, words: list[str]) -> None:
    assert words_of(path) == words


def test_a_mistyped_address_of_an_article_finds_the_article(client: Client) -> None:
    make_article(title="Ships and straits", slug="ships-and-straits")
    make_article(title="Something new")
    response = client.get("/articles/ships-straights-2024/")
    html = response.content.decode()
    assert response.status_code == 404
    assert "Did you mean one of these?" in html
    assert 'href="/articles/ships-and-straits/"' in html
    assert 'value="ships straights"' in html
    assert "Something new" not in html.partition("<main")[2].partition("</main>")[0]


def test_elsewhere_the_newest_articles_stand_and_the_words_are_in_the_field(client: Client) -> None:
    make_article(title="Something new")
    html = client.get("/wp-content/%22%3E%3Cscript%3E/").content.decode()
    assert "Did you mean one of these?" not in html
    assert "Something new" in html
    assert 'value="wp content script"' in html


def test_a_page_that_is_not_there_costs_little(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in (2, 15):
        for _ in range(number):
            make_article(title="Ships")
        with django_assert_max_num_queries(12):
            assert client.get("/articles/ship/").status_code == 404


def test_who_asks_for_such_pages_without_end_sees_the_newest_and_costs_no_search(
    client: Client, settings: Settings
) -> None:
    settings.SEARCH_LIMITS_PER_IP = [(2, 60)]
    make_article(title="Ships and straits", slug="ships-and-straits")
    for _time in range(2):
        assert "Did you mean one of these?" in client.get("/articles/ships/").content.decode()
    response = client.get("/articles/ships/")
    assert response.status_code == 404
    assert "Did you mean one of these?" not in response.content.decode()
    assert "Ships and straits" in response.content.decode()
    assert client.get("/search/?q=ships").status_code == 429  # one limit for both
