"""Bounces, complaints and deliveries in the report: by kind, a person once, at the same age, and never a false zero."""

from __future__ import annotations

from itertools import count

import pytest

from newsletters.models import Delivery, Edition, Feedback, Newsletter, RawEvent, RecipientGroups
from newsletters.models.deliveries import Outcome, Reported
from newsletters.reports.measures import Coverage, Level
from newsletters.reports.tables import edition_rows
from tests.factories import make_list, make_newsletter, make_reader
from tests.newsletters.reports.test_edition_report import HOUR, found
from tests.newsletters.reports.test_figures import DAY, NOW, sent

pytestmark = pytest.mark.django_db
Kind = Feedback.Kind
KEYS = count(1)


@pytest.fixture
def newsletter() -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list)
    return make_newsletter(mailing_list)


def came_back(edition: Edition, kind: Feedback.Kind, person: int, *, hours: int = 1, source: str = "mail") -> Feedback:
    assert edition.frozen_at
    return Feedback.objects.create(
        source=source, key=str(next(KEYS)), kind=kind, edition=edition, subscriber_id=person,
        at=edition.frozen_at + hours * HOUR,
    )  # fmt: skip


def test_where_nothing_ever_came_back_nobody_says_that_nothing_bounced(newsletter: Newsletter) -> None:
    edition = sent(newsletter, NOW - DAY, accepted=90, rejected=10)
    came_back(edition, Kind.HARD, 1, source="smtp")  # said while it was spoken to: rejected, and no bounce
    report = found(edition)
    for key in ("bounced", "complaints", "delivered"):
        assert (report.measure(key).count, report.measure(key).coverage) == (None, Coverage.NO)


def test_where_something_came_back_before_none_is_zero(newsletter: Newsletter) -> None:
    edition = sent(newsletter, NOW - DAY, accepted=100)
    RawEvent.objects.create(source="mail", digest="1", body=b"", size=0, received_at=NOW, due_at=NOW)
    report = found(edition)
    assert (report.measure("bounced").count, report.measure("complaints").count) == (0, 0)
    assert report.measure("complaints").level == Level.GOOD


def test_bounces_are_counted_by_kind_and_a_person_once(newsletter: Newsletter) -> None:
    edition = sent(newsletter, NOW - DAY, recipients=1000, accepted=990, rejected=10)
    for kind, person in ((Kind.SOFT, 1), (Kind.SOFT, 1), (Kind.HARD, 1), (Kind.FULL, 2), (Kind.COMPLAINT, 3)):
        came_back(edition, kind, person)
    undone = came_back(edition, Kind.COMPLAINT, 4)
    Feedback.objects.filter(pk=undone.pk).update(undone_at=NOW)
    came_back(edition, Kind.HARD, 9, source="smtp")
    report = found(edition)
    counts = {m.key: m.count for m in report.measures if m.key.startswith(("bounced", "complaints"))}
    assert counts == {"bounced": 2, "bounced_hard": 1, "bounced_full": 1, "bounced_soft": 1, "complaints": 1}
    assert report.measure("bounced").share == 0.002
    assert report.measure("complaints").level == Level.HIGH  # one of 990


def test_bounces_stand_beside_earlier_editions_at_the_same_age(newsletter: Newsletter) -> None:
    for days, early, late in ((40, 1, 5), (30, 3, 5), (20, 4, 0)):
        before = sent(newsletter, NOW - days * DAY, accepted=100)
        for person in range(early):
            came_back(before, Kind.HARD, person)
        for person in range(100, 100 + late):
            came_back(before, Kind.HARD, person, hours=30)
    edition = sent(newsletter, NOW - DAY, accepted=100)
    came_back(edition, Kind.HARD, 1)
    assert found(edition).measure("bounced").usual == 0.03
    assert found(edition, NOW + 4 * DAY).measure("bounced").usual == 0.06


def test_delivered_is_known_where_a_service_reports_it(newsletter: Newsletter) -> None:
    edition = sent(newsletter, NOW - DAY, accepted=100)
    for person in (1, 2):
        Delivery.objects.create(
            edition=edition, subscriber_id=person, chunk=edition.chunks.get(), fence=1, variant=0,
            outcome=Outcome.ACCEPTED, settled_at=NOW, reported=Reported.DELIVERED,
        )  # fmt: skip
    delivered = found(edition).measure("delivered")
    assert (delivered.count, delivered.share) == (2, 0.02)


def test_what_came_back_is_told_by_mailbox_provider(newsletter: Newsletter) -> None:
    edition = sent(newsletter, NOW - DAY, accepted=100)
    by_provider = {"gmail": {"accepted": 60}, "yahoo": {"accepted": 30}, "other": {"accepted": 10}}
    groups = {"provider": by_provider, "language": {"en": {"accepted": 100}}}
    RecipientGroups.objects.create(edition=edition, groups=groups)
    assert {(each.bounced, each.complaints) for each in found(edition).providers or ()} == {(None, None)}
    for person, (kind, domain) in enumerate(
        [
            (Kind.SOFT, "gmail.com"),
            (Kind.HARD, "googlemail.com"),
            (Kind.COMPLAINT, "yahoo.fr"),
            (Kind.FULL, "a.example"),
        ]
    ):
        Feedback.objects.filter(pk=came_back(edition, kind, person).pk).update(domain=domain)
    Feedback.objects.filter(pk=came_back(edition, Kind.HARD, 0).pk).update(domain="gmail.com")  # again
    report = found(edition)
    assert [(each.key, each.bounced, each.complaints) for each in report.providers or ()] == [
        ("gmail", 2, 0), ("yahoo", 0, 1), ("other", 1, 0)
    ]  # fmt: skip
    assert [(each.bounced, each.complaints) for each in report.languages or ()] == [(None, None)]
    assert "60 accepted, 0 rejected, 2 bounced, 0 complaints" in {row[-1] for row in edition_rows(report)}
