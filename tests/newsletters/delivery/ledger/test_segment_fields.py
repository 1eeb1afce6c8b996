"""Segments ask who was sent an edition: accepted, and nothing else."""

from __future__ import annotations

import pytest
from django.utils import timezone

from newsletters.models import Chunk, Delivery
from newsletters.models.deliveries import Outcome
from subscribers import merging
from subscribers.segments.compiling import people_in
from subscribers.segments.explaining import explain
from subscribers.segments.rules import parse_rule
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader, start

pytestmark = pytest.mark.django_db


def test_who_was_sent_an_edition_and_everybody_else() -> None:
    newsletter = make_newsletter(make_list())
    readers = [make_reader(newsletter.mailing_list) for _ in range(3)]
    edition = start(make_edition(newsletter, articles=[make_article()]))
    chunk = Chunk.objects.get(edition=edition)
    for reader, outcome in zip(readers, (Outcome.ACCEPTED, Outcome.REJECTED), strict=False):
        Delivery.objects.create(
            edition=edition, subscriber_id=reader.pk, chunk=chunk, fence=1, variant=1, outcome=outcome,
            settled_at=timezone.now(),
        )  # fmt: skip
    was = parse_rule({"all": [{"field": "edition", "is": "is", "value": edition.pk}]})
    was_not = parse_rule({"all": [{"field": "edition", "is": "is_not", "value": edition.pk}]})
    assert set(people_in(was)) == {readers[0]}
    assert set(people_in(was_not)) == set(readers[1:])
    assert str(edition) in explain(was, readers[0]).parts[0].told
    assert not explain(was, readers[2]).holds


def test_what_somebody_was_sent_goes_with_them_when_they_are_merged() -> None:
    newsletter = make_newsletter(make_list())
    former, kept, other, sent_nothing = (make_reader(newsletter.mailing_list) for _ in range(4))
    edition = start(make_edition(newsletter, articles=[make_article()]))
    chunk = Chunk.objects.get(edition=edition)
    for reader in (former, other):
        Delivery.objects.create(
            edition=edition, subscriber_id=reader.pk, chunk=chunk, fence=1, variant=1, outcome=Outcome.ACCEPTED,
            settled_at=timezone.now(),
        )  # fmt: skip
    merging.merge(kept, former, note="one person")
    was = {"field": "edition", "is": "is", "value": edition.pk}
    was_not = {**was, "is": "is_not"}
    empty = {"field": "language", "is": "is", "value": "ar"}
    for condition, expected in ((was, {kept, other}), (was_not, {sent_nothing})):
        for rule in ({"all": [condition]}, {"any": [condition, empty]}, {"not": [{"not": [condition]}]}):
            assert set(people_in(parse_rule(rule))) == expected
        others = {kept, other, sent_nothing} - expected
        assert set(people_in(parse_rule({"not": [condition]}))) == others
    explained = explain(parse_rule({"all": [was]}), kept)
    assert explained.holds
    assert str(edition) in explained.parts[0].told
