"""How many readers chose which topics, and are in which of the segments that blocks are for: what preflight says of the
readers who get only some of an edition.

Who counts as a reader is defined by the delivery, a floor above. It says here, once and when the program starts, how to
count them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from lib.optional_cache import get_cached, put_cached
from newsletters.blocks.registry import is_complete
from newsletters.rendering.content import EditionContent

KEPT_SECONDS = 60  # half a million are not counted anew at every save of a draft

ReadersByTopics = Mapping[frozenset[int] | None, int]  # None: those who chose no topics, and get everything


@dataclass(frozen=True, slots=True)
class Readership:
    by_topics: ReadersByTopics
    in_segments: Mapping[int, int] = field(default_factory=dict)  # by the id of a segment that blocks are for
    without_part: int = 0  # who get nothing, since no block is for the segments they are in


Count = Callable[[EditionContent], Readership]
_registered: list[Count] = []


def register_count(count: Count) -> None:
    _registered[:] = [count]


def readers_lately(content: EditionContent) -> Readership:
    """Of the edition's list and segments, counted within the last minute."""
    key = f"newsletters.readership.{content.list_id}"
    if content.include or content.exclude or content.block_segments:
        named = json.dumps([_asked(content), _skeleton(content) if content.block_segments else []])
        key = f"{key}.{blake2b(named.encode(), digest_size=16).hexdigest()}"
    found: Readership | None = get_cached(key)
    if found is None:
        (count,) = _registered
        found = count(content)
        put_cached(key, found, KEPT_SECONDS)
    return found


def _asked(content: EditionContent) -> list[object]:
    asked = (content.include, content.exclude, content.block_segments)
    return [[segment.to_json() for segment in some] for some in asked]


def _skeleton(content: EditionContent) -> list[object]:
    """What of the blocks decides who gets something: not their words, which change with every key."""
    return [
        [block.kind, block.only, is_complete(block), block.article.topic_ids if block.article else None]
        for block in content.blocks
    ]
