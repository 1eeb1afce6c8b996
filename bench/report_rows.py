"""Lays what reports are made of: editions of a newsletter with the counts of millions of clicks, what came back, who
left, and one whose ledger holds everybody. Runs in a process of its own, as bench.laying does; and times the reports.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from random import Random
from statistics import median
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from bench import newsroom, segment_people
from newsletters.delivery.ledger import fast_rows
from newsletters.editions import composing
from newsletters.models import (
    Agent,
    Article,
    Chunk,
    ClickCount,
    CountedLink,
    Delivery,
    Edition,
    EditionHour,
    Feedback,
    Newsletter,
    ReaderCount,
)
from newsletters.reports import list_figures, recipient_groups, tables
from newsletters.reports.edition_report import report_edition
from newsletters.reports.newsletter_report import report_newsletter
from newsletters.reports.showing import page_of
from newsletters.reports.showing_newsletter import newsletter_page_of
from subscribers.bulk_rows import insert, stored_moment
from subscribers.models import ConsentRecord, MailingList, Subscriber

LINKS, HOURS, AGENTS = 30, 72, 40
OPENED, CLICKED, BOUNCED, LEFT = 0.4, 0.05, 0.005, 0.002  # of the recipients
AT_ONCE = 10_000


def report_rows(readers: int, editions: int, events: int) -> dict[str, int]:
    """So many readers, editions, and clicks in all. Ids: the newsletter, and its newest edition, a week old."""
    ids = segment_people.segment_people(readers)
    newsletter = Newsletter.objects.get(pk=ids["newsletter"])
    random = Random(1)
    agents = [
        Agent.objects.get_or_create(name=f"Mozilla/5.0 (Windows NT 10.0; {at}) Chrome/{100 + at}.0 Safari/537.36")[0].pk
        for at in range(AGENTS)
    ]
    people = list(Subscriber.objects.order_by("pk").values_list("pk", flat=True))
    now = timezone.now()
    for number in range(editions - 1, 0, -1):
        edition = _edition(newsletter, number, now - timedelta(days=7 * number + 7), people)
        _clicks(edition, events // editions, agents, random)
        _what_came_back(edition, people, random)
    newest = Edition.objects.get(pk=ids["sent"])
    began = now - timedelta(days=7)
    Edition.objects.filter(pk=newest.pk).update(frozen_at=began, finished_at=began, tracking=Newsletter.Tracking.READER)
    newest.refresh_from_db()
    _clicks(newest, events // editions, agents, random)
    _what_came_back(newest, people, random)
    _readers(newest, people, agents, random)
    Delivery.objects.filter(edition=newest, outcome="accepted").update(reported="delivered")
    newsletter.tracking = Newsletter.Tracking.READER
    newsletter.save()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return {"newsletter": newsletter.pk, "edition": newest.pk}


def _edition(newsletter: Newsletter, number: int, began: datetime, people: list[int]) -> Edition:
    newest = list(Article.objects.published().newest_first()[:10])
    edition = composing.compose(newsletter, articles=newest)
    newsroom.mark_as_sent(edition, ago=timezone.now() - began, candidates=len(people))
    Edition.objects.filter(pk=edition.pk).update(tracking=Newsletter.Tracking.ANONYMOUS)
    edition.refresh_from_db()
    Chunk.objects.bulk_create(
        Chunk(
            edition=edition, wave=began, seq=seq, members=b"", n=len(some), handed_to=len(some), settled=len(some),
            state=Chunk.State.DONE, accepted=len(some),
        )
        for seq, some in enumerate(people[start : start + 1000] for start in range(0, len(people), 1000))
    )  # fmt: skip
    return edition


def _clicks(edition: Edition, clicks: int, agents: list[int], random: Random) -> None:
    """In rows by link, hour and program, as they are counted; some of each by machines."""
    if edition.frozen_at is None:
        raise ValueError(f"edition {edition.pk} has not begun")
    first = edition.frozen_at.replace(minute=0, second=0, microsecond=0)
    links = CountedLink.objects.bulk_create(
        CountedLink(edition=edition, number=n, url=f"https://link{n}.example/") for n in range(1, LINKS + 1)
    )
    places = LINKS * HOURS
    programs = max(1, min(len(agents), clicks // (3 * places)))  # some three clicks a row
    each = max(1, clicks // (places * programs))
    moments = [fast_rows.moment(first + timedelta(hours=at)) for at in range(HOURS)]
    with transaction.atomic():
        rows = [  # in the order of their index, or SQLite writes its pages again and again
            (link.pk, hour, agent, "GET", "" if random.random() < 0.8 else "robot", 1, each)
            for link in links
            for hour in moments
            for agent in sorted(random.sample(agents, programs))
        ]
        fast_rows.insert(ClickCount, ("link", "hour", "agent", "method", "rule", "rules", "clicks"), rows)
        EditionHour.objects.bulk_create(
            EditionHour(
                edition=edition, kind=kind, hour=first + timedelta(hours=at), people=clicks * 4 // (5 * HOURS),
                machines=clicks // (5 * HOURS),
            )
            for kind in EditionHour.Kind
            for at in range(HOURS)
        )  # fmt: skip
    for link in links:
        link.people, link.machines = clicks * 4 // (5 * LINKS), clicks // (5 * LINKS)
    CountedLink.objects.bulk_update(links, ["people", "machines"])


def _what_came_back(edition: Edition, people: list[int], random: Random) -> None:
    if edition.frozen_at is None:
        raise ValueError(f"edition {edition.pk} has not begun")
    at = edition.frozen_at + timedelta(hours=3)
    kinds = (Feedback.Kind.HARD, Feedback.Kind.SOFT, Feedback.Kind.FULL, Feedback.Kind.COMPLAINT)
    Feedback.objects.bulk_create(
        (
            Feedback(source="mail", key=f"{edition.pk}-{person}", kind=random.choice(kinds), edition=edition,
                     subscriber_id=person, domain="example.org", at=at)
            for person in random.sample(people, int(len(people) * BOUNCED))
        ),
        batch_size=1000,
    )  # fmt: skip
    stored = stored_moment()(at)
    insert(
        ConsentRecord,
        segment_people.CONSENT,
        [
            (person, "", edition.newsletter.mailing_list_id, "left", "preferences", "", "", "", "",
             f"edition {edition.pk}", "", stored)
            for person in random.sample(people, int(len(people) * LEFT))
        ],
    )  # fmt: skip


def _readers(edition: Edition, people: list[int], agents: list[int], random: Random) -> None:
    """A row for each who opened, and one for each who clicked."""
    at = fast_rows.moment(edition.frozen_at or timezone.now())
    names = ("edition", "subscriber_id", "kind", "agent", "rule", "rules", "times", "first_at", "last_at", "links")
    for kind, share in ((ReaderCount.OPEN, OPENED), (ReaderCount.CLICK, CLICKED)):
        chosen = sorted(random.sample(people, int(len(people) * share)))
        for start in range(0, len(chosen), AT_ONCE):
            rows = [
                (edition.pk, person, kind, random.choice(agents), "", 1, 2, at, at, 1)
                for person in chosen[start : start + AT_ONCE]
            ]
            with transaction.atomic():
                fast_rows.insert(ReaderCount, names, rows)


# --- How long they take -------------------------------------------------------------------------------------------
def time_reports(newsletter: int, edition: int, rounds: int) -> list[dict[str, Any]]:
    """Milliseconds and queries of each report; and once, what a worker counts for them."""

    def edition_again() -> Edition:
        return Edition.objects.select_related("newsletter__mailing_list").get(pk=edition)

    def newsletter_again() -> Newsletter:
        return Newsletter.objects.select_related("mailing_list").get(pk=newsletter)

    def whole_edition() -> None:
        found = report_edition(edition_again())
        if found is None:
            raise ValueError(f"edition {edition} has not begun")
        page_of(found)
        list(tables.edition_rows(found))

    def whole_newsletter() -> None:
        found = report_newsletter(newsletter_again())
        newsletter_page_of(found)
        list(tables.newsletter_rows(found))

    mailing_list = MailingList.objects.get(newsletters=newsletter)
    counted = [
        _timed("a worker groups recipients, once", lambda: recipient_groups.count_groups(edition_again()), 1),
        _timed("a worker counts the list", lambda: list_figures.count_list(mailing_list), 1),
    ]
    reports = [
        _timed("report of an edition", whole_edition, rounds, target=300),
        _timed("report of a newsletter", whole_newsletter, rounds, target=300),
    ]
    return [*reports, *counted]


def _timed(what: str, do: Any, rounds: int, *, target: int = 0) -> dict[str, Any]:
    times, queries = [], 0
    for number in range(rounds + (rounds > 1)):
        asked = _Asked()
        began = time.perf_counter()
        with connection.execute_wrapper(asked):
            do()
        if number or rounds == 1:  # the first finds nothing in memory
            times.append(1000 * (time.perf_counter() - began))
        queries = asked.queries
    row: dict[str, Any] = {"report": what, "ms": round(median(times), 1), "queries": queries, "runs": times}
    return row | ({"target_ms": target} if target else {})


class _Asked:
    """Counts the queries that go by."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.queries += 1
        return execute(sql, params, many, context)
