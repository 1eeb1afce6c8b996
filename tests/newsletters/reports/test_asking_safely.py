"""Nobody is unsubscribed who had no chance to answer, was never asked, or hadn't gone quiet."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from newsletters.models import CountedFolder, Delivery, Edition, Engagement, Newsletter, Reengagement
from newsletters.models.deliveries import Reported
from newsletters.reports import reengaging
from newsletters.reports.list_figures import count_list, read_list_figures
from newsletters.reports.reengaging import CantAsk, finish_due
from subscribers.jobs import selecting
from subscribers.models import BulkJob, Segment, Subscriber, Subscription
from subscribers.segments.compiling import people_in
from subscribers.segments.rules import parse_rule
from tests.factories import make_list, make_newsletter, make_reader
from tests.newsletters.reports.asking import (
    NAMES,
    asked_by,
    goes_out,
    names_of,
)
from tests.newsletters.reports.test_figures import DAY
from tests.newsletters.reports.test_newsletter_report import sent_by_reader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clicks_of_everybody_are_counted")]


def _cancelled(asked: Reengagement) -> None:
    Edition.objects.filter(pk=asked.edition_id).update(status=Edition.Status.CANCELLED)


def _still_going_out(asked: Reengagement) -> None:
    Edition.objects.filter(pk=asked.edition_id).update(status=Edition.Status.SENDING)


def _without_its_button(asked: Reengagement) -> None:
    Edition.objects.filter(pk=asked.edition_id).update(snapshot={**(asked.edition.snapshot or {}), "blocks": []})


def _mailed_late(asked: Reengagement) -> None:
    Delivery.objects.filter(edition=asked.edition_id).update(settled_at=timezone.now() + timedelta(days=2))


def _came_back(asked: Reengagement) -> None:
    Delivery.objects.filter(edition=asked.edition_id).update(reported=Reported.BOUNCED)


def _given_another_list(asked: Reengagement) -> None:
    other = make_list(name="Other")
    for row in Subscription.objects.all():
        Subscription.objects.create(
            subscriber=row.subscriber,
            mailing_list=other,
            status=row.status,
            confirmed_at=row.confirmed_at,
            requested_at=row.requested_at,
        )
    Newsletter.objects.update(mailing_list=other)
    Subscription.objects.exclude(mailing_list=other).update(status=Subscription.Status.UNSUBSCRIBED)


def _starter_has_left(asked: Reengagement) -> None:
    User.objects.update(is_active=False)


def _starter_may_not(asked: Reengagement) -> None:
    User.objects.update(is_superuser=False)


def _new_to_the_list(asked: Reengagement) -> None:
    Subscription.objects.update(confirmed_at=timezone.now() - 80 * DAY)


def _opened_before(asked: Reengagement) -> None:
    at = timezone.now() - 35 * DAY
    Engagement.objects.bulk_create(
        Engagement(pk=pk, opened_at=at) for pk in Subscriber.objects.values_list("pk", flat=True)
    )


def _clicked_where_nobody_looks(asked: Reengagement) -> None:
    edition = sent_by_reader(make_newsletter(asked.edition.newsletter.mailing_list, name="Daily"), timezone.now())
    Edition.objects.filter(pk=edition.pk).update(tracking=Newsletter.Tracking.ANONYMOUS)


def _nothing(asked: Reengagement) -> None:
    """So that they would be taken."""


def _withdrawn(asked: Reengagement) -> None:
    browser = Client()
    browser.force_login(User.objects.get())
    page = f"/admin/newsletters/newsletter/{asked.edition.newsletter_id}/re-engage/"
    assert f'name="withdraw" value="{asked.pk}"' in browser.get(page).content.decode()
    browser.post(page, {"withdraw": asked.pk})


SPOILERS = (
    _cancelled, _still_going_out, _mailed_late, _came_back, _given_another_list, _starter_has_left,
    _starter_may_not, _new_to_the_list, _opened_before, _clicked_where_nobody_looks, _withdrawn,
)  # fmt: skip


def test_nobody_is_unsubscribed_who_had_no_chance_was_not_asked_or_was_not_quiet(
    boss: User, newsletter: Newsletter, people: dict[str, Subscriber]
) -> None:
    asked = asked_by(boss, newsletter, unsubscribes=True)
    goes_out(asked)
    taken = []
    for spoil in (*SPOILERS, _nothing):
        with transaction.atomic():
            spoil(asked)
            with time_machine.travel(timezone.now() + timedelta(days=31)):
                finish_due()
            taken.append((spoil.__name__, BulkJob.objects.count()))
            transaction.set_rollback(True)
    assert taken == [*((spoil.__name__, 0) for spoil in SPOILERS), ("_nothing", 1)]


def test_whatever_audience_the_edition_is_given_only_the_quiet_are_taken(
    boss: User, newsletter: Newsletter, people: dict[str, Subscriber]
) -> None:
    asked = asked_by(boss, newsletter, unsubscribes=True)
    goes_out(asked)
    new = Delivery.objects.filter(edition=asked.edition_id).first()
    assert new
    new.pk, new.subscriber_id = None, people["new"].pk
    new.save()
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        finish_due()
        job = BulkJob.objects.get()
        assert names_of(selecting.people_of(job.selection)) == set(NAMES[:-1])


def test_where_do_not_track_is_honoured_nobody_is_unsubscribed_by_itself(
    boss: User, newsletter: Newsletter, people: dict[str, Subscriber], settings: Settings
) -> None:
    asked = asked_by(boss, newsletter, unsubscribes=True)
    goes_out(asked)
    settings.HONOUR_DO_NOT_TRACK = True
    with pytest.raises(CantAsk, match="not to be tracked"):
        asked_by(boss, newsletter, unsubscribes=True)
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        finish_due()
    asked.refresh_from_db()
    assert (asked.found, asked.job) == (len(NAMES) - 1, None)


def test_one_that_fails_keeps_no_other_waiting(
    boss: User, newsletter: Newsletter, people: dict[str, Subscriber], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asked_by(boss, newsletter)
    goes_out(asked)
    other_list = make_list(name="Other")
    make_reader(other_list, email="other@example.org")
    other = make_newsletter(other_list, name="Daily", tracking=Newsletter.Tracking.READER)
    edition = sent_by_reader(other, timezone.now())
    Edition.objects.filter(pk=edition.pk).update(status=Edition.Status.SENT, finished_at=timezone.now())
    Reengagement.objects.create(edition=edition, days=30, started_by=boss)
    finish = reengaging._finish

    def failing(pk: int, now: datetime) -> bool:
        if pk == asked.pk:
            raise ZeroDivisionError
        return finish(pk, now)

    monkeypatch.setattr(reengaging, "_finish", failing)
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert finish_due() == 1


def test_a_newcomer_to_a_second_list_has_not_gone_quiet_there(
    newsletter: Newsletter, people: dict[str, Subscriber], boss: User
) -> None:
    """The page's number and the segment's people are the same."""
    Subscription.objects.filter(subscriber=people["silent"]).update(confirmed_at=timezone.now() - 5 * DAY)
    count_list(newsletter.mailing_list)
    counted = read_list_figures(newsletter.mailing_list)
    asked = asked_by(boss, newsletter)
    (segment,) = Segment.objects.filter(pk__in=asked.edition.include_segments)
    found = names_of(people_in(parse_rule(segment.rule)))
    assert "silent" not in found
    assert counted
    assert counted.quiet == len(found) == len(NAMES) - 2


def test_nothing_ends_while_another_machine_has_clicks_that_are_not_counted(
    boss: User, newsletter: Newsletter, people: dict[str, Subscriber], caplog: pytest.LogCaptureFixture
) -> None:
    asked = asked_by(boss, newsletter, unsubscribes=True)
    goes_out(asked)
    with time_machine.travel(timezone.now() + timedelta(days=30, hours=2)):
        web = CountedFolder.objects.create(name="web2", counted_to=timezone.now() - timedelta(hours=3))
        assert finish_due() == 0
        asked.refresh_from_db()
        assert (asked.found, asked.job) == (None, None)
        assert "the clicks of web2 aren't counted" in caplog.text
        CountedFolder.objects.filter(pk=web.pk).update(counted_to=timezone.now() - timedelta(minutes=5))
        finish_due()
        asked.refresh_from_db()
        assert asked.job
