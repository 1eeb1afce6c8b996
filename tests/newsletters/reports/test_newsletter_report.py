"""The report of a newsletter: growth, the last editions, what readers follow, and the list, which a worker counts."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletters.articles import tracking_notice
from newsletters.events.clicks.mending import mend
from newsletters.events.clicks.sums import add_clicks
from newsletters.models import CountedLink, Delivery, Edition, Engagement, Feedback, ListFigures, Newsletter
from newsletters.models.deliveries import Outcome
from newsletters.reports import list_figures
from newsletters.reports.list_figures import Cohort, count_a_list_that_is_due, count_list, read_list_figures
from newsletters.reports.measures import Coverage, Level
from newsletters.reports.newsletter_report import NewsletterReport, report_newsletter
from subscribers.models import MailingList, Subscriber, Subscription, Topic
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
from tests.newsletters.reports.test_came_back import came_back
from tests.newsletters.reports.test_figures import CONFIRMED, DAY, LEFT, NOW, happens, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsletter() -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list)
    return make_newsletter(mailing_list, zone="Europe/Berlin", tracking=Newsletter.Tracking.ANONYMOUS)


def found(newsletter: Newsletter, now: datetime = NOW) -> NewsletterReport:
    return report_newsletter(newsletter, now)


def test_a_newsletter_without_editions_says_what_it_knows(newsletter: Newsletter) -> None:
    report = found(newsletter)
    assert (report.editions, report.counts_clicks, report.hours) == ((), False, ())
    assert report.counted_list is None
    assert (report.quiet.count, report.quiet.coverage) == (None, Coverage.NO)


def test_growth_is_that_of_its_own_list_week_by_week(newsletter: Newsletter) -> None:
    other = make_list()
    for days, action, mailing_list in (
        (1, CONFIRMED, newsletter.mailing_list), (15, CONFIRMED, newsletter.mailing_list),
        (15, LEFT, newsletter.mailing_list), (15, CONFIRMED, other), (400, CONFIRMED, newsletter.mailing_list),
    ):  # fmt: skip
        happens(mailing_list, action, NOW - days * DAY)
    weeks = found(newsletter).weeks
    assert len(weeks) == 26
    assert sum(week.unsubscribed for week in weeks) == 1
    earlier = next(week for week in weeks if week.unsubscribed)
    assert (earlier.confirmed, earlier.net) == (1, 0)


def test_the_last_editions_stand_in_a_table_with_what_nobody_knows_left_out(newsletter: Newsletter) -> None:
    first = sent(newsletter, NOW - 9 * DAY, recipients=1000, accepted=990, rejected=10)
    second = sent(newsletter, NOW - 2 * DAY, recipients=1000, accepted=1000)
    link = CountedLink.objects.create(edition=second, number=1, url="https://a.example/")
    add_clicks({(link.pk, NOW, False): 150, (link.pk, NOW, True): 900})
    happens(newsletter.mailing_list, LEFT, NOW - DAY, f"edition {second.pk}")
    latest, before = found(newsletter).editions
    assert (latest.edition_id, latest.clicks, latest.unsubscribed, latest.rejected) == (second.pk, 0.15, 0.001, 0)
    assert (before.edition_id, before.clicks, before.rejected) == (first.pk, None, 0.01)
    assert latest.bounced is None
    assert latest.complaints is None
    for person in (1, 2, 3):
        came_back(second, Feedback.Kind.COMPLAINT, person)
    came_back(first, Feedback.Kind.HARD, 1)
    latest, before = found(newsletter).editions
    assert (latest.bounced, latest.complaints, latest.level) == (0, 0.003, Level.STOP)
    assert (before.bounced, before.complaints, before.level) == (0.001, 0, Level.GOOD)


def followed(newsletter: Newsletter, days: int, **clicks: int) -> Edition:
    """An edition with an article for each word, filed under the topic of its first letter."""
    articles = []
    for title in clicks:
        topic = make_topic_once(title[0])
        articles.append(make_article(title=title, topics=[topic]))
    edition = queue(make_edition(newsletter, articles=articles))
    begun = NOW.replace(hour=6, minute=0, second=0, microsecond=0) - days * DAY
    Edition.objects.filter(pk=edition.pk).update(
        status=Edition.Status.SENT, number=days, slug=f"n-{days}", frozen_at=begun, finished_at=begun, candidates=100
    )
    for number, article in enumerate(articles, 1):
        url = f"{settings.SITE_URL}{article.get_absolute_url()}"
        link = CountedLink.objects.create(edition=edition, number=number, url=url)
        add_clicks({(link.pk, begun, False): clicks[article.title]})
    return edition


def make_topic_once(letter: str) -> Topic:
    return Topic.objects.filter(name=f"Topic {letter}").first() or make_topic(name=f"Topic {letter}")


def test_articles_and_topics_are_ordered_by_how_many_followed_them(newsletter: Newsletter) -> None:
    followed(newsletter, 30, apple=10, avocado=30, banana=40)
    followed(newsletter, 20, apricot=50, beetroot=2)
    followed(newsletter, 120, almond=99)  # too long ago
    report = found(newsletter)
    assert [each.title for each in report.articles] == ["apricot", "banana", "avocado", "apple", "beetroot"]
    assert (report.articles[0].clicks, report.articles[0].rate) == (50, 0.5)
    assert [(each.name, each.articles, each.clicks) for each in report.topics] == [("Topic a", 3, 90)]
    assert report.topics[0].rate == pytest.approx(0.3)


def test_an_article_whose_link_was_mended_is_still_what_readers_followed(newsletter: Newsletter) -> None:
    edition = followed(newsletter, 30, apple=10, banana=40)
    for number in (1, 2):  # to one place
        mend(edition.pk, number, "https://example.org/right", by="publisher")
    assert [(each.title, each.clicks) for each in found(newsletter).articles] == [("banana", 40), ("apple", 10)]


def test_hours_are_those_of_the_newsletters_time_zone(newsletter: Newsletter) -> None:
    followed(newsletter, 30, apple=10)
    report = found(newsletter)
    local = (NOW.replace(hour=6) - 30 * DAY).astimezone(ZoneInfo("Europe/Berlin")).hour
    assert report.hours[local] == 10
    assert sum(report.hours) == 10


def subscribed(mailing_list: MailingList, joined: datetime, left: datetime | None = None) -> None:
    person = make_reader(mailing_list)
    status = Subscription.Status.UNSUBSCRIBED if left else Subscription.Status.CONFIRMED
    Subscription.objects.filter(subscriber=person).update(confirmed_at=joined, unsubscribed_at=left, status=status)


@time_machine.travel(datetime(2026, 11, 15, 12, tzinfo=UTC), tick=False)
def test_retention_tells_month_by_month_how_many_of_those_who_joined_are_still_there() -> None:
    mailing_list = make_list()
    september, november = datetime(2026, 9, 20, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    subscribed(mailing_list, september)
    subscribed(mailing_list, september, left=datetime(2026, 9, 30, tzinfo=UTC))
    subscribed(mailing_list, september, left=datetime(2026, 10, 2, tzinfo=UTC))
    subscribed(mailing_list, september, left=datetime(2026, 11, 3, tzinfo=UTC))
    subscribed(mailing_list, november)
    subscribed(mailing_list, datetime(2024, 1, 1, tzinfo=UTC))
    subscribed(make_list(), november)
    count_list(mailing_list)
    counted = read_list_figures(mailing_list)
    assert counted is not None
    assert len(counted.cohorts) == 12
    assert counted.cohorts[-3:] == (
        Cohort("2026-09", 4, (3, 2, 1)), Cohort("2026-10", 0, (0, 0)), Cohort("2026-11", 1, (1,))
    )  # fmt: skip


def test_the_state_of_a_list_and_its_sources_are_counted(newsletter: Newsletter) -> None:
    mailing_list = newsletter.mailing_list
    subscribed(mailing_list, NOW - 40 * DAY, left=NOW - DAY)
    paused = make_reader(mailing_list)
    paused.paused_until = timezone.now() + 30 * DAY
    paused.save()
    count_list(mailing_list)
    counted = read_list_figures(mailing_list)
    assert counted is not None
    health = counted.health
    assert (health.confirmed, health.unsubscribed, health.paused, health.suppressed) == (2, 1, 1, 0)
    assert found(newsletter).counted_list == counted


def test_who_has_gone_quiet_is_known_where_readers_are_told_apart(newsletter: Newsletter) -> None:
    assert newsletter.tracking != Newsletter.Tracking.READER
    count_list(newsletter.mailing_list)
    assert found(newsletter).quiet.coverage == Coverage.NO
    newsletter.tracking = Newsletter.Tracking.OFF
    assert found(newsletter).quiet.coverage == Coverage.OFF
    newsletter.tracking = Newsletter.Tracking.READER
    newsletter.save()
    make_page(body=f"<p>{tracking_notice.sentence('en')}</p>")
    edition = sent_by_reader(newsletter, NOW - DAY)
    people = []
    for opened_days, clicked_days in ((None, None), (100, 100), (10, None), (200, 5), (None, None)):
        person = make_reader(newsletter.mailing_list)
        people.append(person)
        Subscription.objects.filter(subscriber=person).update(confirmed_at=NOW - 300 * DAY)
        if opened_days:
            Engagement.objects.create(
                subscriber_id=person.pk,
                opened_at=NOW - opened_days * DAY,
                clicked_at=NOW - clicked_days * DAY if clicked_days else None,
            )
    for person in people[:-1]:  # the last one wasn't sent it
        deliver(edition, person)
    for kept in ({"is_suppressed": True}, {"paused_until": NOW + 30 * DAY}):
        person = make_reader(newsletter.mailing_list)
        Subscription.objects.filter(subscriber=person).update(confirmed_at=NOW - 300 * DAY)
        Subscriber.objects.filter(pk=person.pk).update(**kept)
        deliver(edition, person)
    count_list(newsletter.mailing_list)
    quiet = found(newsletter).quiet
    assert (quiet.count, quiet.coverage) == (None, Coverage.NO)  # by reader since yesterday
    assert "90 days" in quiet.note
    sent_by_reader(newsletter, NOW - 91 * DAY)
    count_list(newsletter.mailing_list)
    quiet = found(newsletter).quiet
    assert (quiet.count, quiet.coverage) == (2, Coverage.YES)  # nobody who joined lately
    assert quiet.share == pytest.approx(2 / 8)
    Edition.objects.filter(pk=sent_by_reader(newsletter, NOW - 9 * DAY).pk).update(
        tracking=Newsletter.Tracking.ANONYMOUS
    )
    count_list(newsletter.mailing_list)
    assert found(newsletter).quiet.coverage == Coverage.NO  # who opened that one, nobody knows


def sent_by_reader(newsletter: Newsletter, at: datetime) -> Edition:
    edition = sent(newsletter, at)
    Edition.objects.filter(pk=edition.pk).update(tracking=Newsletter.Tracking.READER)
    return edition


def deliver(edition: Edition, person: Subscriber) -> None:
    Delivery.objects.create(
        edition=edition, subscriber_id=person.pk, chunk=edition.chunks.get(), fence=1, variant=0,
        outcome=Outcome.ACCEPTED, settled_at=NOW,
    )  # fmt: skip


def test_lists_are_counted_in_turns_and_the_more_often_the_quicker_it_goes(newsletter: Newsletter) -> None:
    second = make_newsletter(make_list())
    make_list()  # without a newsletter
    assert [count_a_list_that_is_due() for _ in range(3)] == [True, True, False]
    for mailing_list, took in ((newsletter.mailing_list, 0.01), (second.mailing_list, 20.0)):
        row = ListFigures.objects.get(mailing_list=mailing_list)
        row.figures["took"], row.counted_at = took, timezone.now() - timedelta(minutes=6)
        row.save()
    assert [count_a_list_that_is_due() for _ in range(2)] == [True, False]
    assert ListFigures.objects.get(mailing_list=second.mailing_list).figures["took"] == 20.0
    ListFigures.objects.update(counted_at=timezone.now() - list_figures._LATEST)
    assert [count_a_list_that_is_due() for _ in range(3)] == [True, True, False]


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("report", *arguments, stdout=out)
    return out.getvalue()


def test_terminal_csv_and_json_print_the_same_numbers(newsletter: Newsletter) -> None:
    followed(newsletter, 30, apple=1204, banana=7)
    words, as_json = printed(newsletter.slug), json.loads(printed(newsletter.slug, "--json"))
    rows = list(csv.DictReader(StringIO(printed(newsletter.slug, "--csv"))))
    assert [each["clicks"] for each in as_json["articles"]] == [1204, 7]
    assert [row["count"] for row in rows if row["section"] == "article"] == ["1204", "7"]
    assert "1,204" in words
    assert as_json["counted_list"]["health"]["confirmed"] == 1
    assert [row["count"] for row in rows if (row["section"], row["key"]) == ("list", "confirmed")] == ["1"]
    assert next(row for row in rows if row["key"] == "quiet")["state"] == "not known"


def test_more_editions_cost_no_more_queries(newsletter: Newsletter) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            found(newsletter)
        return len(captured)

    followed(newsletter, 30, apple=10, avocado=30, banana=40)
    before = cost()
    for days in range(10, 20):
        followed(newsletter, days, **{f"a{days}": days, f"b{days}": 3})
    assert cost() == before <= 14
