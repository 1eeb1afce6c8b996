"""Who sees a block, where no segment says it: those who follow a topic, or have a value of an attribute.

Each becomes what a segment is in the content of an edition: a number, a name and a rule as it was. The number is made
of what is asked, so that it is the same from save to save, and lies above those of segments.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from django.utils.translation import gettext as _

from newsletters.editions.drafts import Block
from newsletters.rendering.content import SegmentContent
from subscribers.attributes.values import BadValue, in_words, parse
from subscribers.models import Attribute, Topic
from subscribers.segments.attribute_fields import PREFIX
from subscribers.segments.rules import Condition, Group

TOPIC = "topic"
_ABOVE_SEGMENTS = 10**15
_BYTES = 6  # of the digest: below 3 * 10**14


def condition_id(field: str, value: str) -> int:
    """The number that stands for it in the content."""
    said = blake2b(f"{field}={value}".encode(), digest_size=_BYTES)
    return _ABOVE_SEGMENTS + int.from_bytes(said.digest(), "big")


def only_of(block: Block) -> int:
    """The number of the readers that a block is for; 0: everybody."""
    if block.only_field:
        return condition_id(block.only_field, block.only_value)
    return block.only_segment or 0


def read_conditions(blocks: Iterable[Block]) -> tuple[SegmentContent, ...]:
    """Those of these blocks that ask for no segment, each once. A query for topics and one for attributes, and none
    where there are none."""
    asked = sorted({(block.only_field, block.only_value) for block in blocks if block.only_field})
    topic_ids = [int(value) for field, value in asked if field == TOPIC and value.isdecimal()]
    keys = [field.removeprefix(PREFIX) for field, _value in asked if field.startswith(PREFIX)]
    topics = Topic.objects.in_bulk(topic_ids) if topic_ids else {}
    attributes = {each.key: each for each in Attribute.objects.filter(key__in=keys)} if keys else {}
    return tuple(
        _topic(field, value, topics.get(int(value)) if value.isdecimal() else None)
        if field == TOPIC
        else _attribute(field, value, attributes.get(field.removeprefix(PREFIX)))
        for field, value in asked
    )


def _topic(field: str, value: str, topic: Topic | None) -> SegmentContent:
    number = condition_id(field, value)
    if topic is None:
        return SegmentContent(number, _("a topic that was deleted"), None)
    rule = Group("all", (Condition(TOPIC, "follows", topic.pk),))
    return SegmentContent(number, _("Topic: %s") % topic.name, rule)


def _attribute(field: str, value: str, attribute: Attribute | None) -> SegmentContent:
    """Without a rule where the value isn't one of the attribute's any more."""
    number = condition_id(field, value)
    if attribute is None:
        return SegmentContent(number, _("an attribute that was deleted"), None)
    try:
        meant = parse(attribute, value)
    except BadValue:
        meant = None
    words = {"attribute": attribute.name, "value": value if meant is None else in_words(attribute, meant)}
    rule = None if meant is None else Group("all", (Condition(field, "is", meant),))
    return SegmentContent(number, _("%(attribute)s: %(value)s") % words, rule)
