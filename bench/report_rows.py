"""Lays what reports are made of: editions of a newsletter with the counts of millions of clicks, what came back, who
left, and one whose ledger holds everybody. Runs in a process of its own, as bench.laying does; and times the reports.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from random import Random
from statistics import median
from typing import Any

import psutil
from django.db import connection, transaction
from django.db.models import Model
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
        _clicks(edition, events // editions, agents)
        _what_came_back(edition, people, random)
    newest = Edition.objects.get(pk=ids["sent"])
    began = now - timedelta(days=7)
    Edition.objects.filter(pk=newest.pk).update(frozen_at=began, finished_at=began, tracking=Newsletter.Tracking.READER)
    newest.refresh_from_db()
    _clicks(newest, events // editions, agents)
    _what_came_back(newest, people, random)
    _readers(newest, agents)
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


def _clicks(edition: Edition, clicks: int, agents: list[int]) -> None:
    """In rows by link, hour and program, as they are counted; some of each by machines."""
    if edition.frozen_at is None:
        raise ValueError(f"edition {edition.pk} has not begun")
    first = edition.frozen_at.replace(minute=0, second=0, microsecond=0)
    CountedLink.objects.bulk_create(
        CountedLink(
            edition=edition, number=n, url=f"https://link{n}.example/", people=clicks * 4 // (5 * LINKS),
            machines=clicks // (5 * LINKS),
        )
        for n in range(1, LINKS + 1)
    )  # fmt: skip
    EditionHour.objects.bulk_create(
        EditionHour(
            edition=edition, kind=kind, hour=first + timedelta(hours=at), people=clicks * 4 // (5 * HOURS),
            machines=clicks // (5 * HOURS),
        )
        for kind in EditionHour.Kind
        for at in range(HOURS)
    )  # fmt: skip
    places = LINKS * HOURS
    programs = max(1, min(len(agents), clicks // (3 * places)))  # some three clicks a row
    each = max(1, clicks // (places * programs))
    with transaction.atomic(), connection.cursor() as cursor:  # by the database itself, in the order of the index
        cursor.execute(
            f"INSERT INTO {_table(ClickCount)} (link_id, hour, agent_id, method, rule, rules, clicks)"
            " SELECT link.id, sums.hour, agent.id, 'GET',"
            " CASE WHEN (link.id * 7 + agent.id * 13 + sums.id * 29) %% 5 = 0 THEN 'robot' ELSE '' END, 1, %s"
            f" FROM {_table(CountedLink)} link"
            f" JOIN {_table(EditionHour)} sums ON sums.edition_id = link.edition_id AND sums.kind = 'click'"
            f" JOIN {_table(Agent)} agent ON (agent.id * 31 + sums.id * 17 + link.id) %% %s < %s AND agent.id >= %s"
            " WHERE link.edition_id = %s ORDER BY link.id, sums.hour, agent.id",
            [each, len(agents), programs, min(agents), edition.pk],
        )


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
    gone = [
        (person, "", edition.newsletter.mailing_list_id, "left", "preferences", "", "", "", "",
         f"edition {edition.pk}", "", stored)
        for person in random.sample(people, int(len(people) * LEFT))
    ]  # fmt: skip
    with transaction.atomic():
        insert(ConsentRecord, segment_people.CONSENT, gone)


def _readers(edition: Edition, agents: list[int]) -> None:
    """A row for each who opened, and one for each who clicked."""
    at = fast_rows.moment(edition.frozen_at or timezone.now())
    for kind, share in ((ReaderCount.OPEN, OPENED), (ReaderCount.CLICK, CLICKED)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {_table(ReaderCount)}"
                " (edition_id, subscriber_id, kind, agent_id, rule, rules, times, first_at, last_at, links)"
                f" SELECT %s, id, %s, %s + id %% %s, '', 1, 2, {_as_moment()}, {_as_moment()}, 1"
                f" FROM {_table(Subscriber)} WHERE id * 7919 %% 1000 < %s ORDER BY id",
                [edition.pk, kind, min(agents), len(agents), at, at, int(1000 * share)],
            )


def _as_moment() -> str:
    """A parameter that is a moment: PostgreSQL doesn't guess it in a SELECT."""
    return "CAST(%s AS timestamptz)" if connection.vendor == "postgresql" else "%s"


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


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
    """Wall time and processor time: on a busy machine only the second says what it costs."""
    times, spent, queries = [], [], 0
    for number in range(rounds + (rounds > 1)):
        asked = _Asked()
        began, used = time.perf_counter(), _processor_seconds()
        with connection.execute_wrapper(asked):
            do()
        if number or rounds == 1:  # the first finds nothing in memory
            times.append(1000 * (time.perf_counter() - began))
            spent.append(1000 * (_processor_seconds() - used))
        queries = asked.queries
    row: dict[str, Any] = {
        "report": what, "ms": round(median(times), 1), "cpu_ms": round(median(spent), 1), "queries": queries,
        "runs": times,
    }  # fmt: skip
    return row | ({"target_ms": target} if target else {})


def _processor_seconds() -> float:
    """Of this process and of the server's that answers it; of a query in parallel, without the helpers."""
    own = time.process_time()
    if connection.vendor != "postgresql":
        return own
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0]).cpu_times()
    return own + float(server.user + server.system)


class _Asked:
    """Counts the queries that go by."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.queries += 1
        return execute(sql, params, many, context)
