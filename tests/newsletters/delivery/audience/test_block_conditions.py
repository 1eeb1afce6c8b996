"""Blocks for those who follow a topic or have a value of an attribute, and for the others instead: the mail of each,
and what somebody sees who isn't a reader."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client, override_settings

from newsletters.delivery.audience.counting import count_audience
from newsletters.editions import preflight, snapshot
from newsletters.editions.conditions import TOPIC
from newsletters.editions.drafts import Block, Draft, draft_of
from newsletters.models import Edition, Variant
from subscribers.models import Attribute, Subscriber, Topic
from tests.factories import make_attribute, make_edition, make_list, make_newsletter, make_reader, make_topic, start
from tests.newsletters.delivery.audience.test_agreement import frozen_members
from tests.newsletters.delivery.audience.test_block_segments import save, text

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
WORDS = ("for all", "on ships", "without ships", "in Oslo", "elsewhere")


def with_condition(words: str, field: str, value: str, *, others: bool = False) -> Block:
    return replace(text(words), only_field=field, only_value=value, is_for_others=others)


@pytest.fixture
def ships() -> Topic:
    return make_topic(name="Ships")


@pytest.fixture
def city() -> Attribute:
    return make_attribute("city")


@pytest.fixture
def edition(ships: Topic, city: Attribute) -> Edition:
    newsletter = make_newsletter(make_list(topics=[ships, make_topic(name="Grain")]))
    return save(
        make_edition(newsletter),
        text("for all"),
        with_condition("on ships", TOPIC, str(ships.pk)),
        with_condition("without ships", TOPIC, str(ships.pk), others=True),
        with_condition("in Oslo", "attribute.city", "oslo"),
        with_condition("elsewhere", "attribute.city", "oslo", others=True),
    )


def readers_of(edition: Edition, ships: Topic) -> dict[Subscriber, set[str]]:
    """Each with what they are to read beside what is for all."""
    mailing_list = edition.newsletter.mailing_list
    grain = Topic.objects.get(name="Grain")
    found = {
        make_reader(mailing_list): {"on ships", "elsewhere"},  # follows everything
        make_reader(mailing_list, topics=[ships]): {"on ships", "in Oslo"},
        make_reader(mailing_list, topics=[grain]): {"without ships", "in Oslo"},
        make_reader(mailing_list, topics=[grain, ships]): {"on ships", "elsewhere"},
    }
    for reader, theirs in found.items():
        reader.attributes = {"city": "Oslo" if "in Oslo" in theirs else "Bergen"}
        reader.save()
    return found


def said_in(part: str) -> set[str]:
    return {words for words in WORDS if f"{words}<" in part or words in map(str.strip, part.splitlines())}


def test_each_reader_gets_one_or_the_other_in_both_parts(edition: Edition, ships: Topic) -> None:
    readers = readers_of(edition, ships)
    assert count_audience(snapshot.of_edition(edition)).variants == 3
    members = frozen_members(start(edition))
    for reader, theirs in readers.items():
        variant = Variant.objects.get(edition=edition, number=members[reader.pk])
        assert said_in(variant.text) == said_in(variant.html) == {"for all"} | theirs


def test_who_is_not_a_reader_sees_what_is_for_the_others(edition: Edition, ships: Topic, client: Client) -> None:
    readers_of(edition, ships)
    shown = client.get(start(edition).get_absolute_url()).content.decode()
    assert said_in(shown) == {"for all", "without ships", "elsewhere"}


def test_a_condition_is_approved_as_it_was(edition: Edition, ships: Topic) -> None:
    content = snapshot.of_edition(edition)
    assert [each.name for each in content.block_segments] == ["City: oslo", "Topic: Ships"]
    ships.name = "Vessels"
    ships.save()
    assert [each.id for each in snapshot.of_edition(edition).block_segments] == [
        each.id for each in content.block_segments
    ]
    assert Draft.from_json(draft_of(edition).to_json()) == draft_of(edition)
    assert {"only_field", "only_value", "is_for_others"}.isdisjoint(draft_of(edition).to_json()["blocks"][0])


@pytest.mark.parametrize("gone", ["topic", "attribute", "value"])
def test_what_is_not_there_any_more_blocks(edition: Edition, ships: Topic, city: Attribute, gone: str) -> None:
    if gone == "topic":
        ships.delete()
    elif gone == "attribute":
        city.delete()
    else:
        Attribute.objects.update(kind="number")
    found = [each for each in preflight.check(edition) if each.code == "block_segments"]
    assert found and all(each.blocking and each.message.startswith("It is only for ") for each in found)


def test_what_nobody_sees_is_said(edition: Edition, ships: Topic) -> None:
    make_reader(edition.newsletter.mailing_list)
    said = [each.message for each in preflight.check(edition) if each.code == "block_for_nobody"]
    assert said == [
        "Nobody who gets this edition is in “City: oslo”, so nobody sees what is only for that segment.",
        "Everybody who gets this edition is in “Topic: Ships”, so nobody sees what is for the others.",
    ]


def test_too_many_different_emails_are_counted_and_cost_something(edition: Edition, ships: Topic) -> None:
    readers_of(edition, ships)
    assert "many_variants" not in {each.code for each in preflight.check(edition)}
    with override_settings(MOST_VARIANTS=2):
        (finding,) = [each for each in preflight.check(edition) if each.code == "many_variants"]
    assert not finding.blocking
    assert finding.message == (
        "Readers get 3 different emails, by their topics and by who sees which block; more than 2 are a lot. Each is "
        "prepared before the first one leaves and kept with the edition: together that takes less than a minute of "
        "a worker and 0.1 MB."
    )
