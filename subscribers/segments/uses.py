"""What uses what: an attribute or a tag that a segment asks about is not deleted, nor is a segment that an edition goes
to. Floors above register what of theirs uses segments."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from subscribers.models import Segment
from subscribers.segments.fields import Vocabulary
from subscribers.segments.rules import BadRule, Condition, parse_rule

Uses = Callable[[int], Sequence[str]]  # of a segment, by its id: the names of what uses it
_registered: list[Uses] = []


def register_uses(uses: Uses) -> None:
    if uses not in _registered:
        _registered.append(uses)


def uses_of(segment_id: int) -> list[str]:
    return [name for uses in _registered for name in uses(segment_id)]


def segments_asking(field: str, value: int | None = None) -> list[Segment]:
    """Those with a condition on this field; with this value, where one is given."""
    known = Vocabulary()
    return [segment for segment in Segment.objects.all() if _asks(segment, field, value, known)]


def _asks(segment: Segment, field: str, value: int | None, known: Vocabulary) -> bool:
    try:
        conditions = list(parse_rule(segment.rule).conditions())
    except BadRule:
        return False
    about = [each for each in conditions if each.field == field]
    return bool(about) if value is None else any(_value_of(each, known) == value for each in about)


def _value_of(condition: Condition, known: Vocabulary) -> object:
    """As it is compared: a rule may say a number as text, as a form sends it."""
    try:
        return known.check(condition).value
    except BadRule:  # about what isn't there any more
        return None
