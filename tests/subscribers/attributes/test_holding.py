"""What a person has: written without losing what others wrote, and gone with an erasure."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from subscribers.attributes import holding
from subscribers.erasure import erase
from subscribers.models import Subscriber, Tag, TaggedSubscriber
from tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def test_a_new_person_has_no_values() -> None:
    assert Subscriber.objects.get(pk=make_subscriber().pk).attributes == {}


def test_writing_leaves_other_values_alone_and_none_takes_away() -> None:
    person = make_subscriber()
    assert holding.write_values(person.pk, {"city": "Oslo", "age": 41})
    assert holding.write_values(person.pk, {"city": None, "member": True})
    person.refresh_from_db()
    assert person.attributes == {"age": 41, "member": True}


def test_the_same_again_is_no_change_but_one_isnt_true() -> None:
    person = make_subscriber()
    holding.write_values(person.pk, {"x": 1})
    assert not holding.write_values(person.pk, {"x": 1})
    assert not holding.write_values(person.pk, {"y": None})
    assert holding.write_values(person.pk, {"x": True})


@pytest.mark.parametrize("spelling", ["press", " PRESS ", "Press", "Ｐress"])
def test_a_tag_is_one_however_it_is_spelled(spelling: str) -> None:
    tag = holding.get_or_create_tag("Press")
    assert holding.get_or_create_tag(spelling) == tag
    with pytest.raises(IntegrityError), transaction.atomic():
        Tag.objects.create(name=spelling, slug="another")


def test_tags_of_signs_alone_have_addresses_of_their_own() -> None:
    slugs = {holding.get_or_create_tag(name).slug for name in ("!", "?", "Ünïon", "union", "新聞")}
    assert slugs == {"tag", "tag-2", "union", "union-2", "新聞"}


def test_set_tags_is_all_that_a_person_has() -> None:
    person = make_subscriber()
    one, two, three = (holding.get_or_create_tag(name) for name in ("one", "two", "three"))
    holding.set_tags(person.pk, [one, two])
    holding.set_tags(person.pk, [two, three])
    holding.add_tags(person.pk, [three.pk])
    assert {tag.name for tag in person.tags.all()} == {"two", "three"}


def test_an_erasure_takes_attributes_and_tags_with_it() -> None:
    person = make_subscriber()
    holding.write_values(person.pk, {"city": "Oslo"})
    holding.set_tags(person.pk, [holding.get_or_create_tag("press")])
    erase(person, note="asked", by="anna")
    assert not TaggedSubscriber.objects.exists()
    assert not Subscriber.objects.exists()
    assert Tag.objects.count() == 1
