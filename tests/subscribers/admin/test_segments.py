"""The builder of a segment as somebody uses it without a script: every button is a plain POST of the whole form."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from subscribers.attributes import holding
from subscribers.models import MailingList, Segment, Subscriber
from subscribers.segments import counting
from subscribers.segments.rules import DEEPEST, MOST_CONDITIONS
from tests.factories import make_attribute, make_list, make_subscriber, make_subscription

pytestmark = pytest.mark.django_db
ADD = "/admin/subscribers/segment/add/"


@pytest.fixture
def weekly() -> MailingList:
    weekly = make_list(name="Weekly")
    make_attribute("city")
    for name, city in (("ann", "Oslo"), ("bob", "Bergen"), ("cy", None)):
        person = make_subscriber(f"{name}@example.org")
        make_subscription(person, weekly)
        holding.write_values(person.pk, {"city": city})
    return weekly


def fields_of(page: Any) -> dict[str, Any]:
    """What a browser would send of the form: hidden inputs, texts, and what is selected."""
    html = re.search(r'<form method="post" id="segment-form".*?</form>', page.content.decode(), re.DOTALL)
    assert html
    data: dict[str, Any] = {"node": re.findall(r'name="node" value="([^"]*)"', html[0])}
    for tag in re.findall(r"<input[^>]*>", html[0]):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] not in {"node", "_save", "csrfmiddlewaretoken"}:
            data[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', html[0], re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options) or re.search(
            r'<option value="([^"]*)"', options
        )
        data[name] = chosen[1] if chosen else ""
    return data


def count_on(page: Any) -> int | None:
    found = re.search(r'iria-segment-count">([\d,]+)<', page.content.decode())
    return int(found[1].replace(",", "")) if found else None


def test_a_rule_is_built_by_buttons_counted_and_saved(admin_client: Client, weekly: MailingList) -> None:
    form = fields_of(admin_client.get(ADD))
    assert form["node"] == ["r.0"]
    form |= {"name": "Not in Oslo", "is-r.0": "confirmed", "value-r.0": str(weekly.pk)}
    page = admin_client.post(ADD, form | {"_add_group": "r"})
    assert count_on(page) is None  # the new condition is not finished
    form = fields_of(page)
    assert form["node"] == ["r.0", "r.1", "r.1.0"]
    page = admin_client.post(ADD, form | {"how-r.1": "not", "field-r.1.0": "attribute.city", "_update": "1"})
    form = fields_of(page)
    assert form["is-r.1.0"] == "is"  # the first of the new field's own
    page = admin_client.post(ADD, form | {"value-r.1.0": "oslo", "_update": "1"})
    assert count_on(page) == 2
    assert "bob@example.org" in page.content.decode()
    assert "ann@example.org" not in page.content.decode()
    page = admin_client.post(ADD, fields_of(page) | {"_save": "Save"}, follow=True)
    segment = Segment.objects.get()
    assert (segment.name, segment.slug) == ("Not in Oslo", "not-in-oslo")
    assert segment.created_by is not None
    assert segment.rule == {
        "all": [
            {"field": "list", "is": "confirmed", "value": weekly.pk},
            {"not": [{"field": "attribute.city", "is": "is", "value": "oslo"}]},
        ]
    }
    assert count_on(page) == 2
    form = fields_of(page)
    change = reverse("admin:subscribers_segment_change", args=[segment.pk])
    page = admin_client.post(change, form | {"_remove": "r.1"})
    assert count_on(page) == 3
    segment.refresh_from_db()
    assert len(segment.rule["all"]) == 2  # nothing is written before Save


def test_what_is_not_finished_is_said_beside_its_condition_and_nothing_is_lost(
    admin_client: Client, weekly: MailingList
) -> None:
    form = fields_of(admin_client.get(ADD)) | {"name": "Half", "description": "kept", "_save": "Save"}
    page = admin_client.post(ADD, form)
    assert page.status_code == 422
    assert "Choose a value for “Mailing list”." in page.content.decode()
    assert fields_of(page)["description"] == "kept"
    page = admin_client.post(ADD, form | {"_remove": "r.0"})
    page = admin_client.post(ADD, fields_of(page) | {"_save": "Save"})
    assert "This group is empty" in page.content.decode()
    assert not Segment.objects.exists()


@pytest.mark.parametrize(
    "hostile",
    [
        {"node": ["r.0"] * 900},
        {"node": [f"r.{number}" for number in range(900)]},
        {"node": ["r" + ".0" * depth for depth in range(1, 500)]},
        {"node": ["x", "r.0.0", "../r", "r.-1", "r.99999"]},
        {"node": ["r.0"], "how-r.0": "drop", "how-r": "table"},
        {"node": ["r.0"], "field-r.0": "password", "is-r.0": "is", "value-r.0": "x" * 100_000},
        {"node": ["r.0"], "field-r.0": "list", "is-r.0": "confirmed", "value-r.0": "\x00"},
        {"_add_group": "r.7.7", "_remove": "r"},
    ],
)
def test_a_form_that_no_browser_sends_is_answered(admin_client: Client, hostile: dict[str, Any]) -> None:
    for button in ("_update", "_save", "_add_condition"):
        page = admin_client.post(ADD, {"name": "x", button: "r", **hostile})
        assert page.status_code in {200, 422}
        assert len(fields_of(page)["node"]) <= 200
    assert not Segment.objects.exists()


def test_groups_can_be_nested_as_deep_as_a_rule_and_no_deeper(admin_client: Client, weekly: MailingList) -> None:
    page, path = admin_client.get(ADD), "r"
    for depth in range(1, DEEPEST):
        assert f'name="_add_group" value="{path}"' in page.content.decode()
        page = admin_client.post(ADD, fields_of(page) | {"_add_group": path})
        path += ".1"
        assert path.count(".") == depth
        path = path if f'value="{path}.0"' in page.content.decode() else ""
        assert path
    assert f'name="_add_group" value="{path}"' not in page.content.decode()


def test_why_somebody_is_in_it_or_not(admin_client: Client, weekly: MailingList) -> None:
    rule = {"all": [{"field": "attribute.city", "is": "is_not", "value": "Oslo"}]}
    segment = Segment.objects.create(name="Elsewhere", slug="elsewhere", rule=rule)
    page = reverse("admin:subscribers_segment_change", args=[segment.pk])
    assert "isn't in the saved segment" in admin_client.get(page, {"address": "Ann@example.org"}).content.decode()
    told = admin_client.get(page, {"address": "cy@example.org"}).content.decode()
    assert "is in the saved segment" in told
    assert "City is not Oslo" in told
    assert "nothing there" in told
    assert (
        "There is no subscriber no@example.org"
        in admin_client.get(page, {"address": "no@example.org"}).content.decode()
    )


def test_the_list_of_people_is_filtered_by_a_segment_and_a_tag(admin_client: Client, weekly: MailingList) -> None:
    rule = {"all": [{"field": "attribute.city", "is": "is", "value": "Oslo"}]}
    Segment.objects.create(name="Oslo", slug="oslo", rule=rule)
    people = reverse("admin:subscribers_subscriber_changelist")
    shown = admin_client.get(people, {"segment": "oslo"}).content.decode()
    assert "ann@example.org" in shown
    assert "bob@example.org" not in shown
    person = make_subscriber("dee@example.org")
    holding.set_tags(person.pk, [holding.get_or_create_tag("Press")])
    shown = admin_client.get(people, {"tag": "press"}).content.decode()
    assert "dee@example.org" in shown
    assert "ann@example.org" not in shown
    Segment.objects.update(rule={"all": [{"field": "attribute.gone", "is": "empty"}]})
    shown = admin_client.get(people, {"segment": "oslo"}).content.decode()
    assert "There is no field" in shown
    assert "ann@example.org" not in shown


def test_who_may_not_change_segments_cannot(client: Client, django_user_model: Any, weekly: MailingList) -> None:
    client.force_login(django_user_model.objects.create_user("x", is_staff=True))
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"name": "x", "_update": "1"}).status_code == 403


def test_a_rule_that_takes_too_long_to_count_says_so_and_can_be_saved(
    admin_client: Client, weekly: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is made to wait by the rule itself: a hundred searches within everybody's texts."""
    Subscriber.objects.bulk_create(
        Subscriber(email=f"p{at}@example.org", email_key=f"p{at}@example.org", attributes={"city": "x" * 200})
        for at in range(3000)
    )
    rule = {"any": [{"field": "attribute.city", "is": "contains", "value": f"y{at}"} for at in range(MOST_CONDITIONS)]}
    segment = Segment.objects.create(name="Slow", slug="slow", rule=rule)
    page = reverse("admin:subscribers_segment_change", args=[segment.pk])
    assert count_on(admin_client.get(page)) == 0
    monkeypatch.setattr(counting, "LONGEST_COUNT", 0.02)
    shown = admin_client.get(page)
    assert shown.status_code == 200
    assert "Counting takes longer than" in shown.content.decode()
    assert count_on(shown) is None
    with pytest.raises(CommandError, match="Counting takes longer than"):
        call_command("segments", "count", "slow")
    monkeypatch.undo()
    assert count_on(admin_client.get(page)) == 0  # the limit is gone with the question
