"""Blocks that only the readers in a segment see: what an edition says to readers who are in some of these segments.

Everything behind this works on a content without conditions: it is narrowed first, and then rendered, shown and
numbered as any other. Each mixture of segments is a variant of its own, so there can only be a few.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from newsletters.blocks.content import ArticleContent
from newsletters.blocks.registry import kind_of
from newsletters.rendering.content import EditionContent
from newsletters.rendering.sections import blocks_in_segments, blocks_with

MOST_SEGMENTS = 4  # in the blocks of one edition: 16 mixtures, each a mail to render for every choice of topics


def for_readers_in(content: EditionContent, segment_ids: Collection[int]) -> EditionContent:
    """What it says to readers who are in these segments and in no other that its blocks are for."""
    if not content.block_segments:
        return content
    return replace(content, blocks=blocks_in_segments(content.blocks, frozenset(segment_ids)), block_segments=())


def for_everybody(content: EditionContent) -> EditionContent:
    """What everybody sees who gets it: for the archive, and wherever no reader is meant."""
    return for_readers_in(content, ())


def in_all(content: EditionContent) -> EditionContent:
    """What somebody sees who is in all the segments."""
    return for_readers_in(content, [segment.id for segment in content.block_segments])


def mixtures(content: EditionContent) -> Iterator[tuple[int, EditionContent]]:
    """Each mixture of the segments, as bits in their order, with what its readers see."""
    for mixture in range(1 << len(content.block_segments)):
        yield mixture, for_mixture(content, mixture)


def for_mixture(content: EditionContent, mixture: int) -> EditionContent:
    """The same for one mixture."""
    held = [segment.id for at, segment in enumerate(content.block_segments) if mixture >> at & 1]
    return for_readers_in(content, held)


def has_part(narrowed: EditionContent, articles: Collection[ArticleContent]) -> bool:
    """Is there anything worth a mail for readers who see this, and get these of its articles? A sponsor note alone
    is not."""
    left = blocks_with(narrowed.blocks, {article.id for article in articles})
    kinds = [kind_of(block.kind) for block in left]
    return any(kind.is_content and not kind.is_for_everybody for kind in kinds)
