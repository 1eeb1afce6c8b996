"""What the database says of a rule is what plain Python says of it, for random people and random rules; and the
explanation says the same. On each database that the tests run on."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletters.models import Institute
from subscribers.models import Subscriber
from subscribers.segments.compiling import check_rule, people_in
from subscribers.segments.counting import count
from subscribers.segments.explaining import explain
from subscribers.segments.fields import Vocabulary
from subscribers.segments.rules import DEEPEST, BadRule, Condition, Group, parse_rule
from tests.factories import make_list
from tests.subscribers.segments.inventing import ZONES, depth, every_value, judged_fields, make_people, rules
from tests.subscribers.segments.naive import applies

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[Subscriber]:
    return make_people()


def test_the_database_and_plain_python_agree(people: list[Subscriber]) -> None:
    now, institute = timezone.now(), Institute.objects.create(name="Institute")

    every_rule = rules(Vocabulary()).filter(lambda rule: depth(rule) <= DEEPEST)

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(every_rule, st.sampled_from(ZONES), st.sampled_from(ZONES))
    def check(rule: Group, of_the_institute: str, of_who_looks: str) -> None:
        Institute.objects.update_or_create(pk=institute.pk, defaults={"zone": of_the_institute})
        assert check_rule(rule) == rule == parse_rule(rule.to_json())
        expected = {person.pk for person in people if applies(rule, person, now)}
        with timezone.override(ZoneInfo(of_who_looks)):
            assert set(people_in(rule, now).values_list("pk", flat=True)) == expected
            assert count(rule, now) == len(expected)
            for person in people[:2]:
                assert explain(rule, person, now).holds == (person.pk in expected)

    check()


def test_each_condition_alone_and_its_opposite(people: list[Subscriber]) -> None:
    """Also those that chance leaves out. `not` of a condition is everybody else: nobody is lost between the two."""
    now, vocabulary = timezone.now(), Vocabulary()
    for field in judged_fields(vocabulary):
        for operator in field.operators:
            for value in every_value(field, operator.takes):
                condition = Condition(field.name, operator.name, value)
                found = set(people_in(Group("all", (condition,)), now).values_list("pk", flat=True))
                others = set(people_in(Group("not", (condition,)), now).values_list("pk", flat=True))
                assert found == {person.pk for person in people if applies(condition, person, now)}, condition
                assert found | others == {person.pk for person in people}
                assert not found & others


def test_the_last_day_and_the_first_can_be_asked_and_no_earlier_one(people: list[Subscriber]) -> None:
    Institute.objects.create(name="Institute", zone="Asia/Tokyo")
    answers = {("before", "9999-12-31"): 60, ("after", "9999-12-31"): 0, ("after", "1000-01-01"): 60}
    for (operator, day), expected in answers.items():
        assert count(parse_rule({"all": [{"field": "joined", "is": operator, "value": day}]})) == expected
    with pytest.raises(BadRule, match="enter a date"):
        people_in(parse_rule({"all": [{"field": "joined", "is": "before", "value": "0001-01-01"}]}))


def test_true_is_no_number_of_a_list(people: list[Subscriber]) -> None:
    make_list()
    with pytest.raises(BadRule, match="isn't there any more"):
        people_in(parse_rule({"all": [{"field": "list", "is": "confirmed", "value": True}]}))


def test_the_day_somebody_joined_is_told_as_it_is_compared(people: list[Subscriber]) -> None:
    Institute.objects.create(name="Institute", zone="Asia/Tokyo")
    person = people[0]
    Subscriber.objects.filter(pk=person.pk).update(created_at=datetime(2025, 3, 31, 20, 0, tzinfo=UTC))
    person.refresh_from_db()
    explained = explain(parse_rule({"all": [{"field": "joined", "is": "after", "value": "2025-03-31"}]}), person)
    assert explained.holds
    assert explained.parts[0].told == "1 April 2025"
