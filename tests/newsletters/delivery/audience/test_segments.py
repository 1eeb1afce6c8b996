"""Segments narrow an edition's audience: what is counted, sampled and frozen is one and the same, approved with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from newsletters.delivery.audience.counting import count_audience
from newsletters.delivery.audience.sampling import sample_readers
from newsletters.editions import approval_state, editing, preflight, snapshot
from newsletters.editions.drafts import Draft, draft_of
from newsletters.editions.fingerprint import fingerprint
from newsletters.editions.segments import drafts_with
from newsletters.models import Edition
from newsletters.rendering.content import EditionContent
from subscribers.attributes import holding
from subscribers.models import Attribute, Segment, Subscriber
from subscribers.segments import counting
from tests.factories import make_article, make_attribute, make_edition, make_list, make_newsletter, make_reader, start
from tests.newsletters.delivery.audience.test_agreement import frozen_members

pytestmark = pytest.mark.django_db
CITIES = {"oslo": "Oslo", "bergen": "Bergen", "nowhere": None, "both": "Oslo"}


@pytest.fixture
def edition() -> Edition:
    make_attribute("city")
    newsletter = make_newsletter(make_list())
    press = holding.get_or_create_tag("press")
    for name, city in CITIES.items():
        reader = make_reader(newsletter.mailing_list, email=f"{name}@example.org")
        holding.write_values(reader.pk, {"city": city})
        if name in {"both", "nowhere"}:
            holding.set_tags(reader.pk, [press])
    holding.write_values(make_reader(make_list(), email="elsewhere@example.org").pk, {"city": "Oslo"})
    make_segment("Oslo", {"field": "attribute.city", "is": "is", "value": "Oslo"})
    make_segment("Not Oslo", {"field": "attribute.city", "is": "is_not", "value": "Oslo"})
    make_segment("Press", {"field": "tag", "is": "is", "value": press.pk})
    return make_edition(newsletter, articles=[make_article()])


def make_segment(name: str, *conditions: dict[str, Any]) -> Segment:
    return Segment.objects.create(name=name, slug=name.lower().replace(" ", "-"), rule={"all": list(conditions)})


def narrow(edition: Edition, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> Edition:
    ids = dict(Segment.objects.values_list("name", "pk"))
    draft = replace(
        draft_of(edition),
        include_segments=tuple(ids[name] for name in include),
        exclude_segments=tuple(ids[name] for name in exclude),
    )
    return editing.save(edition.pk, draft, revision=edition.revision)


@pytest.mark.parametrize(
    ("include", "exclude", "names"),
    [
        ((), (), {"oslo", "bergen", "nowhere", "both"}),
        (("Oslo",), (), {"oslo", "both"}),
        (("Not Oslo",), (), {"bergen", "nowhere"}),
        (("Oslo", "Press"), (), {"oslo", "both", "nowhere"}),
        ((), ("Press",), {"oslo", "bergen"}),
        (("Oslo",), ("Press",), {"oslo"}),
        (("Oslo",), ("Not Oslo", "Press"), {"oslo"}),
        (("Press",), ("Oslo", "Not Oslo"), set()),
    ],
)
def test_the_number_shown_is_the_number_frozen(
    edition: Edition, include: tuple[str, ...], exclude: tuple[str, ...], names: set[str]
) -> None:
    wanted = Subscriber.objects.filter(email__in=[f"{name}@example.org" for name in names])
    ids = set(wanted.values_list("pk", flat=True))
    edition = narrow(edition, include, exclude)
    content = snapshot.of_edition(edition)
    assert EditionContent.from_json(content.to_json()) == content
    assert count_audience(content).reached == len(names)
    assert set(sample_readers(content)[None]) == ids
    if names:
        edition = start(edition)
        assert set(frozen_members(edition)) == ids
        assert edition.candidates == len(ids)


def test_a_sample_that_takes_too_long_is_given_up(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    content = snapshot.of_edition(narrow(edition, ("Oslo",)))
    monkeypatch.setattr(counting, "LONGEST_COUNT", -1)
    with pytest.raises(counting.TooSlow, match="Counting takes longer than"):
        sample_readers(content)


def test_what_was_sent_keeps_its_rule_whatever_becomes_of_the_segment(edition: Edition) -> None:
    edition = narrow(edition, ("Oslo",))
    content = snapshot.of_edition(edition)
    Segment.objects.all().delete()
    assert count_audience(content).reached == 2


def test_choosing_segments_or_changing_one_ends_an_approval_and_says_why(edition: Edition) -> None:
    before = snapshot.of_edition(edition)
    narrowed = snapshot.of_edition(narrow(edition, ("Oslo",)))
    assert fingerprint(before) != fingerprint(narrowed)
    assert [*approval_state.name_changes(before.to_json(), narrowed.to_json())] == ["the segments it goes to"]
    Segment.objects.filter(name="Oslo").update(rule={"not": [{"field": "tag", "is": "empty"}]})
    edition.refresh_from_db()
    assert fingerprint(snapshot.of_edition(edition)) != fingerprint(narrowed)


def test_without_segments_a_content_and_a_draft_are_stored_as_before(edition: Edition) -> None:
    assert not {"include", "exclude"} & set(snapshot.of_edition(edition).to_json())
    assert set(draft_of(edition).to_json()) == {"subject", "preheader", "introduction", "blocks"}
    assert Draft.from_json(draft_of(edition).to_json()) == draft_of(edition)


@pytest.mark.parametrize("how", ["deleted", "attribute gone"])
def test_a_segment_that_cannot_be_asked_stops_the_edition_and_never_widens_it(edition: Edition, how: str) -> None:
    edition = narrow(edition, (), ("Oslo",))
    if how == "deleted":
        Segment.objects.filter(name="Oslo").delete()
    else:
        Attribute.objects.all().delete()
    found = count_audience(snapshot.of_edition(edition))
    assert (found.reached, bool(found.problem)) == (0, True)
    blocking = [each.code for each in preflight.check(edition) if each.blocking and each.field == "audience"]
    assert blocking == ["segments"]


def test_undo_takes_the_choice_back_and_a_deletion_can_be_told_where_it_is_used(edition: Edition) -> None:
    segment = Segment.objects.get(name="Oslo")
    edition = narrow(edition, ("Oslo",))
    assert drafts_with(segment.pk) == [edition]
    edition = editing.undo(edition.pk, revision=edition.revision)
    assert edition.include_segments == []
    assert drafts_with(segment.pk) == []


def test_the_page_of_the_audience_chooses_and_the_composer_keeps_it(admin_client: Client, edition: Edition) -> None:
    oslo, press = Segment.objects.get(name="Oslo"), Segment.objects.get(name="Press")
    page = reverse("admin:newsletters_edition_audience", args=[edition.pk])
    assert f'name="segment-{oslo.pk}"' in admin_client.get(page).content.decode()
    data = {"revision": edition.revision, f"segment-{oslo.pk}": "include", f"segment-{press.pk}": "exclude"}
    choosing = reverse("admin:newsletters_edition_audience_segments", args=[edition.pk])
    answer = admin_client.post(choosing, data, follow=True)
    text = answer.content.decode()
    assert "Right now it would reach 1 reader" in text
    assert "Only readers in: Oslo." in text
    assert "Without readers in: Press." in text
    edition.refresh_from_db()
    assert (edition.include_segments, edition.exclude_segments) == ([oslo.pk], [press.pk])
    saved = {"revision": edition.revision, "subject": "Another", "preheader": "", "introduction": ""}
    admin_client.post(reverse("admin:newsletters_edition_change", args=[edition.pk]), saved)
    edition.refresh_from_db()
    assert edition.subject == "Another"
    assert (edition.include_segments, edition.exclude_segments) == ([oslo.pk], [press.pk])
    admin_client.post(reverse("admin:newsletters_edition_copy", args=[edition.pk]))
    copy = Edition.objects.order_by("-pk").first()
    assert copy is not None
    assert copy.pk != edition.pk
    assert (copy.include_segments, copy.exclude_segments) == ([oslo.pk], [press.pk])


def test_of_two_who_choose_the_second_is_told(admin_client: Client, edition: Edition) -> None:
    oslo = Segment.objects.get(name="Oslo")
    address = reverse("admin:newsletters_edition_audience_segments", args=[edition.pk])
    narrow(edition, ("Press",))
    answer = admin_client.post(address, {"revision": edition.revision, f"segment-{oslo.pk}": "include"}, follow=True)
    assert "Someone else saved this edition" in answer.content.decode()
    edition.refresh_from_db()
    assert edition.include_segments == [Segment.objects.get(name="Press").pk]
