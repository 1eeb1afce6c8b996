"""Which blocks of an edition stand in the mail of readers who get only some of its articles.

A section begins with its heading and ends before the next heading or divider. Where none of a section's articles is for
these readers, the section is left out with its texts, pictures and buttons; a sponsor note stays, since it was promised
to everybody. What stands in no section is for everybody who gets the edition. A divider needs something on both sides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from newsletters.blocks.content import BlockContent
from newsletters.blocks.registry import is_complete, kind_of


def blocks_with(blocks: Sequence[BlockContent], article_ids: Collection[int]) -> tuple[BlockContent, ...]:
    """The blocks for readers who get these articles, in the order of the edition."""
    complete = [block for block in blocks if is_complete(block)]
    chosen = [block for section in _sections(complete) for block in section.blocks_with(article_ids)]
    return tuple(_without_idle_dividers(chosen))


@dataclass
class _Section:
    blocks: list[BlockContent] = field(default_factory=list)

    def blocks_with(self, article_ids: Collection[int]) -> Iterable[BlockContent]:
        theirs = [block for block in self.blocks if block.article is None or block.article.id in article_ids]
        has_heading = bool(self.blocks) and kind_of(self.blocks[0].kind).begins_section
        if has_heading and _has_article(self.blocks) and not _has_article(theirs):
            return [block for block in theirs if kind_of(block.kind).is_for_everybody]
        return theirs


def _sections(blocks: Sequence[BlockContent]) -> Iterator[_Section]:
    section = _Section()
    for block in blocks:
        kind = kind_of(block.kind)
        if kind.begins_section or kind.separates:
            yield section
            section = _Section()
        section.blocks.append(block)
    yield section


def _has_article(blocks: Iterable[BlockContent]) -> bool:
    return any(block.article is not None for block in blocks)


def _without_idle_dividers(blocks: Sequence[BlockContent]) -> Iterator[BlockContent]:
    waiting: BlockContent | None = None
    begun = False
    for block in blocks:
        if kind_of(block.kind).separates:
            waiting = block if begun else None
            continue
        if waiting is not None:
            yield waiting
            waiting = None
        begun = True
        yield block
