"""Counting by reader: a row however often, people and machines apart, nothing of who is gone, each event once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from newsletters.articles import tracking_notice
from newsletters.delivery.engine import freezing
from newsletters.events.clicks import answering, counting, engagement, machines, of_a_person, readers
from newsletters.events.clicks.links import LinkTables
from newsletters.events.clicks.spool import OPEN, Click, Spool, click
from newsletters.models import (
    ClickCount,
    CountedLink,
    Delivery,
    Edition,
    Engagement,
    Newsletter,
    OpenCount,
    ReaderCount,
    Variant,
)
from newsletters.rendering.slots import Field, marker
from newsletters.rendering.tracked_links import TRAP
from subscribers import erasure, merging, personal_data, tokens
from subscribers.models import Subscriber
from subscribers.tokens import Purpose
from tests.factories import give_number, make_edition, make_newsletter, make_page, make_reader, make_subscriber, queue
from tests.newsletters.events.clicks.test_counting import FIREFOX, NOON, spooled

pytestmark = pytest.mark.django_db
APPLE = "Mozilla/5.0"
SETTLED = datetime.fromtimestamp(NOON - 3600, tz=UTC)


@pytest.fixture
def ada() -> Subscriber:
    return make_subscriber()


def did(
    edition: Edition, person: Subscriber | int, number: int = 1, *, at: float = NOON, agent: str = FIREFOX,
    who: str = "192.0.2.1", method: str = "GET",
) -> Click:  # fmt: skip
    subscriber = person if isinstance(person, int) else person.pk
    return click(edition.pk, number, method=method, visitor=who, agent=agent, subscriber=subscriber, now=at)


def settle(edition: Edition, person: Subscriber, at: datetime = SETTLED) -> None:
    chunk = edition.chunks.first() or edition.chunks.create(wave=at, seq=1, members=b"", n=1)
    Delivery.objects.create(
        edition=edition, subscriber_id=person.pk, chunk=chunk, fence=1, variant=1, outcome="accepted", settled_at=at
    )


def rows() -> list[tuple[str, str, int, int]]:
    return list(ReaderCount.objects.order_by("kind", "rule").values_list("kind", "rule", "times", "links"))


def test_however_often_somebody_opens_and_clicks_there_is_a_row_for_each_kind(
    edition: Edition, spools: Path, ada: Subscriber
) -> None:
    settle(edition, ada)
    for again in range(2):
        events = [did(edition, ada, OPEN, at=NOON + 60 * n) for n in range(3)]
        events += [did(edition, ada, 1, at=NOON + 300 + again), did(edition, ada, 3, at=NOON + 400 + again)]
        spooled(spools, *events).close()
        counting.count_clicks()
    assert rows() == [("c", "", 4, 0b1010), ("o", "", 6, 0)]
    row = ReaderCount.objects.get(kind="o")
    assert (row.first_at.timestamp(), row.last_at.timestamp()) == (NOON, NOON + 120)
    lately = Engagement.objects.get()
    assert (lately.subscriber_id, lately.opens, lately.clicks) == (ada.pk, 6, 4)
    assert lately.opened_at and lately.clicked_at
    assert (lately.opened_at.timestamp(), lately.clicked_at.timestamp()) == (NOON + 120, NOON + 401)
    assert sum(OpenCount.objects.values_list("opens", flat=True)) == 6, "and the hourly counts know of them"
    assert sum(ClickCount.objects.values_list("clicks", flat=True)) == 4


def test_a_link_beyond_the_sixty_second_is_counted_and_not_told_apart() -> None:
    assert readers.bit_of(62) == 2**62
    assert readers.bit_of(63) == readers.bit_of(2000) == 1


@pytest.mark.parametrize(("after", "rule"), [(9.0, machines.EARLY), (11.0, machines.PEOPLE), (-1.0, machines.EARLY)])
def test_who_clicks_within_ten_seconds_of_delivery_is_a_machine(
    edition: Edition, spools: Path, ada: Subscriber, after: float, rule: str
) -> None:
    settle(edition, ada)
    spooled(spools, did(edition, ada, at=SETTLED.timestamp() + after)).close()
    counting.count_clicks()
    assert rows() == [("c", rule, 1, 0b10)]
    assert Engagement.objects.exists() == (rule == machines.PEOPLE), "nothing is driven by a machine"
    assert ClickCount.objects.get().rule == rule


def test_a_click_before_the_server_had_answered_is_a_machines(edition: Edition, spools: Path, ada: Subscriber) -> None:
    spooled(spools, did(edition, ada)).close()
    counting.count_clicks()
    assert rows() == [("c", machines.EARLY, 1, 0b10)]


def test_three_links_at_once_are_a_machine_from_however_many_places_and_two_readers_of_one_office_are_none(
    edition: Edition, spools: Path, ada: Subscriber
) -> None:
    bea = make_subscriber()
    settle(edition, ada)
    settle(edition, bea)
    scanner = [did(edition, ada, n, at=NOON + n / 10, who=f"198.51.100.{n}") for n in (1, 2, 3)]
    spooled(spools, *scanner, did(edition, bea, 1, who="198.51.100.1", at=NOON + 0.2)).close()
    counting.count_clicks()
    assert {(row.subscriber_id, row.rule, row.times) for row in ReaderCount.objects.all()} == {
        (ada.pk, machines.AT_ONCE, 3), (bea.pk, machines.PEOPLE, 1),
    }  # fmt: skip


def test_who_follows_the_link_that_nobody_sees_is_a_machine_for_a_minute(
    edition: Edition, spools: Path, ada: Subscriber
) -> None:
    settle(edition, ada)
    events = [did(edition, ada, 1, at=NOON - 1), did(edition, ada, TRAP), did(edition, ada, OPEN, at=NOON + 20)]
    events += [did(edition, ada, 2, at=NOON + 59), did(edition, ada, 3, at=NOON + 200)]
    spooled(spools, *events).close()
    counting.count_clicks()
    assert rows() == [("c", "", 1, 0b1000), ("c", machines.TRAPPED, 2, 0b110), ("o", machines.TRAPPED, 1, 0)]
    assert sum(ClickCount.objects.values_list("clicks", flat=True)) == 3, "the link itself counts nowhere"


def test_who_was_erased_is_not_counted_and_who_was_merged_is_counted_as_who_is_kept(
    edition: Edition, spools: Path, ada: Subscriber
) -> None:
    other, gone = make_subscriber(), make_subscriber()
    for person in (ada, other, gone):
        settle(edition, person)
    first = [did(edition, other, OPEN), did(edition, gone, OPEN), did(edition, ada, OPEN), did(edition, other, 1)]
    spooled(spools, *first).close()
    counting.count_clicks()
    late = [did(edition, other.pk, 2, at=NOON + 99), did(edition, gone.pk, 2, at=NOON + 99)]
    merging.merge(ada, other, note="", by="Ada")
    erasure.erase(gone, note="", by="Ada")
    assert set(ReaderCount.objects.values_list("subscriber_id", flat=True)) == {ada.pk}
    spooled(spools, *late).close()
    counting.count_clicks()
    assert set(ReaderCount.objects.values_list("subscriber_id", flat=True)) == {ada.pk}
    assert rows() == [("c", "", 2, 0b110), ("o", "", 2, 0)]
    lately = Engagement.objects.get()
    assert (lately.subscriber_id, lately.opens, lately.clicks) == (ada.pk, 2, 2)


def test_a_database_that_fails_loses_nothing_and_counts_nothing_twice(
    edition: Edition, spools: Path, ada: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(edition, ada)
    spooled(spools, did(edition, ada)).close()

    def fail(*_: object) -> None:
        raise DatabaseError("away")

    with monkeypatch.context() as context:
        context.setattr(readers, "_write_engagement", fail)
        with pytest.raises(DatabaseError):
            counting.count_clicks()
    assert not ClickCount.objects.exists()
    assert not ReaderCount.objects.exists()
    assert counting.count_clicks() == 1
    assert rows() == [("c", "", 1, 0b10)]


def test_of_a_process_that_is_killed_each_event_counts_once(edition: Edition, spools: Path, ada: Subscriber) -> None:
    settle(edition, ada)
    code = (
        "import sys, django; django.setup()\n"
        "from pathlib import Path\n"
        "from newsletters.events.clicks.spool import Spool, click\n"
        "spool, edition, person = Spool(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])\n"
        "for n in range(10**9):\n"
        "    spool.add(click(edition, 0, method='GET', visitor=str(n), agent='Firefox', subscriber=person,"
        " now=1795780800.0 + n))\n"
        "    print(n, flush=True)\n"
    )
    arguments = [sys.executable, "-c", code, str(spools), str(edition.pk), str(ada.pk)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 2000:
                break
        assert counting.count_clicks(everything=True) > 0, "also while it lives"
        os.kill(process.pid, signal.SIGKILL)
        answered = 2001 + len(process.stdout.read().splitlines())
    counting.count_clicks()
    [row] = rows()
    assert answered <= row[2] <= answered + 1
    assert Engagement.objects.get().opens == row[2]
    assert list(spools.iterdir()) == []


def test_better_rules_judge_readers_again_and_their_engagement_follows(
    edition: Edition, spools: Path, ada: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(edition, ada)
    spooled(spools, did(edition, ada, OPEN, agent="Curious/1.0"), did(edition, ada, OPEN, at=NOON + 5)).close()
    counting.count_clicks()
    assert Engagement.objects.get().opens == 2
    monkeypatch.setattr(machines, "VERSION", machines.VERSION + 1)
    monkeypatch.setattr(machines, "judge_open", lambda _method, agent: "robot" if "Curious" in agent else "")
    assert readers.judge_again() == 1
    assert rows() == [("o", "", 1, 0), ("o", "robot", 1, 0)]
    assert readers.judge_again() == 0
    monkeypatch.setattr(machines, "VERSION", machines.VERSION + 1)
    monkeypatch.setattr(machines, "judge_open", lambda *_: "all")
    readers.judge_again()
    assert {row[1:3] for row in rows()} == {("all", 1)}
    assert not Engagement.objects.exists()


def test_what_is_older_than_ninety_days_goes_from_the_engagement_and_what_is_kept_too_long_goes_altogether(
    edition: Edition, spools: Path, ada: Subscriber, settings: Settings
) -> None:
    settle(edition, ada)
    spooled(spools, did(edition, ada, OPEN)).close()
    counting.count_clicks()
    old = timezone.now() - timedelta(days=100)
    ReaderCount.objects.update(first_at=old, last_at=old)
    Engagement.objects.create(subscriber_id=10**9, opens=3)
    engagement.recount_all()
    lately = Engagement.objects.get()
    assert (lately.subscriber_id, lately.opens, lately.opened_at) == (ada.pk, 0, old)
    give_number(edition)
    Edition.objects.filter(pk=edition.pk).update(frozen_at=timezone.now() - timedelta(days=400))
    settings.TRACKING_KEPT_DAYS = 401
    assert of_a_person.forget_old() == 0
    settings.TRACKING_KEPT_DAYS = 399
    assert of_a_person.forget_old() == 1
    assert of_a_person.forget_old() == 0


def test_what_a_batch_wrote_of_somebody_who_was_being_erased_is_swept(edition: Edition) -> None:
    Engagement.objects.create(subscriber_id=10**9)
    assert of_a_person.forget_nobodys() == 1
    assert of_a_person.forget_nobodys() == 0


def test_a_persons_file_says_what_was_counted_of_them(edition: Edition, spools: Path, ada: Subscriber) -> None:
    settle(edition, ada)
    spooled(spools, did(edition, ada, OPEN, agent=APPLE), did(edition, ada, 3)).close()
    counting.count_clicks()
    found = personal_data.collect(ada)["opens_and_clicks"]
    [of_edition] = found["editions"]
    assert (of_edition["opens"], of_edition["clicks"], of_edition["machines"]) == (0, 1, 1)
    assert of_edition["links"] == ("https://c.example/",)
    assert found["last_and_in_90_days"]["clicks"] == 1
    of_a_person.forget_person(ada)
    assert personal_data.collect(ada)["opens_and_clicks"] == {"editions": [], "last_and_in_90_days": None}


def test_from_the_mail_to_the_count(
    client: Client, spools: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """The token in a mail leads where its link leads, and says whose it was; nobody else's token can be made of it."""
    monkeypatch.setattr(answering, "tables", LinkTables(spools))
    monkeypatch.setattr(answering, "spool", Spool(spools))
    make_page(kind="privacy", body=f"<p>{tracking_notice.sentence('en')}</p>")
    newsletter = make_newsletter(tracking=Newsletter.Tracking.READER)
    ada = make_reader(newsletter.mailing_list)
    edition = queue(make_edition(newsletter))
    assert freezing.start(edition.pk)
    variant = Variant.objects.get(edition=edition)
    assert variant.slots[-1] == [Field.READER, ""]
    assert f"/c/{marker(len(variant.slots) - 1)}/1/" in variant.html
    token = tokens.make(Purpose.READER, ada.pk, edition.pk)
    link = CountedLink.objects.get(edition=edition, article__isnull=False)
    assert client.get(f"/c/{token}/{link.number}/", headers={"user-agent": FIREFOX})["Location"] == link.url
    assert client.get(f"/o/{token}.gif", headers={"user-agent": FIREFOX}).status_code == 200
    trap = client.get(f"/c/{token}/{TRAP}/", headers={"user-agent": "x"})
    assert trap["Location"] == f"{settings.SITE_URL}/"
    for forged in (tokens.make(Purpose.CLICK, ada.pk, edition.pk), token[:-1] + ("A" if token[-1] != "A" else "B")):
        assert client.get(f"/c/{forged}/1/").status_code == 404
    assert counting.count_clicks(everything=True) == 3
    assert {(row.subscriber_id, row.kind) for row in ReaderCount.objects.all()} == {(ada.pk, "c"), (ada.pk, "o")}


def test_a_batch_of_readers_is_counted_by_a_few_statements(edition: Edition, spools: Path, ada: Subscriber) -> None:
    people = [make_subscriber() for _ in range(30)]
    for person in people:
        settle(edition, person)
    spooled(spools, *(did(edition, person, OPEN) for person in people)).close()
    began = time.monotonic()
    counting.count_clicks()
    assert ReaderCount.objects.count() == Engagement.objects.count() == 30
    assert time.monotonic() - began < 20
