"""Deliveries and readers who clicked, beside what is usual at the same age: neither can be told afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from newsletters.models import Agent, Delivery, Edition, EditionAge, Newsletter, ReaderCount
from newsletters.models.deliveries import Outcome, Reported
from newsletters.reports import ages
from newsletters.reports.measures import Coverage
from newsletters.tasks import count_for_reports
from tests.factories import make_list, make_newsletter, make_reader
from tests.newsletters.reports.test_edition_report import HOUR, clicked, found
from tests.newsletters.reports.test_figures import DAY, NOW, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsletter() -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list)
    return make_newsletter(mailing_list)


def by_reader(newsletter: Newsletter, at: timedelta, *, recipients: int = 100) -> Edition:
    """Sent so long ago."""
    edition = sent(newsletter, NOW - at, recipients=recipients, accepted=recipients)
    edition.tracking = Newsletter.Tracking.READER
    edition.save(update_fields=["tracking"])
    return edition


def counted(newsletter: Newsletter, at: timedelta, people: int = 2) -> Edition:
    """Sent so long ago; so many readers' mails were delivered, and half of the readers clicked."""
    edition = by_reader(newsletter, at)
    clicked(edition, (0, people))
    agent, _new = Agent.objects.get_or_create(name="Firefox")
    for person in range(people):
        Delivery.objects.create(
            edition=edition, subscriber_id=person, chunk=edition.chunks.get(), fence=1, variant=0, settled_at=NOW,
            outcome=Outcome.ACCEPTED, reported=Reported.DELIVERED,
        )  # fmt: skip
        ReaderCount.objects.create(
            edition=edition, subscriber_id=person, kind="c" if person % 2 else "o", agent=agent, rule="", rules=1,
            times=1, first_at=NOW, last_at=NOW,
        )  # fmt: skip
    return edition


def written_down(edition: Edition, *known: tuple[timedelta, int, int | None]) -> None:
    for age, delivered, clickers in known:
        EditionAge.objects.create(
            edition=edition, age=age.total_seconds(), delivered=delivered, clickers=clickers
        )  # fmt: skip


def test_the_usual_ones_are_those_at_the_same_age(newsletter: Newsletter) -> None:
    edition = counted(newsletter, 10 * HOUR)
    for days, early, late in ((9, 10, 30), (8, 20, 40), (7, 90, 90)):
        old = sent(newsletter, NOW - days * DAY, accepted=100)
        written_down(old, (9 * HOUR, early, early), (11 * HOUR, late, late), (6 * DAY, 100, 100))
    by_relay, unwatched = sent(newsletter, NOW - 6 * DAY, accepted=100), sent(newsletter, NOW - 5 * DAY, accepted=100)
    written_down(by_relay, (9 * HOUR, 0, None), (11 * HOUR, 0, None))  # nobody reports, nobody is told apart
    written_down(unwatched, (HOUR, 7, 7), (4 * DAY, 99, 99))  # no worker ran in between
    report = found(edition)
    delivered, clickers = report.measure("delivered"), report.measure("clickers")
    assert (delivered.count, clickers.count) == (2, 1)
    assert (delivered.usual, clickers.usual) == (0.3, 0.3)  # of 20, 30 and 90: each between the two beside ten hours


def test_before_and_between_what_is_written_down(newsletter: Newsletter) -> None:
    for days in (9, 8, 7):
        written_down(
            sent(newsletter, NOW - days * DAY, accepted=100), (timedelta(minutes=5), 50, 0),
            (timedelta(minutes=6), 70, 0), (HOUR, 100, 0),
        )  # fmt: skip
    earlier = list(Edition.objects.all())
    recipients = {each.pk: 100 for each in earlier}
    usual = {
        age: ages.usual_at(timedelta(seconds=age), earlier, recipients).delivered
        for age in (60, 300, 360, 600, 3_000, 3_600, 3_700)
    }
    assert usual == {60: 0.1, 300: 0.5, 360: 0.7, 600: 0.7, 3_000: None, 3_600: 1.0, 3_700: 1.0}


def test_a_young_edition_is_written_down_ever_more_seldom_and_an_old_one_never(newsletter: Newsletter) -> None:
    counted(newsletter, 31 * DAY)
    edition = counted(newsletter, 10 * HOUR, people=4)
    count_for_reports()
    row = EditionAge.objects.get()
    assert (row.edition, row.delivered, row.clickers) == (edition, 4, 2)
    assert row.age >= 10 * 3600
    assert ages.write_down_due(NOW + 0.5 * HOUR) == 0
    assert ages.write_down_due(NOW + 2 * HOUR) == 1


def test_where_what_readers_did_was_deleted_nobody_says_that_none_clicked(
    newsletter: Newsletter, settings: Settings
) -> None:
    settings.TRACKING_KEPT_DAYS = 90
    edition = by_reader(newsletter, 91 * DAY)
    clicked(edition, (0, 5))
    clickers = found(edition).measure("clickers")
    assert (clickers.count, clickers.coverage) == (None, Coverage.NO)
    written_down(edition, (29 * DAY, 90, 8))
    assert found(edition).measure("clickers").count == 8


def test_clicks_by_programs_stand_beside_what_is_usual(newsletter: Newsletter) -> None:
    for days in (9, 8, 7):
        clicked(sent(newsletter, NOW - days * DAY, accepted=100), (0, 1), machines=days)
    edition = by_reader(newsletter, DAY, recipients=200)
    clicked(edition, (0, 1), machines=20)
    programs = found(edition).measure("machine_clicks")
    assert (programs.count, programs.share, programs.usual) == (20, 0.1, 0.08)
