"""How many readers chose which topics: what preflight says of the readers who get only some of the articles.

Who counts as a reader is defined by the delivery, a floor above. It says here, once and when the program starts, how to
count them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import blake2b

from lib.optional_cache import get_cached, put_cached
from newsletters.rendering.content import EditionContent

KEPT_SECONDS = 60  # half a million are not counted anew at every save of a draft

ReadersByTopics = Mapping[frozenset[int] | None, int]  # None: those who chose no topics, and get everything
Count = Callable[[EditionContent], ReadersByTopics]
_registered: list[Count] = []


def register_count(count: Count) -> None:
    _registered[:] = [count]


def readers_lately(content: EditionContent) -> ReadersByTopics:
    """Of the edition's list and segments, counted within the last minute."""
    key = f"newsletters.readers_by_topics.{content.list_id}"
    if content.include or content.exclude:
        rules = json.dumps([[each.to_json() for each in some] for some in (content.include, content.exclude)])
        key = f"{key}.{blake2b(rules.encode(), digest_size=16).hexdigest()}"
    found: ReadersByTopics | None = get_cached(key)
    if found is None:
        (count,) = _registered
        found = dict(count(content))
        put_cached(key, found, KEPT_SECONDS)
    return found
