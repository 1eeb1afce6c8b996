"""Feeds that a worker looks at: what comes in, what doesn't, what changes, what is said, and when the next look is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lib.downloading import Download
from lib.fetching import Unreachable
from newsletters.articles.feeds import incoming_pictures, polling
from newsletters.articles.feeds.due_feeds import due, poll_now
from newsletters.articles.feeds.fetching import FeedTrouble, FetchedFeed
from newsletters.articles.writing import save_article
from newsletters.models import Article, FeedCategory, FeedSource
from tests.factories import make_topic
from tests.images import image_bytes
from tests.newsletters.articles.feeds.polled import ADDRESS, Feed, item, look

pytestmark = pytest.mark.django_db


def test_the_first_look_brings_nothing_old_unless_asked(feed: Feed) -> None:
    feed.has(item(1), item(2), item(3))
    source = FeedSource.objects.create(address=ADDRESS, bring_first=2, mode="publish")
    said = "The first check found 3 items: 2 came in as drafts, the others were there before and don't come in."
    assert said in look(source)
    assert {(each.title, each.status) for each in Article.objects.all()} == {("Item 1", "draft"), ("Item 2", "draft")}
    assert (source.name, source.etag, source.items.count()) == ("News", '"1"', 3)


def test_a_new_item_is_a_draft_and_comes_in_once(feed: Feed, make_source: Callable[..., FeedSource]) -> None:
    source = make_source(bring_first=0)
    feed.has(item(2, author="Jo Doe"), item(1))
    assert look(source) == ["“Item 2” came in as a draft."]
    assert look(source) == []
    article = Article.objects.get()
    assert (article.body, article.status, article.published_at) == ("<p>Text 2.</p>", "draft", None)
    assert [author.name for author in article.authors.all()] == ["Jo Doe"]


def test_a_deleted_article_does_not_come_in_again(feed: Feed, make_source: Callable[..., FeedSource]) -> None:
    source = make_source()
    feed.has(item(2), item(1))
    look(source)
    Article.objects.all().delete()
    assert look(source) == []
    assert not Article.objects.exists()


def test_published_at_once_where_nothing_is_missing(feed: Feed, make_source: Callable[..., FeedSource]) -> None:
    source = make_source(mode="publish")
    feed.has(item(2), item(1))
    assert look(source) == ["“Item 2” is held as a draft. Choose at least one topic. Readers follow topics."]
    source.topics.add(make_topic())
    feed.has(item(3, pubDate="2026-03-04T12:00:00Z"), item(2), item(1))
    assert look(source) == ["“Item 3” came in and is published."]
    article = Article.objects.get(title="Item 3")
    assert article.is_public
    assert article.published_at is not None
    assert f"{article.published_at:%d %b %H:%M}" == "04 Mar 12:00"


def test_linked_out_where_it_lives_elsewhere(feed: Feed, make_source: Callable[..., FeedSource]) -> None:
    source = make_source(mode="link")
    source.topics.add(make_topic())
    feed.has(item(2, description="&lt;p&gt;" + "word " * 700 + "&lt;/p&gt;"), item(1))
    look(source)
    article = Article.objects.get()
    assert article.get_absolute_url() == article.full_address == "https://news.example/2"
    assert article.is_public
    assert not article.comments_open
    assert article.reading_minutes == 4  # that it takes there
    assert len(article.body) < 1000


def test_categories_propose_their_topics(feed: Feed, make_source: Callable[..., FeedSource]) -> None:
    economy, chosen = make_topic(name="Economy"), make_topic()
    source = make_source()
    feed.has(item(2, category="ECONOMY"), item(1))
    look(source)
    assert list(Article.objects.get().topics.all()) == [economy]
    FeedCategory.objects.filter(source=source, key="economy").update(topic=chosen)
    feed.has(item(3, category="Economy"))
    look(source)
    assert list(Article.objects.get(title="Item 3").topics.all()) == [chosen]
    assert FeedCategory.objects.get(source=source).items == 2


def test_what_changes_in_the_feed_changes_here(feed: Feed, make_source: Callable[..., FeedSource]) -> None:
    source = make_source()
    feed.has(item(2), item(1))
    look(source)
    feed.has(item(2, "Better"), item(1))
    assert look(source) == ["“Better” has changed in the feed, and here."]
    assert look(source) == []
    assert Article.objects.get().title == "Better"


def test_but_not_over_what_an_editor_changed(feed: Feed, make_source: Callable[..., FeedSource]) -> None:
    source = make_source()
    feed.has(item(2), item(1))
    look(source)
    article = Article.objects.get()
    article.title = "Ours"
    save_article(article)
    feed.has(item(2, "Better"), item(1))
    assert look(source) == ["“Ours” has changed in the feed. Somebody has changed it here, so it stays as it is."]
    assert look(source) == []
    assert Article.objects.get().title == "Ours"


def test_an_item_with_a_new_id_and_the_same_address_is_the_same(
    feed: Feed, make_source: Callable[..., FeedSource]
) -> None:
    source = make_source()
    feed.has(item(2), item(1))
    look(source)
    feed.has(item(2, guid="new", link="https://news.example/2?utm_source=rss"), item(1))
    look(source)
    assert Article.objects.count() == 1


def test_a_feed_that_gives_all_items_new_ids_publishes_nothing(
    feed: Feed, make_source: Callable[..., FeedSource]
) -> None:
    source = make_source(mode="publish")
    source.topics.add(make_topic())
    feed.has(*[item(number) for number in range(100, 130)])
    assert look(source)[0].startswith("30 items are new at once. They are held as drafts")
    assert not Article.objects.published().exists()
    assert Article.objects.count() == 30


def test_two_workers_and_a_killed_one_bring_in_one_article(
    feed: Feed, make_source: Callable[..., FeedSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source()
    feed.has(item(2), item(1))
    poll_now(source)
    answer = FetchedFeed(ADDRESS, "", feed.contents())
    answers: list[bool] = []

    def meanwhile(address: str, **conditions: Any) -> FetchedFeed:
        answers.append(polling.poll(source.pk))  # another worker, while this one waits for the server
        return answer

    monkeypatch.setattr(polling, "fetch_feed", meanwhile)
    assert polling.poll(source.pk)
    assert answers == [False]
    assert due() == []  # claimed, until then
    FeedSource.objects.filter(pk=source.pk).update(poll_at=timezone.now(), begun_at=None)  # as one killed in its first
    assert polling.poll(source.pk)
    assert Article.objects.count() == 1


def test_a_look_that_takes_too_long_leaves_the_rest_to_the_next(
    feed: Feed, make_source: Callable[..., FeedSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source()
    feed.has(item(3), item(2), item(1))
    monkeypatch.setattr(polling, "LOOK_SECONDS", -1.0)
    assert look(source) == []
    assert source.etag == ""
    assert timezone.now() < source.poll_at <= timezone.now() + polling.NEXT_PART
    monkeypatch.setattr(polling, "LOOK_SECONDS", 60.0)
    assert look(source) == ["“Item 2” came in as a draft.", "“Item 3” came in as a draft."]


class TestPictures:
    @pytest.fixture
    def server(self, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> dict[str, bytes]:
        settings.MEDIA_ROOT = tmp_path
        files: dict[str, bytes] = {}

        def download(address: str, **options: Any) -> Download:
            if address not in files:
                raise Unreachable("10.0.0.7 is not on the public internet", denied=True)
            return Download(200, address, "", {}, files[address])

        monkeypatch.setattr(incoming_pictures, "download", download)
        return files

    def test_they_become_ours_with_credit(
        self, feed: Feed, make_source: Callable[..., FeedSource], server: dict[str, bytes]
    ) -> None:
        source = make_source()
        server["https://i.example/lead.jpg"] = image_bytes(700, 300)
        server["https://i.example/in.jpg"] = image_bytes(300, 300)
        text = '&lt;p&gt;A&lt;/p&gt;&lt;p&gt;&lt;img src="https://i.example/in.jpg" alt="In"&gt;&lt;/p&gt;'
        media = (
            '<media:content xmlns:media="http://search.yahoo.com/mrss/" url="https://i.example/lead.jpg" '
            'medium="image">'
            "<media:credit>Jo</media:credit><media:title>Lead</media:title></media:content></item>"
        )
        feed.has(item(2, description=text).replace("</item>", media), item(1))
        look(source)
        article = Article.objects.get()
        assert article.lead_picture is not None
        assert (article.lead_picture.alt, article.lead_picture.credit) == ("Lead", "Jo")
        assert '<figure><img src="/media/pictures/' in article.body
        assert 'alt="In"' in article.body

    def test_slow_ones_hold_nobody_up(
        self, feed: Feed, make_source: Callable[..., FeedSource], server: dict[str, bytes], monkeypatch: Any
    ) -> None:
        source = make_source()
        monkeypatch.setattr(incoming_pictures.PictureFetching, "seconds_of_all", -1.0)
        server["https://i.example/a.jpg"] = image_bytes(300, 300)
        feed.has(item(2).replace("</item>", '<enclosure url="https://i.example/a.jpg" type="image/jpeg"/></item>'))
        assert "A picture is left out: those before it took too long" in look(source)[-1]

    def test_one_that_cannot_be_had_is_left_out_and_said(
        self, feed: Feed, make_source: Callable[..., FeedSource], server: dict[str, bytes]
    ) -> None:
        source = make_source()
        server["https://i.example/x.jpg"] = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
        enclosure = '<enclosure url="https://i.example/{}.jpg" type="image/jpeg"/></item>'
        feed.has(item(3).replace("</item>", enclosure.format("no")), item(2).replace("</item>", enclosure.format("x")))
        said = look(source)
        assert Article.objects.filter(lead_picture=None).count() == 2
        assert any("A picture is left out: 10.0.0.7 is not on the public internet" in each for each in said)
        assert any("You can't use SVG drawings here" in each for each in said)


class TestTrouble:
    def test_a_failure_is_said_once_and_the_pauses_grow(
        self, feed: Feed, make_source: Callable[..., FeedSource]
    ) -> None:
        source = make_source()
        feed.answer = FeedTrouble("The server answered 500 instead of sending the feed.")
        assert look(source) == ["The server answered 500 instead of sending the feed. We try again by ourselves."]
        first = source.poll_at - timezone.now()
        assert look(source) == []
        assert timedelta(minutes=29) < first < timedelta(minutes=34)
        assert source.poll_at - timezone.now() > timedelta(minutes=59)
        feed.has(item(1))
        assert look(source) == ["The feed can be read again."]
        assert (source.failures, source.problem) == (0, "")

    def test_a_server_is_left_alone_as_long_as_it_asks(
        self, feed: Feed, make_source: Callable[..., FeedSource]
    ) -> None:
        source = make_source()
        feed.answer = FeedTrouble("Later.", wait=timedelta(days=3))
        look(source)
        assert source.poll_at - timezone.now() > timedelta(days=2, hours=23)

    def test_a_feed_that_is_gone_is_stopped(self, feed: Feed, make_source: Callable[..., FeedSource]) -> None:
        source = make_source()
        feed.answer = FeedTrouble("It is gone for good (410).", gone=True)
        assert look(source) == ["It is gone for good (410). It is stopped. What came in stays."]
        assert source.state == "stopped"
        poll_now(source)
        assert due() == []

    def test_an_error_of_ours_stops_no_other_feed(self, feed: Feed, make_source: Callable[..., FeedSource]) -> None:
        source = make_source()
        feed.answer = ZeroDivisionError()
        assert look(source)[0].startswith("Something went wrong on our side.")

    def test_a_move_for_good_is_followed(self, feed: Feed, make_source: Callable[..., FeedSource]) -> None:
        source = make_source()
        feed.has(item(1))
        feed.answer = FetchedFeed("https://new.example/f", "https://new.example/f", feed.contents())
        assert look(source) == ["The feed has moved for good. Its address is https://new.example/f now."]
        assert source.address == "https://new.example/f"

    def test_but_not_to_where_another_feed_is(self, feed: Feed, make_source: Callable[..., FeedSource]) -> None:
        source = make_source()
        FeedSource.objects.create(address="https://new.example/f", state="paused")
        feed.has(item(1))
        feed.answer = FetchedFeed("https://new.example/f", "https://new.example/f", feed.contents())
        assert "This one is paused" in look(source)[0]
        assert source.state == "paused"

    def test_nothing_new_is_asked_for_by_conditions(self, feed: Feed, make_source: Callable[..., FeedSource]) -> None:
        source = make_source()
        feed.answer = FetchedFeed(ADDRESS, "", None, '"1"')
        assert look(source) == []
        assert feed.asked[-1] == {"address": ADDRESS, "etag": '"1"', "last_modified": "", "discover": False}
