"""Attributes and tags in the admin: defined, and edited on a person's page by their kind."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from subscribers.attributes import holding
from subscribers.models import Attribute, Segment, Subscriber, Tag
from tests.factories import make_attribute, make_subscriber

pytestmark = pytest.mark.django_db
ADD = "/admin/subscribers/attribute/add/"
ACCESS = {"readers_may": "nothing", "staff_may": "write", "api_may": "write", "imports_may": "write", "position": "100"}


def defined(client: Client, **typed: str) -> str:
    page = client.post(ADD, {"name": "City", "key": "city", "kind": "text", "choices": ""} | ACCESS | typed)
    return "" if page.status_code == 302 else page.content.decode()


def test_an_attribute_is_defined_with_its_choices(admin_client: Client) -> None:
    assert defined(admin_client, key="plan", kind="choice", choices="Basic\n\n  Pro  plus\n") == ""
    plan = Attribute.objects.get()
    assert plan.choices == ["Basic", "Pro plus"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"key": "email"}, "already means something else"),
        ({"key": "first_name"}, "already means something else"),
        ({"key": "unsubscribe_url"}, "already means something else"),
        ({"key": "City"}, "Use a small letter first"),
        ({"key": "a\n"}, ""),
        ({"key": "1a"}, "Use a small letter first"),
        ({"kind": "choice"}, "Enter the choices"),
        ({"kind": "choice", "choices": "A\na"}, "only be there once"),
    ],
)
def test_what_cannot_be_defined_is_said(admin_client: Client, typed: dict[str, str], says: str) -> None:
    answer = defined(admin_client, **typed)
    assert says in answer.replace("&#39;", "&#x27;")
    assert not says or not Attribute.objects.exists()
    assert all(each.key == each.key.strip() for each in Attribute.objects.all())


def test_there_are_a_hundred_attributes_at_most(admin_client: Client) -> None:
    for number in range(100):
        make_attribute(f"a{number}")
    assert "which is the most" in defined(admin_client)


@pytest.fixture
def person() -> Subscriber:
    make_attribute("city")
    make_attribute("age", "number")
    make_attribute("born", "date")
    make_attribute("member", "yes_no")
    make_attribute("plan", "choice", choices=["Basic", "Pro"])
    make_attribute("score", "number", staff_may="see")
    make_attribute("secret", staff_may="nothing")
    person = make_subscriber("ann@example.org")
    holding.write_values(person.pk, {"score": 7, "secret": "hidden away", "plan": "Gone"})
    return person


def form_of(client: Client, person: Subscriber) -> tuple[str, dict[str, Any]]:
    address = reverse("admin:subscribers_subscriber_change", args=[person.pk])
    page = client.get(address)
    form = page.context["adminform"].form
    data = {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
    for prefix in ("subscriptions", "consent_records"):
        data |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    return address, {name: value for name, value in data.items() if value is not None}


def test_values_are_edited_by_kind_and_tags_by_name(admin_client: Client, person: Subscriber) -> None:
    address, data = form_of(admin_client, person)
    assert "attribute_secret" not in data
    page = admin_client.get(address).content.decode()
    assert "hidden away" not in page
    data |= {
        "attribute_city": " Oslo ", "attribute_age": "41", "attribute_born": "1984-02-29", "attribute_member": "no",
        "attribute_score": "999", "tags": "Press, donor,  PRESS ,",
    }  # fmt: skip
    assert admin_client.post(address, data).status_code == 302
    person.refresh_from_db()
    assert person.attributes == {
        "city": "Oslo", "age": 41, "born": "1984-02-29", "member": False, "score": 7, "secret": "hidden away",
        "plan": "Gone",
    }  # fmt: skip
    assert [tag.name for tag in person.tags.all()] == ["Press", "donor"]
    address, data = form_of(admin_client, person)
    assert data["tags"] == "Press, donor"
    assert admin_client.post(address, data | {"attribute_city": "", "tags": "press"}).status_code == 302
    person.refresh_from_db()
    assert "city" not in person.attributes
    assert [tag.name for tag in person.tags.all()] == ["Press"]
    assert Tag.objects.count() == 2


def test_what_is_no_value_is_said_beside_its_field(admin_client: Client, person: Subscriber) -> None:
    address, data = form_of(admin_client, person)
    page = admin_client.post(address, data | {"attribute_age": "old", "tags": "x" * 81})
    assert page.status_code == 200
    errors = page.context["adminform"].form.errors
    assert set(errors) == {"attribute_age", "tags"}
    person.refresh_from_db()
    assert "age" not in person.attributes


def test_deleting_an_attribute_takes_its_values_from_everybody(admin_client: Client, person: Subscriber) -> None:
    attribute = Attribute.objects.get(key="secret")
    other = make_subscriber()
    address = reverse("admin:subscribers_attribute_delete", args=[attribute.pk])
    assert admin_client.post(address, {"post": "yes"}).status_code == 302
    person.refresh_from_db()
    assert person.attributes == {"score": 7, "plan": "Gone"}
    assert Subscriber.objects.get(pk=other.pk).attributes == {}


def test_what_a_segment_asks_about_is_not_deleted(admin_client: Client, person: Subscriber) -> None:
    tag = holding.get_or_create_tag("Press")
    conditions = [{"field": "attribute.city", "is": "empty"}, {"field": "tag", "is": "is", "value": tag.pk}]
    Segment.objects.create(name="s", slug="s", rule={"any": conditions})
    for kind, pk in (("attribute", Attribute.objects.get(key="city").pk), ("tag", tag.pk)):
        assert admin_client.post(f"/admin/subscribers/{kind}/{pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin_client.get("/admin/subscribers/tag/").status_code == 200


def test_a_tag_is_renamed_and_stays_the_same_tag(admin_client: Client) -> None:
    tag, other = holding.get_or_create_tag("press"), holding.get_or_create_tag("donor")
    address = reverse("admin:subscribers_tag_change", args=[tag.pk])
    assert admin_client.post(address, {"name": "PRESS"}).status_code == 302
    page = admin_client.post(address, {"name": "Donor"})
    assert "already a tag of this name" in page.content.decode()
    tag.refresh_from_db()
    assert (tag.name, tag.slug, Tag.objects.count()) == ("PRESS", "press", 2)
    assert other.name == "donor"


@pytest.mark.parametrize(
    ("kind", "typed", "default"),
    [
        ("text", " your  city ", "your city"), ("number", "1,5", 1.5), ("date", "3.3.2026", "2026-03-03"),
        ("yes_no", "no", False), ("choice", "pro", "Pro"), ("text", "", None),
    ],
)  # fmt: skip
def test_a_default_for_emails_is_a_value_of_the_kind(admin_client: Client, kind: str, typed: str, default: Any) -> None:
    assert defined(admin_client, kind=kind, choices="Pro" if kind == "choice" else "", default=typed) == ""
    attribute = Attribute.objects.get()
    assert attribute.default == default
    page = admin_client.get(reverse("admin:subscribers_attribute_change", args=[attribute.pk])).content.decode()
    assert 'name="default"' in page


def test_a_default_of_another_kind_is_refused(admin_client: Client) -> None:
    assert "a number" in defined(admin_client, kind="number", default="many")
    assert not Attribute.objects.exists()
