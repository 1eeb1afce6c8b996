"""Segments of people who opened and clicked: of editions that count by reader, by people alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletters.articles import tracking_notice
from newsletters.delivery.engine import freezing
from newsletters.delivery.ledger.segment_fields import WAS_SENT
from newsletters.events.clicks import engagement
from newsletters.events.clicks.segment_fields import OF_AN_EDITION
from newsletters.models import Agent, Article, CountedLink, Delivery, Edition, Newsletter, ReaderCount
from newsletters.models.deliveries import Outcome
from subscribers.models import Subscriber
from subscribers.segments.compiling import people_in
from subscribers.segments.explaining import explain
from subscribers.segments.rules import parse_rule
from tests.factories import (
    make_article,
    make_edition,
    make_list,
    make_newsletter,
    make_page,
    make_reader,
    make_topic,
    queue,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsletter() -> Newsletter:
    make_page(body=f"<p>{tracking_notice.sentence('en')}</p>")
    return make_newsletter(make_list(), tracking=Newsletter.Tracking.READER)


@pytest.fixture
def readers(newsletter: Newsletter) -> list[Subscriber]:
    return [make_reader(newsletter.mailing_list) for _ in range(4)]


def sent(newsletter: Newsletter, readers: Sequence[Subscriber], articles: Sequence[Article] = ()) -> Edition:
    edition = queue(make_edition(newsletter, articles=articles or [make_article()]))
    assert freezing.start(edition.pk)
    chunk = edition.chunks.get()
    Delivery.objects.bulk_create(
        Delivery(
            edition=edition, subscriber_id=reader.pk, chunk=chunk, fence=1, variant=1, outcome=Outcome.ACCEPTED,
            settled_at=timezone.now(),
        )
        for reader in readers
    )  # fmt: skip
    return edition


def did(
    edition: Edition, reader: Subscriber, kind: str = "o", *, days: int = 0, links: int = 0, rule: str = ""
) -> None:
    at = timezone.now() - timedelta(days=days)
    agent, _created = Agent.objects.get_or_create(name="Firefox")
    ReaderCount.objects.create(
        edition=edition, subscriber_id=reader.pk, kind=kind, agent=agent, rule=rule, rules=2, times=1, first_at=at,
        last_at=at, links=links,
    )  # fmt: skip
    engagement.recount([reader.pk])


def people(field: str, operator: str, value: Any) -> set[Subscriber]:
    """In each place of a rule the same."""
    one = {"field": field, "is": operator, "value": value}
    nobody = {"field": "language", "is": "is", "value": "ar"}
    found = set(people_in(parse_rule({"all": [one]})))
    assert set(people_in(parse_rule({"any": [one, nobody]}))) == found
    assert set(people_in(parse_rule({"not": [one]}))) == set(Subscriber.objects.all()) - found
    for person in Subscriber.objects.all():
        assert explain(parse_rule({"all": [one]}), person).holds == (person in found)
    return found


def test_who_opened_and_clicked_lately(newsletter: Newsletter, readers: list[Subscriber]) -> None:
    ada, bea, cem, dora = readers
    edition = sent(newsletter, readers)
    did(edition, ada, days=2)
    did(edition, bea, "c", days=20, links=2)
    did(edition, cem, rule="apple")
    assert people("opened", "in_last", 7) == {ada}
    assert people("opened", "not_in_last", 7) == {bea, cem, dora}
    assert people("clicked", "in_last", 30) == {bea}
    assert people("clicked", "in_last", 7) == set()


def test_who_was_sent_an_edition_and_did_not_click(newsletter: Newsletter, readers: list[Subscriber]) -> None:
    ada, bea, cem, _dora = readers
    edition = sent(newsletter, readers[:3])
    did(edition, ada)
    did(edition, bea, "c", links=2)
    did(edition, cem, "c", links=2, rule="early")
    assert people("edition_read", "opened", edition.pk) == {ada, bea}
    assert people("edition_read", "clicked", edition.pk) == {bea}
    assert people("edition_read", "not_opened", edition.pk) == {cem}
    assert people("edition_read", "not_clicked", edition.pk) == {ada, cem}


def test_who_opened_none_of_the_last_editions(newsletter: Newsletter, readers: list[Subscriber]) -> None:
    ada, bea, cem, dora = readers
    first, second, third = (sent(newsletter, readers[:3]) for _ in range(3))
    did(first, ada)
    did(third, bea)
    did(second, cem, rule="gmail")
    sent(make_newsletter(newsletter.mailing_list), [dora])
    assert people("unopened", "none_of", 1) == {ada, cem}
    assert people("unopened", "none_of", 2) == {ada, cem}
    assert people("unopened", "none_of", 3) == {cem}
    assert people("unopened", "none_of", 4) == set()


def test_editions_in_a_row_go_by_when_they_began_and_as_long_as_counts_are_kept(
    newsletter: Newsletter, readers: list[Subscriber]
) -> None:
    ada, bea, *_rest = readers
    begun_last, begun_first, long_ago = (sent(newsletter, [ada, bea]) for _ in range(3))
    for edition, days in ((begun_last, 1), (begun_first, 20), (long_ago, 400)):
        Edition.objects.filter(pk=edition.pk).update(frozen_at=timezone.now() - timedelta(days=days))
    did(begun_first, ada)
    assert people("unopened", "none_of", 1) == {ada, bea}
    assert people("unopened", "none_of", 2) == {bea}
    assert people("unopened", "none_of", 3) == set()  # whether anybody opened the third isn't known any more


def test_choosing_an_edition_reads_none_of_their_content(newsletter: Newsletter, readers: list[Subscriber]) -> None:
    edition = sent(newsletter, readers)
    for field in (OF_AN_EDITION, WAS_SENT):
        assert field.choices is not None
        with CaptureQueriesContext(connection) as captured:
            assert [pk for pk, _words in field.choices()] == [edition.pk]
        (query,) = captured.captured_queries
        assert "snapshot" not in query["sql"]


def test_who_clicked_an_article_on_a_topic(newsletter: Newsletter, readers: list[Subscriber]) -> None:
    ada, bea, cem, dora = readers
    sea, land = make_topic(), make_topic()
    at_sea, on_land = make_article(topics=[sea]), make_article(topics=[land])
    edition = sent(newsletter, readers, [at_sea, on_land])
    number = {link.article_id: link.number for link in CountedLink.objects.filter(article__isnull=False)}
    did(edition, ada, "c", links=1 << number[at_sea.pk])
    did(edition, bea, "c", links=1 << number[at_sea.pk] | 1 << number[on_land.pk])
    did(edition, cem, "c", links=1 << number[at_sea.pk], rule="early")
    assert people("clicked_topic", "is", sea.pk) == {ada, bea}
    assert people("clicked_topic", "is", land.pk) == {bea}
    assert people("clicked_topic", "is_not", sea.pk) == {cem, dora}
    told = explain(parse_rule({"all": [{"field": "clicked_topic", "is": "is", "value": sea.pk}]}), ada).parts[0].told
    assert sea.name in told
    assert people("clicked_topic", "is", make_topic().pk) == set()
