"""What is no rule is said in a sentence. What is not there any more means nobody, and never everybody."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.models import Attribute, Tag
from subscribers.segments.compiling import check_rule, people_in
from subscribers.segments.rules import DEEPEST, MOST_CONDITIONS, BadRule, Group, parse_rule
from tests.factories import make_attribute, make_subscriber

IS_OSLO = {"field": "attribute.city", "is": "is", "value": "Oslo"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([IS_OSLO]),
    lambda each: (
        st.lists(each, max_size=3)
        | st.dictionaries(st.sampled_from(["all", "any", "not", "field", "is", "value", "x"]), each, max_size=3)
    ),
)


@given(JSON)
def test_anything_is_a_rule_that_comes_back_or_a_sentence(data: Any) -> None:
    try:
        rule = parse_rule(data)
    except BadRule as problem:
        assert str(problem).endswith(".")
    else:
        assert parse_rule(rule.to_json()) == rule


def nested(depth: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"all": [IS_OSLO]}
    for _level in range(depth - 1):
        rule = {"not": [rule]}
    return rule


def test_groups_are_nested_so_deep_and_no_deeper() -> None:
    parse_rule(nested(DEEPEST))
    for depth in (DEEPEST + 1, 900):
        with pytest.raises(BadRule, match="8 deep"):
            parse_rule(nested(depth))


def test_a_rule_has_so_many_conditions_and_no_more() -> None:
    half = {"any": [IS_OSLO] * (MOST_CONDITIONS // 2)}
    parse_rule({"all": [half, half]})
    for too_many in ({"all": [half, half, IS_OSLO]}, {"all": [half] * 1000}):
        with pytest.raises(BadRule, match="100 conditions"):
            parse_rule(too_many)


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "attribute.city", "is": "is"},
        {"field": "attribute.city", "is": "is", "value": "  "},
        {"field": "attribute.city", "is": "at_least", "value": "Oslo"},
        {"field": "attribute.gone", "is": "empty"},
        {"field": "password", "is": "is", "value": "x"},
        {"field": "attribute.age", "is": "at_least", "value": "old"},
        {"field": "attribute.age", "is": "at_least", "value": "1" * 500},
        {"field": "attribute.born", "is": "before", "value": "2023-02-31"},
        {"field": "attribute.born", "is": "in_last", "value": 0},
        {"field": "attribute.born", "is": "in_last", "value": "9" * 30},
        {"field": "joined", "is": "after", "value": True},
        {"field": "list", "is": "confirmed", "value": 4711},
        {"field": "list", "is": "confirmed", "value": "1 OR 1=1"},
        {"field": "language", "is": "is", "value": "xx"},
    ],
)
@pytest.mark.django_db
def test_what_cannot_be_asked_means_nobody_and_says_why(condition: dict[str, Any]) -> None:
    make_attribute("city")
    make_attribute("age", "number")
    make_attribute("born", "date")
    for data in ({"all": [condition]}, {"not": [condition]}):
        with pytest.raises(BadRule) as problem:
            people_in(parse_rule(data))
        assert str(problem.value).endswith(".")
        assert len(str(problem.value)) < 250


@pytest.mark.django_db
def test_what_is_typed_in_a_form_becomes_what_is_stored() -> None:
    make_attribute("age", "number")
    make_attribute("member", "yes_no")
    tag = Tag.objects.create(name="press", slug="press")
    typed = [
        {"field": "attribute.age", "is": "at_least", "value": "18"},
        {"field": "attribute.member", "is": "is", "value": "True"},
        {"field": "tag", "is": "is", "value": str(tag.pk)},
        {"field": "joined", "is": "in_last", "value": "30"},
    ]
    stored = check_rule(parse_rule({"all": typed})).to_json()["all"]
    assert [each["value"] for each in stored] == [18, True, tag.pk, 30]
    assert stored[1]["value"] is True


@pytest.mark.django_db
def test_a_condition_on_what_was_deleted_means_nobody() -> None:
    make_subscriber()
    attribute = make_attribute("city")
    rule: Group = parse_rule({"not": [IS_OSLO]})
    assert people_in(rule).count() == 1
    Attribute.objects.filter(pk=attribute.pk).delete()
    with pytest.raises(BadRule, match="no field “attribute"):
        people_in(rule)
