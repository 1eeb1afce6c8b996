"""Feeds that are looked at, without a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from newsletters.articles.feeds import polling
from newsletters.models import FeedSource
from tests.newsletters.articles.feeds.polled import ADDRESS, Feed, item


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Feed:
    return Feed(monkeypatch)


@pytest.fixture
def make_source(feed: Feed) -> Callable[..., FeedSource]:
    """A feed whose first look has been, with item 1 in it."""

    def make(**fields: Any) -> FeedSource:
        source = FeedSource.objects.create(address=ADDRESS, **fields)
        feed.has(item(1))
        assert polling.poll(source.pk)
        return source

    return make
