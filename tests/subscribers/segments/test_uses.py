"""A segment's use of a tag is found however the rule says the tag's number."""

from __future__ import annotations

import pytest

from subscribers.attributes import holding
from subscribers.models import Segment
from subscribers.segments.uses import segments_asking

pytestmark = pytest.mark.django_db


def test_a_number_that_a_rule_says_as_text_is_the_same_number() -> None:
    press, donor = (holding.get_or_create_tag(name) for name in ("press", "donor"))

    def make(name: str, value: object) -> None:
        rule = {"all": [{"field": "tag", "is": "is", "value": value}]}
        Segment.objects.create(name=name, slug=name.lower(), rule=rule)

    make("Number", press.pk)
    make("Text", str(press.pk))
    make("Yes", True)  # which is 1 to Python, and no tag
    make("Gone", 10**6)
    make("Broken", ["x"])
    assert [segment.name for segment in segments_asking("tag", press.pk)] == ["Number", "Text"]
    assert segments_asking("tag", donor.pk) == []
    assert len(segments_asking("tag")) == 4  # all that can be read, whatever they compare with
