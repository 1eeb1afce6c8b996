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
    names = list(names)
    propose(source, names)
    found = {topic.pk: topic for topic in source.topics.all()}
    keys = list(dict.fromkeys(category_key(name) for name in names))
    rows = source.categories.select_related("topic").filter(key__in=keys)
    for category in sorted(rows, key=lambda row: keys.index(row.key)):
        if category.topic is not None:
            found.setdefault(category.topic.pk, category.topic)
    FeedCategory.objects.filter(source=source, key__in=keys).update(items=F("items") + 1)
    return list(found.values())


def propose(source: FeedSource, names: Iterable[str]) -> None:
    """Make the rows of categories that are new, of however many items."""
    wanted = {key: name for name in names if (key := category_key(name))}
    known = set(source.categories.values_list("key", flat=True)) if wanted else set()
    new = [(key, name) for key, name in wanted.items() if key not in known][: max(0, MOST - len(known))]
    if not new:
        return
    topics = TopicsByName()
    rows = [FeedCategory(source=source, key=key, name=name[:100], topic=topics.of(name)) for key, name in new]
    FeedCategory.objects.bulk_create(rows, ignore_conflicts=True, batch_size=100)


class TopicsByName:
    """The topic of the same name or address as a category, if there is one."""

    def __init__(self) -> None:
        topics = list(Topic.objects.all())
        self._by_slug = {topic.slug: topic for topic in topics}
        self._by_name = {topic.name.casefold(): topic for topic in topics}

    def of(self, name: str) -> Topic | None:
        return self._by_name.get(name.casefold()) or self._by_slug.get(readable_slug(name))


def category_key(name: str) -> str:
    return name.casefold()[:100]
