"""For random rules as an edition's segments, included, excluded and of its blocks: the number shown is the number that
is sent, for every viewer and in every zone, and it is what plain Python says."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletters.delivery.audience.counting import count_for_page
from newsletters.delivery.audience.sampling import sample_readers
from newsletters.editions import snapshot
from newsletters.models import Edition, EditionItem, Institute
from subscribers.models import MailingList, Segment, Subscriber, Subscription, Topic
from subscribers.segments import counting
from subscribers.segments.fields import Vocabulary
from subscribers.segments.rules import DEEPEST, Group
from tests.factories import make_article, make_edition, make_newsletter, start
from tests.lib.test_table_statistics import analyse_empty_tables
from tests.newsletters.delivery.audience.test_agreement import frozen_members
from tests.subscribers.segments.inventing import ZONES, depth, make_people, rules
from tests.subscribers.segments.naive import applies

pytestmark = pytest.mark.django_db


def make_segments(some: list[Group]) -> list[int]:
    names = [f"Random {Segment.objects.count() + at}" for at, _rule in enumerate(some)]
    made = [
        Segment.objects.create(name=name, slug=name.replace(" ", "-"), rule=rule.to_json())
        for name, rule in zip(names, some, strict=True)
    ]
    return [each.pk for each in made]


def confirmed_and_meant(people: list[Subscriber], list_id: int, include: list[Group], exclude: list[Group]) -> set[int]:
    now = timezone.now()
    rows = Subscription.objects.filter(mailing_list=list_id, status="confirmed", subscriber__in=people)
    confirmed = set(rows.values_list("subscriber_id", flat=True))
    return {
        person.pk
        for person in people
        if person.pk in confirmed
        and (not include or any(applies(rule, person, now) for rule in include))
        and not any(applies(rule, person, now) for rule in exclude)
    }


@pytest.mark.timeout(300)
def test_the_number_shown_is_frozen_and_is_what_python_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "LONGEST_COUNT", 100.0)  # Django alone takes seconds for SQL of such rules
    analyse_empty_tables(make_people)
    people = make_people()
    # Frequencies of some, so that digests set readers aside as well.
    some = [*Subscription.objects.order_by("pk").values_list("pk", flat=True)][::5]
    Subscription.objects.filter(pk__in=some).update(frequency="weekly", frequency_set_at=timezone.now())
    newsletter = make_newsletter(MailingList.objects.order_by("pk")[0])
    topic = Topic.objects.order_by("pk")[0]
    institute = Institute.objects.create(name="Institute")
    # PostgreSQL took minutes for two of the deepest each, where it believed the tables to be empty.
    segments = st.lists(rules(Vocabulary()).filter(lambda rule: depth(rule) <= DEEPEST), max_size=2)

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(segments, segments, segments, st.sampled_from(ZONES), st.sampled_from(ZONES))
    def check(
        include: list[Group], exclude: list[Group], of_blocks: list[Group], of_the_institute: str, of_who_looks: str
    ) -> None:
        Institute.objects.filter(pk=institute.pk).update(zone=of_the_institute)
        edition = make_edition(newsletter, articles=[make_article(topics=[topic])])
        EditionItem.objects.bulk_create(
            EditionItem(edition=edition, kind="text", html=f"<p>{at}</p>", position=at + 2, only_segment=segment)
            for at, segment in enumerate(make_segments(of_blocks))
        )
        Edition.objects.filter(pk=edition.pk).update(
            include_segments=make_segments(include), exclude_segments=make_segments(exclude)
        )
        edition.refresh_from_db()
        with timezone.override(ZoneInfo(of_who_looks)):
            content = snapshot.of_edition(edition)
            shown = count_for_page(content)
            sampled = sample_readers(content, at_most=100)
        assert {reason: len(ids) for reason, ids in sampled.items() if ids} == {
            reason: number for reason, number in [(None, shown.reached), *shown.excluded.items()] if number
        }
        expected = confirmed_and_meant(people, newsletter.mailing_list_id, include, exclude)
        assert set(sampled[None]) <= expected
        if not shown.reached:
            return
        edition = start(edition)
        assert set(frozen_members(edition)) == expected
        assert edition.candidates == len(expected)
        assert edition.candidates - edition.set_aside == shown.reached

    check()
