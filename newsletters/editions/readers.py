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
    # The same apart by the segments that blocks are for, as bits in the order of the content's `block_segments`.
    by_parts: Mapping[tuple[frozenset[int] | None, int], int] = field(default_factory=dict)
    in_segments: Mapping[int, int] = field(default_factory=dict)  # by the id of a segment that blocks are for
    without_part: int = 0  # who get nothing, since no block is for the segments they are in
    problem: str = ""  # why nobody could be counted


Count = Callable[[EditionContent], Readership]
_registered: list[Count] = []


def register_count(count: Count) -> None:
    _registered[:] = [count]


def readers_lately(content: EditionContent) -> Readership:
    """Of the edition's list and segments, counted within the last minute."""
    key = f"newsletters.readership.by_parts.{content.list_id}"
    if content.asks_segments:
        key = f"{key}.{blake2b(json.dumps(asked_of(content)).encode(), digest_size=16).hexdigest()}"
    found: Readership | None = get_cached(key)
    if found is None:
        (count,) = _registered
        found = count(content)
        put_cached(key, found, KEPT_SECONDS)
    return found


def asked_of(content: EditionContent) -> list[object]:
    """What a count of readers depends on beside the list: segments, and the blocks that are for some."""
    asked = (content.include, content.exclude, content.block_segments)
    segments = [[segment.to_json() for segment in some] for some in asked]
    return [segments, _skeleton(content) if content.block_segments else []]


def _skeleton(content: EditionContent) -> list[object]:
    """What of the blocks decides who gets something: not their words, which change with every key."""
    return [
        [block.kind, block.only, block.others, is_complete(block), block.article.topic_ids if block.article else None]
        for block in content.blocks
    ]
