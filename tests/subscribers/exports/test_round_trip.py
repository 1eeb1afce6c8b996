"""What is exported comes back to the same state, whatever people are called and did; and no spreadsheet runs it."""

from __future__ import annotations

import csv
import json
import tempfile
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from subscribers import suppression
from subscribers.attributes.holding import add_tags, get_or_create_tag
from subscribers.models import (
    Attribute,
    ConsentRecord,
    MailingList,
    Segment,
    Subscriber,
    Subscription,
    Suppression,
    Topic,
)
from subscribers.signup.double_opt_in import clean_name
from tests.factories import make_list, make_reader, make_subscriber, make_subscription, make_topic
from tests.subscribers.imports.bringing import bring

pytestmark = pytest.mark.django_db
WORDS = st.one_of(
    st.sampled_from(
        ["=1+1", "+49 30", "-x", "@ada", "'=x", '"a";"b"', "a,b;c|d", "[1]", '{"a": 1}', "ليلى", "a\u00a0\u2003b", ""]
    ),
    st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), max_size=20),
)
PERSON = st.fixed_dictionaries(
    {
        "name": WORDS,
        "language": st.sampled_from(["", "en", "ar"]),
        "city": WORDS,
        "age": st.one_of(st.none(), st.integers(-10, 200), st.just(1.5)),
        "fan": st.one_of(st.none(), st.booleans()),
        "tags": st.lists(st.sampled_from(["Press", "old, but gold", "=tag", "مهم"]), unique=True, max_size=3),
        "lists": st.dictionaries(st.sampled_from(["one", "two"]), st.sampled_from(["pending", "confirmed", "left"])),
        "topics": st.lists(st.sampled_from([0, 1]), unique=True),
        "suppressed": st.sampled_from(["", "", "", "bounce", "complaint", "staff"]),
        "paused": st.booleans(),
    }
)


def state() -> dict[str, Any]:
    people = {}
    for person in Subscriber.objects.prefetch_related("tags", "subscriptions__selection__topics"):
        on = {
            each.mailing_list.slug: (
                each.status, [topic.slug for topic in each.topic_list()], each.confirmed_at, each.unsubscribed_at,
                each.requested_at if each.status == "confirmed" else None,
            )
            for each in person.subscriptions.all()
        }  # fmt: skip
        people[person.email] = (
            person.name, person.language, person.attributes, sorted(tag.name for tag in person.tags.all()), on,
            person.is_suppressed, person.paused_until, person.created_at, person.time_zone,
        )  # fmt: skip
    return {"people": people, "suppressed": dict(Suppression.objects.values_list("email", "reason"))}


def make_person(number: int, facts: dict[str, Any], topics: list[Topic]) -> None:
    at = datetime(2021, 2, 3, 4, 5, number, 6, tzinfo=UTC)
    held = {"city": facts["city"].strip(), "age": facts["age"], "fan": facts["fan"]}
    person = make_subscriber(f"reader{number}@example.org", name=clean_name(facts["name"]))
    Subscriber.objects.filter(pk=person.pk).update(
        language=facts["language"], created_at=at, time_zone="Asia/Kathmandu" if facts["paused"] else "",
        attributes={key: value for key, value in held.items() if value not in {None, ""} or value is False},
        paused_until=at + timedelta(days=9000) if facts["paused"] else None,
    )  # fmt: skip
    add_tags(person.pk, [get_or_create_tag(name).pk for name in facts["tags"]])
    for slug, status in facts["lists"].items():
        chosen = [topics[index] for index in facts["topics"]]
        make_subscription(person, MailingList.objects.get(slug=slug), status=status, topics=chosen, at=at)
    if facts["suppressed"]:
        suppression.suppress(person.email, reason=Suppression.Reason(facts["suppressed"]))


def export(path: Path, *options: str) -> None:
    call_command("export_people", str(path), *options, stdout=StringIO())


def empty_everything() -> None:
    ConsentRecord.objects.update(subscriber=None)
    Subscriber.objects.all().delete()
    Suppression.objects.all().delete()


