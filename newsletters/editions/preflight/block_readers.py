"""Blocks that only some readers see: can their condition be used, does anybody see them, who gets nothing, and how
many different emails does that make?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from newsletters.editions.preflight.findings import Finding
from newsletters.editions.readers import Readership
from newsletters.rendering.block_readers import MOST_SEGMENTS
from newsletters.rendering.content import EditionContent
from subscribers.segments.compiling import condition_of
from subscribers.segments.fields import Vocabulary
from subscribers.segments.rules import BadRule


def check(content: EditionContent, readership: Callable[[], Readership]) -> Iterator[Finding]:
    """`readership` is asked only where there are such blocks: it may have to count a whole list."""
    if not content.block_segments:
        return
    if unusable := [*check_segments(content)]:
        yield from unusable
        return
    found = readership()
    if found.problem:
        return  # nobody was counted, so nothing is known of who sees what
    for segment in content.block_segments:
        first = _first_places(content, segment.id)
        held = found.in_segments.get(segment.id)
        if False in first and not held:
            message = _("Nobody who gets this edition is in “%s”, so nobody sees what is only for that segment.")
            yield Finding("block_for_nobody", False, message % segment.name, f"block.{first[False]}")
        if True in first and held and not _others(content, found, segment.id):
            message = _("Everybody who gets this edition is in “%s”, so nobody sees what is for the others.")
            yield Finding("block_for_nobody", False, message % segment.name, f"block.{first[True]}")
    if found.without_part:
        message = _("%s readers get nothing: everything on their topics is only for segments that they aren't in.")
        yield Finding("without_part", False, message % f"{found.without_part:,}", "articles")


def _first_places(content: EditionContent, segment_id: int) -> dict[bool, int]:
    """Where the first block is that is for the segment (False), and for all others (True)."""
    places: dict[bool, int] = {}
    for place, block in enumerate(content.blocks):
        if block.only == segment_id:
            places.setdefault(block.others, place)
    return places


def _others(content: EditionContent, found: Readership, segment_id: int) -> int:
    """How many of the readers aren't in the segment."""
    at = [segment.id for segment in content.block_segments].index(segment_id)
    return sum(count for (_topics, mixture), count in found.by_parts.items() if not mixture >> at & 1)


def check_segments(content: EditionContent) -> Iterator[Finding]:
    """Can the segments of its blocks be used at all?"""
    if len(content.block_segments) > MOST_SEGMENTS:
        message = _("Its blocks are for readers in %(count)d different segments, or with different topics and values; "
                    "at most %(most)d are possible. Use fewer, or send two editions.")  # fmt: skip
        words = {"count": len(content.block_segments), "most": MOST_SEGMENTS}
        yield Finding("block_segments", True, message % words, "articles")
        return
    vocabulary = Vocabulary()  # attributes and topics are read once for all of them
    for segment in content.block_segments:
        place = next(place for place, block in enumerate(content.blocks) if block.only == segment.id)
        if segment.rule is None:
            message = _("It is only for %s. Choose again who sees it.") % segment.name
            yield Finding("block_segments", True, message, f"block.{place}")
            continue
        try:
            condition_of(segment.rule, vocabulary=vocabulary)
        except BadRule as problem:
            message = _("It is only for readers in “%(segment)s”, which can't be used any more: %(problem)s")
            said = {"segment": segment.name, "problem": problem}
            yield Finding("block_segments", True, message % said, f"block.{place}")
