"""The segments that an edition asks about, as its content holds them: of its audience, and of single blocks."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from newsletters.models import Edition
from newsletters.rendering.content import SegmentContent
from subscribers.models import Segment
from subscribers.segments.rules import BadRule, parse_rule


def read_segments(ids: Sequence[int]) -> tuple[SegmentContent, ...]:
    """In one query, and none where there are none."""
    found = Segment.objects.in_bulk(ids) if ids else {}
    return tuple(_content(id_, found.get(id_)) for id_ in ids)


def _content(id_: int, segment: Segment | None) -> SegmentContent:
    if segment is None:
        return SegmentContent(id_, _("a segment that was deleted"), None)
    try:
        return SegmentContent(id_, segment.name, parse_rule(segment.rule))
    except BadRule:
        return SegmentContent(id_, segment.name, None)


def drafts_with(segment_id: int) -> list[Edition]:
    """Drafts whose audience the segment narrows, or a block of which is for it alone. Drafts are few; what was sent has
    the rule in its snapshot."""
    drafts = Edition.objects.filter(status=Edition.Status.DRAFT).select_related("newsletter")
    with_blocks = set(drafts.filter(items__only_segment=segment_id).values_list("pk", flat=True))
    chosen = drafts.exclude(include_segments=[], exclude_segments=[]) | drafts.filter(pk__in=with_blocks)
    return [
        each
        for each in chosen
        if each.pk in with_blocks or segment_id in (*each.include_segments, *each.exclude_segments)
    ]
