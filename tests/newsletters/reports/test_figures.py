"""The report: shares of the recipients at the start, who left by which link, and what is usual at the same age."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletters.models import Chunk, Edition, Newsletter
from newsletters.models.deliveries import Outcome
from newsletters.reports.figures import Figure, report
from subscribers import consent
from subscribers.models import ConsentRecord, MailingList
from tests.factories import give_number, make_edition, make_list, make_newsletter, make_reader, make_subscriber, queue

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)


@pytest.fixture
def newsletter() -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list)
    return make_newsletter(mailing_list)


def sent(newsletter: Newsletter, at: datetime, *, recipients: int = 100, **outcomes: int) -> Edition:
    edition = give_number(queue(make_edition(newsletter)))
    Edition.objects.filter(pk=edition.pk).update(
        status=Edition.Status.SENT, frozen_at=at, finished_at=at, candidates=recipients
    )
    Chunk.objects.create(edition=edition, wave=at, seq=1, members=b"", n=recipients, **outcomes)
    edition.refresh_from_db()
    return edition


def happens(
    mailing_list: MailingList, action: ConsentRecord.Action, at: datetime, detail: str = "", reason: str = ""
) -> None:
    kept = consent.record(
        make_subscriber(), action, ConsentRecord.Source.ONE_CLICK, mailing_list=mailing_list, detail=detail,
        leaving_reason=reason,
    )  # fmt: skip
    with connection.cursor() as cursor:  # a record is never changed, so the past is written past the model
        table, moment = ConsentRecord._meta.db_table, connection.ops.adapt_datetimefield_value(at)
        cursor.execute(f"UPDATE {table} SET at = %s WHERE id = %s", [moment, kept.pk])


LEFT, CONFIRMED, RETURNED = (
    ConsentRecord.Action.UNSUBSCRIBED,
    ConsentRecord.Action.CONFIRMED,
    ConsentRecord.Action.RESUBSCRIBED,
)


def test_a_draft_has_no_report(newsletter: Newsletter) -> None:
    assert report(make_edition(newsletter)) is None


def test_shares_are_of_the_recipients_and_not_of_those_who_were_never_due(newsletter: Newsletter) -> None:
    edition = sent(newsletter, NOW - DAY, recipients=240, accepted=190, rejected=6, in_doubt=4, skipped=40)
    found = report(edition, NOW)
    assert found is not None
    assert found.recipients == 200
    assert found.outcomes[Outcome.ACCEPTED] == Figure(190, 0.95)
    assert found.outcomes[Outcome.REJECTED] == Figure(6, 0.03)
    assert found.outcomes[Outcome.IN_DOUBT] == Figure(4, 0.02)
    assert Outcome.SKIPPED not in found.outcomes


def test_who_left_is_put_down_to_the_link_that_they_used(newsletter: Newsletter) -> None:
    edition = sent(newsletter, NOW - DAY, accepted=100)
    mailing_list = newsletter.mailing_list
    happens(mailing_list, LEFT, NOW - DAY / 2, f"edition {edition.pk}")
    happens(mailing_list, LEFT, NOW - DAY / 2, f"edition {edition.pk}")
    happens(mailing_list, LEFT, NOW - DAY / 2, f"edition {edition.pk}1")  # another edition's number begins so
    happens(mailing_list, LEFT, NOW - DAY / 2)
    happens(mailing_list, LEFT, NOW - 2 * DAY, f"edition {edition.pk}")  # before it began: nobody's clock
    happens(make_list(), LEFT, NOW - DAY / 2)
    for action in (CONFIRMED, RETURNED):
        happens(mailing_list, action, NOW - DAY / 2)
    found = report(edition, NOW)
    assert found is not None
    assert found.left == Figure(2, 0.02)
    assert (found.came, found.gone, found.growth) == (2, 4, -2)


def test_what_happens_after_a_week_or_the_next_edition_is_not_its_doing(newsletter: Newsletter) -> None:
    edition = sent(newsletter, NOW - 20 * DAY, accepted=100)
    happens(newsletter.mailing_list, LEFT, NOW - 12 * DAY, f"edition {edition.pk}")
    found = report(edition, NOW)
    assert found is not None
    assert (found.age, found.left.count) == (7 * DAY, 0)
    sent(newsletter, NOW - 19 * DAY, accepted=100)
    found = report(edition, NOW)
    assert found is not None
    assert found.age == DAY


def test_usual_is_the_median_of_the_editions_before_at_the_same_age(newsletter: Newsletter) -> None:
    for days, accepted, early, late in ((40, 90, 1, 5), (30, 80, 3, 5), (20, 99, 2, 5)):
        before = sent(newsletter, NOW - days * DAY, accepted=accepted)
        for count, after in ((early, DAY / 2), (late, 3 * DAY)):
            for _ in range(count):
                happens(newsletter.mailing_list, LEFT, NOW - days * DAY + after, f"edition {before.pk}")
    edition = sent(newsletter, NOW - DAY, accepted=95)
    found = report(edition, NOW)
    assert found is not None
    assert found.compared == 3
    assert found.outcomes[Outcome.ACCEPTED] == Figure(95, 0.95, 0.9)
    assert found.left == Figure(0, 0.0, 0.02)  # of the first day: what came after three days is not yet due
    assert found.usual_growth == -2


def test_two_editions_make_no_habit(newsletter: Newsletter) -> None:
    for days in (3, 2):
        sent(newsletter, NOW - days * DAY, accepted=90)
    found = report(sent(newsletter, NOW - DAY, accepted=95), NOW)
    assert found is not None
    assert found.outcomes[Outcome.ACCEPTED].usual is None
    assert found.usual_growth is None


def test_what_is_still_being_sent_is_not_compared_with_what_is_over(newsletter: Newsletter) -> None:
    for days in (4, 3, 2):
        sent(newsletter, NOW - days * DAY, accepted=90)
    edition = sent(newsletter, NOW - DAY / 24, accepted=10)
    Edition.objects.filter(pk=edition.pk).update(status=Edition.Status.SENDING)
    edition.refresh_from_db()
    found = report(edition, NOW)
    assert found is not None
    assert found.outcomes[Outcome.ACCEPTED].usual is None
    assert found.left.usual == 0.0


def test_ten_editions_cost_as_many_queries_as_three(newsletter: Newsletter) -> None:
    def cost() -> int:
        edition = Edition.objects.select_related("newsletter").order_by("-frozen_at")[0]
        with CaptureQueriesContext(connection) as captured:
            assert report(edition, NOW) is not None
        return len(captured)

    for days in range(30, 26, -1):
        sent(newsletter, NOW - days * DAY, accepted=90)
    before = cost()
    for days in range(20, 5, -1):
        sent(newsletter, NOW - days * DAY, accepted=90)
    assert cost() == before
    assert before <= 6
