"""The front page: what leads it, what stands below, and nothing twice."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from subscribers.models import Topic
from tests.factories import make_article, make_topic
from tests.newsletters.site.test_pages import get

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def test_the_front_page_leads_with_the_newest_story_and_has_a_shelf_a_topic(client: Client) -> None:
    us, empty = make_topic(name="US"), make_topic(name="Latin America")
    make_article(title="Older", topics=[us], published_at=timezone.now() - timedelta(days=2))
    make_article(title="Newest", topics=[us], published_at=timezone.now() - timedelta(days=1))
    html = get(client, "/")
    assert re.search(r"<h1><a [^>]*>Newest</a></h1>", html)
    assert "Older" in html
    assert empty.name not in html


def articles_of(*topics: Topic, count: int, first: int = 0) -> None:
    for age in range(first, first + count):
        make_article(
            title=f"Number {age:02}", topics=list(topics), published_at=timezone.now() - timedelta(days=age, hours=1)
        )


def test_nothing_stands_twice_on_the_front_page(client: Client) -> None:
    us, africa, law = make_topic(name="US"), make_topic(name="Africa"), make_topic(name="Law")
    articles_of(us, africa, count=12)
    articles_of(law, us, count=6, first=12)
    articles_of(africa, count=1, first=18)
    titles = re.findall(r"<h[13]><a [^>]*>(Number \d\d)</a>", get(client, "/"))
    assert titles[:7] == [f"Number {age:02}" for age in range(7)]
    assert len(titles) == len(set(titles)) > 12


def test_a_shelf_holds_the_three_newest_of_its_topic_that_are_not_above(client: Client) -> None:
    us, africa = make_topic(name="US"), make_topic(name="Africa")
    articles_of(us, count=12)
    articles_of(africa, count=3, first=12)
    html = get(client, "/")
    shelf = html.partition('id="topic-us"')[2].partition("</section>")[0]
    assert re.findall(r">(Number \d\d)", shelf) == ["Number 07", "Number 08", "Number 09"]
    assert 'id="topic-africa"' in html


def test_topics_with_one_story_share_a_shelf(client: Client) -> None:
    us, africa, law = make_topic(name="US"), make_topic(name="Africa"), make_topic(name="Law")
    articles_of(us, count=7)
    articles_of(africa, count=1, first=7)
    articles_of(law, count=1, first=8)
    more = get(client, "/").partition('id="more-topics"')[2].partition("</section>")[0]
    assert re.findall(r">(Number \d\d|Africa|Law)<", more) == ["Africa", "Number 07", "Law", "Number 08"]
    assert 'id="topic-africa"' not in get(client, "/")
