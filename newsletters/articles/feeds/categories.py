"""Which topic a category of a feed stands for: a table that proposes itself, and that an editor corrects.

A category that comes for the first time stands for the topic of the same name or address, if there is one. What an
editor chose, also that it stands for none, stays.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F

from lib.readable_slugs import readable_slug
from newsletters.models import FeedCategory, FeedSource
from subscribers.models import Topic

MOST = 500  # that a feed may have; the rest are left out


def topics_for(source: FeedSource, names: Iterable[str]) -> list[Topic]:
    """The topics of a new item with these categories, and those of every article of the feed, each once."""
    found = {topic.pk: topic for topic in source.topics.all()}
    for name in names:
        category = _category(source, name)
        if category is not None:
            FeedCategory.objects.filter(pk=category.pk).update(items=F("items") + 1)
            if category.topic is not None:
                found.setdefault(category.topic.pk, category.topic)
    return list(found.values())


def propose(source: FeedSource, names: Iterable[str]) -> None:
    """Make the rows of categories that are new."""
    for name in names:
        _category(source, name)


def _category(source: FeedSource, name: str) -> FeedCategory | None:
    key = name.casefold()[:100]
    known = source.categories.select_related("topic").filter(key=key).first()
    if known is not None:
        return known
    if not key or source.categories.count() >= MOST:
        return None
    made, _is_new = FeedCategory.objects.get_or_create(
        source=source, key=key, defaults={"name": name[:100], "topic": _topic_called(name)}
    )
    return made


def _topic_called(name: str) -> Topic | None:
    slug = readable_slug(name)
    named = Topic.objects.filter(name__iexact=name).first()
    return named or (Topic.objects.filter(slug=slug).first() if slug else None)
