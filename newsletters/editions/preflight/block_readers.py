"""Blocks that only the readers in a segment see: can the segment be used, does anybody see them, who gets nothing?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from newsletters.editions.preflight.findings import Finding
from newsletters.editions.readers import Readership
from newsletters.rendering.block_readers import MOST_SEGMENTS
from newsletters.rendering.content import EditionContent
from subscribers.segments.compiling import condition_of
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
        if not found.in_segments.get(segment.id):
            place = next(place for place, block in enumerate(content.blocks) if block.only == segment.id)
            message = _("Nobody who gets this edition is in “%s”, so nobody sees what is only for that segment.")
            yield Finding("block_for_nobody", False, message % segment.name, f"block.{place}")
    if found.without_part:
        message = _("%s readers get nothing: everything on their topics is only for segments that they aren't in.")
        yield Finding("without_part", False, message % f"{found.without_part:,}", "articles")


def check_segments(content: EditionContent) -> Iterator[Finding]:
    """Can the segments of its blocks be used at all?"""
    if len(content.block_segments) > MOST_SEGMENTS:
        message = _("Its blocks are for readers in %(count)d different segments; at most %(most)d are possible. Use "
                    "fewer, or send two editions.")  # fmt: skip
        words = {"count": len(content.block_segments), "most": MOST_SEGMENTS}
        yield Finding("block_segments", True, message % words, "articles")
        return
    for segment in content.block_segments:
        place = next(place for place, block in enumerate(content.blocks) if block.only == segment.id)
        if segment.rule is None:
            message = _("It is only for %s. Choose another segment.") % segment.name
            yield Finding("block_segments", True, message, f"block.{place}")
            continue
        try:
            condition_of(segment.rule)
        except BadRule as problem:
            message = _("It is only for readers in “%(segment)s”, which can't be used any more: %(problem)s")
            said = {"segment": segment.name, "problem": problem}
            yield Finding("block_segments", True, message % said, f"block.{place}")
