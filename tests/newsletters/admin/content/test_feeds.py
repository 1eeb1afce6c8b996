"""Staff add a feed after a look at it, say what becomes of its articles and categories, and read what happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django import Settings

from newsletters.articles.feeds import fetching
from newsletters.articles.feeds.fetching import FeedTrouble, FetchedFeed
from newsletters.articles.feeds.reading import read_feed
from newsletters.articles.feeds.source_log import KEPT, write_log
from newsletters.models import FeedCategory, FeedSource
from tests.factories import make_topic
from tests.newsletters.articles.feeds.corpus import channel

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
ADD = "/admin/newsletters/feedsource/add/"
FEED = channel("<title>The Institute</title><item><title>New ships</title><category>Sea</category></item>")
TYPED = {"address": "news.example", "name": "", "mode": "draft", "bring_first": "0"}
INLINE = {f"categories-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that were asked. A site names its feed; nowhere.example has none."""
    addresses: list[str] = []

    def fetch(address: str, **conditions: Any) -> FetchedFeed:
        addresses.append(address)
        if "nowhere" in address:
            raise FeedTrouble("There is no feed at this address (404).")
        found = "https://news.example/feed"
        return FetchedFeed(found, "", read_feed(FEED.encode(), address=found), asked_for=found)

    monkeypatch.setattr(fetching, "fetch_feed", fetch)
    return addresses


def test_the_newest_items_are_shown_before_a_feed_is_added(editor: Client, asked: list[str]) -> None:
    page = editor.post(ADD, {**TYPED, "_preview": "1"}).content.decode()
    assert "New ships" in page and "The Institute" in page and "Add this feed" in page
    assert 'value="https://news.example/feed"' in page
    assert not FeedSource.objects.exists()
    editor.post(ADD, {**TYPED, "bring_first": "3", "_save": "1"})
    source = FeedSource.objects.get()
    assert (source.address, source.name, source.bring_first) == ("https://news.example/feed", "The Institute", 3)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"address": "https://nowhere.example/"}, "There is no feed at this address (404)."),
        ({"address": "file:///etc/passwd"}, "Enter the address of a feed or of a site. It begins with https://."),
        ({"bring_first": "51"}, "At most 50 older articles can come in."),
        ({}, "This feed is here already. Change that one."),
    ],
)
def test_what_cannot_be_added_says_why(editor: Client, asked: list[str], typed: dict[str, str], sentence: str) -> None:
    FeedSource.objects.create(address="https://news.example/feed")
    page = editor.post(ADD, {**TYPED, **typed, "_preview": "1"}).content.decode()
    assert sentence.replace("'", "&#x27;") in page
    assert FeedSource.objects.count() == 1
    assert not any(address.startswith("file:") for address in asked)


def test_nobody_without_the_right_makes_us_ask_an_address(
    browser_of: Callable[[str], Client], asked: list[str]
) -> None:
    for role in ("Writer", "Manager", "Nobody"):
        assert browser_of(role).post(ADD, {**TYPED, "_preview": "1"}).status_code == 403
    assert asked == []


def test_categories_get_their_topics(editor: Client) -> None:
    source = FeedSource.objects.create(address="https://news.example/feed")
    category = FeedCategory.objects.create(source=source, name="Sea", key="sea", items=3)
    topic = make_topic(name="Oceans")
    form = {"name": "N", "address": source.address, "mode": "publish", "state": "active", **INLINE}
    form |= {"categories-TOTAL_FORMS": "1", "categories-INITIAL_FORMS": "1", "categories-0-id": str(category.pk),
             "categories-0-source": str(source.pk), "categories-0-topic": str(topic.pk)}  # fmt: skip
    editor.post(f"/admin/newsletters/feedsource/{source.pk}/change/", form)
    category.refresh_from_db()
    source.refresh_from_db()
    assert (category.topic, source.mode) == (topic, "publish")


def test_a_feed_that_publishes_is_changed_only_by_those_who_may_publish() -> None:
    user = User.objects.create_user("adder", password="pw", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__model__in=["feedsource", "feedcategory"]))
    client, topic = Client(), make_topic()
    client.force_login(user)
    source = FeedSource.objects.create(address="https://news.example/feed", mode="publish", state="paused")
    category = FeedCategory.objects.create(source=source, name="Sea", key="sea")
    form = {"name": "Named", "address": "https://other.example/", "mode": "draft", "state": "active", **INLINE,
            "topics": str(topic.pk), "categories-TOTAL_FORMS": "1", "categories-INITIAL_FORMS": "1",
            "categories-0-id": str(category.pk), "categories-0-topic": str(topic.pk)}  # fmt: skip
    assert client.post(f"/admin/newsletters/feedsource/{source.pk}/change/", form).status_code == 302
    source.refresh_from_db()
    category.refresh_from_db()
    assert (source.name, source.mode, source.state) == ("Named", "publish", "paused")
    assert (source.address, source.topics.count(), category.topic) == ("https://news.example/feed", 0, None)


def test_a_stopped_feed_starts_again_and_forgets_what_failed(editor: Client) -> None:
    source = FeedSource.objects.create(address="https://news.example/feed", state="stopped", failures=7, problem="No.")
    due = source.poll_at
    form = {"name": "N", "address": source.address, "mode": "draft", "state": "active", **INLINE}
    editor.post(f"/admin/newsletters/feedsource/{source.pk}/change/", form)
    source.refresh_from_db()
    assert (source.state, source.failures, source.problem) == ("active", 0, "")
    assert source.poll_at > due


def test_its_page_says_what_happened_and_checks_now(editor: Client) -> None:
    source = FeedSource.objects.create(address="https://news.example/feed")
    for number in range(KEPT + 5):
        write_log(source, f"Sentence {number}.")
    assert source.log.count() == KEPT
    at = f"/admin/newsletters/feedsource/{source.pk}/"
    page = editor.get(f"{at}change/").content.decode()
    assert f"Sentence {KEPT + 4}." in page
    assert editor.get(f"{at}check/").status_code == 405
    due = source.poll_at
    assert "We check this feed now." in editor.post(f"{at}check/", follow=True).content.decode()
    source.refresh_from_db()
    assert source.poll_at > due


def test_the_list_says_what_is_wrong(editor: Client, settings: Settings) -> None:
    FeedSource.objects.create(address="https://a.example/feed", name="A", problem="The server answered 500.")
    page = editor.get("/admin/newsletters/feedsource/").content.decode()
    assert "The server answered 500." in page
