"""Which blocks of an edition stand in the mail of readers who get only some of its articles.

A section begins with its heading and ends before the next heading or divider. Where none of a section's articles is for
these readers, the section is left out with its texts, pictures and buttons; a sponsor note stays, since it was promised
to everybody. What stands in no section is for everybody who gets the edition. A divider needs something on both sides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from newsletters.blocks.content import BlockContent
from newsletters.blocks.registry import is_complete, kind_of

HEADING = "heading"


def blocks_with(blocks: Sequence[BlockContent], article_ids: Collection[int]) -> tuple[BlockContent, ...]:
    """The blocks for readers who get these articles, in the order of the edition."""
    complete = [block for block in blocks if is_complete(block)]
    chosen = [block for section in _sections(complete) for block in section.blocks_with(article_ids)]
    return tuple(_without_idle_dividers(chosen))


def blocks_in_segments(blocks: Sequence[BlockContent], segment_ids: Collection[int]) -> tuple[BlockContent, ...]:
    """The blocks for readers who are in these segments and in no other: those for everybody, those for the segments,
    and those for all who aren't in another. What a heading is for, its section is for; a heading of which nothing else
    is left goes too."""
    chosen = [block for section in _sections(blocks) for block in section.blocks_in(segment_ids)]
    return tuple(replace(block, only=0, others=False) for block in chosen)


@dataclass
class _Section:
    blocks: list[BlockContent] = field(default_factory=list)

    @property
    def has_heading(self) -> bool:
        return bool(self.blocks) and kind_of(self.blocks[0].kind).begins_section

    def blocks_with(self, article_ids: Collection[int]) -> Iterable[BlockContent]:
        return self._with([block for block in self.blocks if block.article is None or block.article.id in article_ids])

    def blocks_in(self, segment_ids: Collection[int]) -> Iterable[BlockContent]:
        if self.has_heading and not self.blocks[0].is_for(segment_ids):
            return []
        theirs = [block for block in self.blocks if block.is_for(segment_ids)]
        if self.has_heading and len(theirs) == 1 < len(self.blocks):
            return []
        return self._with(theirs)

    def _with(self, theirs: list[BlockContent]) -> Iterable[BlockContent]:
        """Those that are left when the section may have lost its articles."""
        if self.has_heading and _has_article(self.blocks) and not _has_article(theirs):
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


def sorted_by_topic(blocks: Sequence[BlockContent]) -> tuple[BlockContent, ...]:
    """The lead, then a section for each topic that has several of the other articles, then the rest.

    In the order of the edition: of the topics by their first article, and of the articles within each. An edition that
    somebody has divided by headings or dividers stays as it is, and so does one where no topic has several articles.
    What comes after the last article divides none.
    """
    places = [at for at, block in enumerate(blocks) if block.article is not None]
    among = blocks[: max(places, default=0)]
    if any(kind_of(block.kind).begins_section or kind_of(block.kind).separates for block in among):
        return tuple(blocks)
    if len(places) < 3 or places[-1] - places[0] >= len(places):  # something else stands between the articles
        return tuple(blocks)
    first, last = places[0], places[-1] + 1
    lead, *others = blocks[first:last]
    topics: dict[str, list[BlockContent]] = {}
    for block in others:
        topics.setdefault(next(iter(block.article.topics), "") if block.article else "", []).append(block)
    sections = {topic: theirs for topic, theirs in topics.items() if topic and len(theirs) > 1}
    if not sections:
        return tuple(blocks)
    rest = [block for topic, theirs in topics.items() if topic not in sections for block in theirs]
    ordered = [lead]
    for topic, theirs in sections.items():
        ordered += [BlockContent(HEADING, words=topic), *theirs]
    if rest:
        ordered += [BlockContent(HEADING, words=_("More")), *rest]
    return (*blocks[:first], *ordered, *blocks[last:])
