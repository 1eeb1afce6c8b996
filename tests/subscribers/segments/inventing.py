"""People with something of everything that a rule can ask about, and rules about them."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from django.utils import timezone
from hypothesis import strategies as st

from subscribers.attributes import holding
from subscribers.models import ConsentRecord, Subscriber
from subscribers.segments.attribute_fields import PREFIX
from subscribers.segments.fields import RuleField, Takes, Vocabulary
from subscribers.segments.own_fields import own_fields
from subscribers.segments.rules import Condition, Group
from tests.factories import make_attribute, make_list, make_subscriber, make_subscription, make_topic

TEXTS = [
    "Oslo",
    "oslo",
    "Österreich",
    "ÖSTERREICH",
    "القاهرة",
    "100%",
    "a_b",
    "\\",
    "'",
    "is",
    "null",
    "true",
    '"7"',
    "İZMİR",
    "ΟΔΟΣ",
]
NUMBERS = [-3, 0, 1, 1.5, 42, 1e12, 0.1, 10**15]
ZONES = ["UTC", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati"]


def make_people() -> list[Subscriber]:
    """Sixty, the same each time, with something of everything that can be asked, and without."""
    chance = Random(13)
    topics = [make_topic() for _ in range(2)]
    lists = [make_list(topics=topics), make_list(topics=topics[:1]), make_list()]
    make_attribute("city")
    make_attribute("age", "number")
    make_attribute("born", "date")
    make_attribute("member", "yes_no")
    make_attribute("plan", "choice", choices=["Basic", "Pro"])
    make_attribute("a__gte")  # what Django would take for a lookup
    tags = [holding.get_or_create_tag(name) for name in ("press", "donor")]
    now = timezone.now()
    made = []
    for _number in range(60):
        person = make_subscriber()
        for mailing_list in lists:
            if chance.random() < 0.6:
                status = chance.choice(["pending", "held", "confirmed", "left"])
                chosen = chance.choice([[], topics, topics[:1]])
                make_subscription(person, mailing_list, status=status, topics=chosen)
        today = timezone.localdate()
        values: dict[str, Any] = {
            "city": chance.choice([None, *TEXTS]),
            "a__gte": chance.choice([None, "Oslo"]),
            "age": chance.choice([None, *NUMBERS]),
            "born": chance.choice([None, *((today - timedelta(days=days)).isoformat() for days in (-1, 0, 1, 2, 900))]),
            "member": chance.choice([None, True, False]),
            "plan": chance.choice([None, "Basic", "Pro", "Gone"]),
        }
        holding.write_values(person.pk, values)
        holding.set_tags(person.pk, [tag for tag in tags if chance.random() < 0.4])
        Subscriber.objects.filter(pk=person.pk).update(
            language=chance.choice(["", "en", "ar"]),
            time_zone=chance.choice(["", "Europe/Oslo", "Africa/Cairo"]),
            is_suppressed=chance.random() < 0.3,
            paused_until=chance.choice([None, now - timedelta(days=1), now + timedelta(days=1)]),
            created_at=now - timedelta(days=chance.choice([0, 1, 2, 900]), minutes=chance.randrange(1440)),
        )
        for source in chance.sample(list(ConsentRecord.Source), chance.randrange(3)):
            ConsentRecord.objects.create(
                subscriber=person, address_hash="x", action=chance.choice(list(ConsentRecord.Action)), source=source
            )
        made.append(person.pk)
    return list(Subscriber.objects.filter(pk__in=made))


def every_value(field: RuleField, takes: Takes) -> list[Any]:
    today = timezone.localdate()
    match takes:
        case Takes.NOTHING:
            return [None]
        case Takes.CHOICE:
            return [value for value, _words in field.choices()]
        case Takes.DAYS:
            return [1, 2, 3, 400, 36_500]
        case Takes.DATE:
            return [(today - timedelta(days=days)).isoformat() for days in (-1, 0, 1, 900)]
        case Takes.NUMBER:
            return NUMBERS
        case _:
            return [*TEXTS, "O", "ö", "Europe/", "Europe/Oslo"]


def judged_fields(vocabulary: Vocabulary) -> list[RuleField]:
    """Those about which `naive` says a second time what they mean. What floors above register (who was sent, opened or
    clicked something) has tests of its own."""
    own = {field.name for field in own_fields()}
    return [field for field in vocabulary.fields.values() if field.name in own or field.name.startswith(PREFIX)]


def rules(vocabulary: Vocabulary) -> st.SearchStrategy[Group]:
    """Read once: what is drawn must not depend on the order in which a database gives rows."""
    kinds = [
        (field.name, operator.name, sorted(every_value(field, operator.takes), key=repr))
        for field in judged_fields(vocabulary)
        for operator in field.operators
    ]
    conditions = st.sampled_from([kind for kind in kinds if kind[2]]).flatmap(
        lambda kind: st.sampled_from(kind[2]).map(lambda value: Condition(kind[0], kind[1], value))
    )

    def group(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Group]:
        return st.builds(
            Group, st.sampled_from(["all", "any", "not"]), st.lists(parts, min_size=1, max_size=4).map(tuple)
        )

    return group(st.recursive(conditions, group, max_leaves=12))


def depth(part: Group | Condition) -> int:
    return 1 + max(map(depth, part.parts)) if isinstance(part, Group) else 0
