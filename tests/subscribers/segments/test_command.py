"""`manage.py segments`, as a script and as a person use it."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from subscribers.attributes import holding
from subscribers.models import Segment
from tests.factories import make_attribute, make_list, make_subscriber, make_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def segment() -> Segment:
    weekly = make_list(name="Weekly")
    make_attribute("city")
    for number, city in enumerate(("Oslo", "Bergen", None)):
        person = make_subscriber(f"p{number}@example.org")
        make_subscription(person, weekly)
        holding.write_values(person.pk, {"city": city})
    rule = {
        "all": [
            {"field": "list", "is": "confirmed", "value": weekly.pk},
            {"field": "attribute.city", "is": "is_not", "value": "oslo"},
        ]
    }
    return Segment.objects.create(name="Out of town", slug="out-of-town", rule=rule)


def run(*arguments: str) -> Any:
    out = StringIO()
    call_command("segments", *arguments, stdout=out)
    return json.loads(out.getvalue()) if "--json" in arguments else out.getvalue()


def test_count_counts_who_lacks_the_value_too(segment: Segment) -> None:
    assert run("count", segment.slug, "--json") == {"segment": "out-of-town", "people": 2}
    assert run("count", segment.slug) == "Out of town: 2 people\n"


def test_explain_says_yes_or_no_at_each_condition(segment: Segment) -> None:
    assert run("explain", segment.slug, "P0@EXAMPLE.org", "--json") == {
        "segment": "out-of-town",
        "address": "p0@example.org",
        "in": False,
        "why": {
            "holds": False,
            "all": [
                {"holds": True, "condition": "Mailing list is subscribed to Weekly", "person": "Weekly: confirmed"},
                {"holds": False, "condition": "City is not oslo", "person": "Oslo"},
            ],
        },
    }
    assert run("explain", segment.slug, "p2@example.org") == (
        "p2@example.org is in Out of town:\n  ✓ All of these:\n"
        "    ✓ Mailing list is subscribed to Weekly (Weekly: confirmed)\n    ✓ City is not oslo (nothing there)\n"
    )


def test_list_names_them(segment: Segment) -> None:
    assert run("list", "--json") == [{"slug": "out-of-town", "name": "Out of town", "description": ""}]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("count", "nowhere"), "no segment “nowhere”"),
        (("count",), "no segment"),
        (("explain", "out-of-town", "nobody@example.org"), "no subscriber “nobody@example.org”"),
        (("explain", "out-of-town"), "Whose address"),
    ],
)
def test_what_cannot_be_answered_is_a_sentence(segment: Segment, arguments: tuple[str, ...], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        run(*arguments)


def test_a_rule_that_asks_for_what_is_gone_says_so(segment: Segment) -> None:
    Segment.objects.update(rule={"all": [{"field": "attribute.gone", "is": "empty"}]})
    with pytest.raises(CommandError, match="Out of town: There is no field"):
        run("count", segment.slug)
