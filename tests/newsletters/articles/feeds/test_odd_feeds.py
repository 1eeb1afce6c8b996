"""What feeds and staff do at the wrong moment: nothing is published unseen, nothing that was typed is lost, nothing is
done for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from lib.downloading import Download
from newsletters.articles.feeds import bringing_in, incoming_pictures, polling, seen_items
from newsletters.articles.feeds.cleaning import web_address
from newsletters.articles.feeds.due_feeds import MOST_AT_ONCE, due, poll_now
from newsletters.articles.feeds.fetching import FetchedFeed
from newsletters.articles.revisions import store_revision, working_copy
from newsletters.articles.writing import clean_body, save_article
from newsletters.models import Article, FeedSource, Picture
from tests.factories import make_topic
from tests.images import image_bytes
from tests.newsletters.articles.feeds.polled import ADDRESS, Feed, item, look

pytestmark = pytest.mark.django_db
MakeSource = Callable[..., FeedSource]


def with_picture(written: str, name: str = "a") -> str:
    enclosure = f'<enclosure url="https://i.example/{name}.jpg" type="image/jpeg"/></item>'
    return written.replace("</item>", enclosure)


def test_what_an_editor_typed_and_has_not_saved_stays_in_the_form(feed: Feed, make_source: MakeSource) -> None:
    source = make_source()
    feed.has(item(2), item(1))
    look(source)
    article = Article.objects.get()
    store_revision(article, [["title", "Ours"]], is_applied=False, window="w", by="", user=None)
    feed.has(item(2, "Better"), item(1))
    assert look(source) == ["“Item 2” has changed in the feed. Somebody has changed it here, so it stays as it is."]
    article.refresh_from_db()
    assert working_copy(article) is not None


def test_new_ids_for_all_items_publish_nothing_however_many_looks_it_takes(
    feed: Feed, make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source(mode="publish")
    source.topics.add(make_topic())
    feed.has(*[item(number) for number in range(100, 122)])
    left = iter([True] * 5 + [False])
    clock = SimpleNamespace(monotonic=lambda: 0.0 if next(left, False) else 1e9)
    monkeypatch.setattr(polling, "time", clock)
    said = look(source)
    assert said[0].startswith("22 items are new at once.")
    assert len(said) == 5
    monkeypatch.setattr(polling, "time", time)
    said = look(source)
    assert len(said) == 18
    assert all(each.endswith("came in as a draft.") for each in said)
    feed.has(item(200))
    assert look(source) == ["“Item 200” came in and is published."]


def test_new_items_come_before_changed_ones(
    feed: Feed, make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source()
    feed.has(item(2), item(1))
    look(source)
    feed.has(item(3), item(2, "Better"), item(1))
    assert look(source) == ["“Item 3” came in as a draft.", "“Better” has changed in the feed, and here."]


def test_an_item_that_always_differs_is_written_again_less_and_less_often(
    feed: Feed, make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source()
    feed.has(item(2, "Visitors: 1"))
    look(source)
    written = []
    begun = now = timezone.now()
    monkeypatch.setattr(seen_items, "timezone", SimpleNamespace(now=lambda: now))
    for hours in (0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 55, 56, 57):
        now = begun + timedelta(hours=hours)
        feed.has(item(2, f"Visitors: {hours + 2}"))
        FeedSource.objects.filter(pk=source.pk).update(poll_at=begun)
        polling.poll(source.pk)
        if Article.objects.get().title.endswith(f" {hours + 2}"):
            written.append(hours)
    assert written == [0, 1, 2, 4, 8, 16, 32, 56]
    source.refresh_from_db()
    assert source.etag == ""  # a change waits: the server must not say that there is none


def test_a_first_look_that_takes_too_long_goes_on_as_one(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    feed.has(item(1), item(2), item(3))
    source = FeedSource.objects.create(address=ADDRESS, bring_first=2, mode="publish")
    source.topics.add(make_topic())
    monkeypatch.setattr(polling, "LOOK_SECONDS", -1.0)
    assert look(source) == []
    assert FeedSource.objects.filter(begun_at=None).exists()
    monkeypatch.setattr(polling, "LOOK_SECONDS", 60.0)
    assert look(source)[-2].startswith("The first check found 3 items: 2 came in as drafts")
    assert not FeedSource.objects.filter(begun_at=None).exists()
    assert {(each.title, each.status) for each in Article.objects.all()} == {("Item 1", "draft"), ("Item 2", "draft")}


def test_a_large_first_look_asks_the_database_little(feed: Feed, django_assert_max_num_queries: Any) -> None:
    topics = "".join(f"<category>Topic {number}</category>" for number in range(30))
    feed.has(*[item(number).replace("</item>", f"{topics}</item>") for number in range(150)])
    source = FeedSource.objects.create(address=ADDRESS)
    with django_assert_max_num_queries(40):
        polling.poll(source.pk)
    assert (source.items.count(), source.categories.count()) == (150, 30)


def test_a_changelog_whose_items_lead_to_one_page_is_many_articles(feed: Feed, make_source: MakeSource) -> None:
    source = make_source()
    page = "https://news.example/changelog"
    feed.has(item(2, "Version 2", link=page, pubDate="2026-03-04"))
    look(source)
    feed.has(item(3, "Version 3", link=page, pubDate="2026-03-05"))
    look(source)
    assert {article.title for article in Article.objects.all()} == {"Version 2", "Version 3"}


def test_an_item_that_fails_stops_no_other_and_is_not_tried_again(
    feed: Feed, make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source()

    def save(article: Article) -> Article:
        if article.title == "Item 2":
            raise ZeroDivisionError
        return save_article(article)

    monkeypatch.setattr(bringing_in, "save_article", save)
    feed.has(item(3), item(2), item(1))
    failed = f"“Item 2” can't come in. {polling.OUR_SIDE}"
    assert look(source) == [failed, "“Item 3” came in as a draft."]
    assert look(source) == []
    feed.has(item(3, "Item 2"), item(2), item(1))
    assert look(source) == [f"“Item 2” has changed in the feed, and can't be changed here. {polling.OUR_SIDE}"]
    assert look(source) == []


def test_other_rules_of_ours_are_no_change_of_the_feed(
    feed: Feed, make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source()
    feed.has(item(2), item(1))
    look(source)
    monkeypatch.setattr(
        "newsletters.articles.feeds.cleaning.clean_body", lambda html, **more: clean_body(f"{html}<p>More</p>", **more)
    )
    assert look(source) == []
    assert Article.objects.get().body == "<p>Text 2.</p>"


def test_what_staff_change_during_a_look_stays(
    feed: Feed, make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source()
    FeedSource.objects.filter(pk=source.pk).update(name="")
    typed: dict[str, str] = {"name": "Ours"}

    def meanwhile(address: str, **conditions: Any) -> FetchedFeed:
        FeedSource.objects.filter(pk=source.pk).update(**typed)
        return FetchedFeed(address, "https://moved.example/", feed.contents(), etag='"of the old address"')

    monkeypatch.setattr(polling, "fetch_feed", meanwhile)
    look(source)
    assert (source.name, source.address) == ("Ours", "https://moved.example/")
    typed = {"address": "https://typed.example/", "etag": ""}
    assert look(source) == []
    assert (source.address, source.etag) == ("https://typed.example/", "")


def test_check_now_during_a_look_makes_no_second_one(
    feed: Feed, make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source()
    answers: list[bool] = []

    def meanwhile(address: str, **conditions: Any) -> FetchedFeed:
        poll_now(source)
        answers.append(polling.poll(source.pk))
        return FetchedFeed(address, "", None)

    monkeypatch.setattr(polling, "fetch_feed", meanwhile)
    look(source)
    assert answers == [False]
    assert source.looking_until is None


def test_an_item_dated_ahead_says_when_it_is_published(feed: Feed, make_source: MakeSource) -> None:
    source = make_source(mode="publish")
    source.topics.add(make_topic())
    ahead = timezone.now() + timedelta(hours=20)
    feed.has(item(2, pubDate=f"{ahead:%Y-%m-%dT%H:%M:%SZ}"))
    assert f"“Item 2” came in. It is published on {ahead:%-d %B %Y, }" in look(source)[0]


def test_pictures_come_in_once_and_change_with_the_feed(
    feed: Feed, make_source: MakeSource, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    source = make_source()
    asked: list[str] = []

    def download(address: str, **options: Any) -> Download:
        asked.append(address)
        return Download(200, address, "", {}, image_bytes(300, 300))

    monkeypatch.setattr(incoming_pictures, "download", download)
    feed.has(with_picture(item(2)))
    look(source)
    first = Article.objects.get().lead_picture
    feed.has(with_picture(item(2, "Better")), with_picture(item(3)))
    look(source)
    assert {article.lead_picture for article in Article.objects.all()} == {first}
    assert (len(asked), Picture.objects.count()) == (1, 1)
    Article.objects.filter(title="Better").delete()
    feed.has(with_picture(item(3), "b"))
    look(source)
    assert Article.objects.get().lead_picture not in {first, None}


def test_what_is_published_is_never_emptied(feed: Feed, make_source: MakeSource) -> None:
    source = make_source(mode="publish")
    source.topics.add(make_topic())
    feed.has(item(2), item(1))
    look(source)
    feed.has("<item><guid>g2</guid></item>", item(1))
    (said,) = look(source)
    assert "lacks something, so what was published stays" in said
    assert Article.objects.get().title == "Item 2"


def test_slow_feeds_leave_threads_to_others(feed: Feed, make_source: MakeSource) -> None:
    """A worker of one machine has six for everything, confirmations among it."""
    make_source()
    FeedSource.objects.bulk_create(
        FeedSource(address=f"https://e.example/{n}", name=str(n), poll_at=timezone.now()) for n in range(5)
    )
    FeedSource.objects.update(poll_at=timezone.now() - timedelta(hours=1), state=FeedSource.State.ACTIVE)
    assert len(due()) == MOST_AT_ONCE == 2
    FeedSource.objects.filter(pk=due()[0]).update(looking_until=timezone.now() + timedelta(minutes=9))
    assert len(due()) == 1
    FeedSource.objects.update(looking_until=timezone.now() + timedelta(minutes=9))
    assert due() == []


@pytest.mark.parametrize(
    "address",
    ["http://a:b:c/", "http://e.org:70000/", "https://www.bank.example@evil.example/x", "http://[v1.x]/", "https:///x"],
)
def test_addresses_that_lead_nowhere_or_elsewhere_are_left_out(address: str) -> None:
    assert web_address(address, "") == ""
    assert web_address("https://e.org:8443/x?y=a@b", "") == "https://e.org:8443/x?y=a@b"