@pytest.mark.slow
@settings(max_examples=12, phases=[Phase.explicit, Phase.generate])
@given(people=st.lists(PERSON, min_size=1, max_size=4), kind=st.sampled_from(["people.csv", "people.jsonl"]))
def test_an_export_comes_back_to_the_same_state(people: list[dict[str, Any]], kind: str) -> None:
    with transaction.atomic(), tempfile.TemporaryDirectory() as folder:
        topics = [make_topic(name="Middle East"), make_topic(name="US")]
        for slug in ("one", "two"):
            make_list(name=slug, slug=slug, topics=topics)
        Attribute.objects.create(key="city", name="City")
        Attribute.objects.create(key="age", name="Age", kind="number")
        Attribute.objects.create(key="fan", name="Fan", kind="yes_no")
        for number, facts in enumerate(people):
            make_person(number, facts, topics)
        suppression.suppress("alone@example.org", reason=Suppression.Reason.BOUNCE)
        before = state()
        export(Path(folder) / kind)
        empty_everything()
        report = bring(Path(folder) / kind, "--consent", "proven", to="one")
        assert report["refused"] == 0, report["refused_rows"]
        after = state()
        assert report["system"] == "Iria"
        assert after == before
        again = bring(Path(folder) / kind, "--consent", "proven", "--overwrite", to="one")
        assert (again["new"], again["changed"]) == (0, 0)
        assert state() == before
        transaction.set_rollback(True)


def test_a_list_alone_is_exported_and_only_its_owner_can_read_the_file(tmp_path: Path, iria_news: MailingList) -> None:
    make_reader(iria_news, email="ada@example.org")
    make_reader(make_list(slug="other"), email="bob@example.org")
    export(tmp_path / "people.jsonl", "--list", "iria-news")
    rows = [json.loads(line) for line in (tmp_path / "people.jsonl").read_text().splitlines()]
    assert [row["email"] for row in rows] == ["ada@example.org"]
    assert rows[0]["subscriptions"][0]["status"] == "confirmed"
    assert (tmp_path / "people.jsonl").stat().st_mode & 0o077 == 0


def test_a_segment_alone_is_exported(tmp_path: Path, iria_news: MailingList) -> None:
    ada, _bob = make_reader(iria_news, email="ada@example.org"), make_reader(iria_news, email="bob@example.org")
    add_tags(ada.pk, [get_or_create_tag("Press").pk])
    rule = {"all": [{"field": "tag", "is": "is", "value": str(get_or_create_tag("Press").pk)}]}
    Segment.objects.create(name="Press", slug="press", rule=rule)
    export(tmp_path / "people.jsonl", "--segment", "press")
    rows = [json.loads(line) for line in (tmp_path / "people.jsonl").read_text().splitlines()]
    assert [row["email"] for row in rows] == ["ada@example.org"]
    Segment.objects.update(rule={"all": [{"field": "nothing like this", "is": "has"}]})
    with pytest.raises(CommandError, match="Nothing was written"):
        export(tmp_path / "people.jsonl", "--segment", "press")


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    make_subscriber("ada@example.org", name="=HYPERLINK(1)")
    export(tmp_path / "people.csv")
    (_names, row) = csv.reader(StringIO((tmp_path / "people.csv").read_text("utf-8-sig")))
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    assert "'=HYPERLINK(1)" in row


def test_a_thousand_people_cost_no_more_queries_a_batch(
    tmp_path: Path, iria_news: MailingList, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        make_reader(iria_news, email=f"reader{number}@example.org")
    with django_assert_max_num_queries(12):
        export(tmp_path / "people.csv", "--list", "iria-news")


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("a.xlsx", (), "in .csv or in .jsonl"),
        ("a.csv", ("--list", "no"), "no mailing list"),
        ("no/a.csv", (), "written"),
    ],
)
def test_what_cannot_be_exported_is_said(tmp_path: Path, name: str, options: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        export(tmp_path / name, *options)


def test_statuses_of_a_subscription_are_all_known() -> None:
    """A new one needs a place in the order of the export."""
    from subscribers.exports.rows import _ORDER

    assert set(_ORDER) == set(Subscription.Status)
