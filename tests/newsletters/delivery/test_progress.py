"""Why an edition does not move, in sentences: each of them when it is so, and none when nothing waits."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone
from pytest_django import Settings

from newsletters.delivery import progress
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.delivery.limits import rate_limits
from newsletters.models import Chunk, Delivery, Edition, RateLimit, SendingGuard
from newsletters.models.deliveries import Outcome
from tests.factories import make_edition, make_list, make_newsletter, make_reader, queue, start

pytestmark = pytest.mark.django_db

NOBODY = "No worker is sending. Is one running?"
LONG_AGO = timedelta(minutes=5)


@pytest.fixture
def edition() -> Edition:
    """Begun a moment ago, and two of its three chunks are not claimed yet."""
    newsletter = make_newsletter(make_list(), zone="Europe/Berlin")
    make_reader(newsletter.mailing_list)
    return start(make_edition(newsletter))


def reasons(edition: Edition) -> list[str]:
    edition.refresh_from_db()
    return progress.reasons(edition, count_outcomes(edition))


def age(edition: Edition, by: timedelta = LONG_AGO) -> None:
    then = timezone.now() - by
    Edition.objects.filter(pk=edition.pk).update(frozen_at=then, updated_at=then)
    Chunk.objects.filter(edition=edition).update(wave=then)


def deferred(edition: Edition, retry_at: datetime) -> Delivery:
    Chunk.objects.filter(edition=edition).update(deferred=1, handed_to=1, settled=1, state=Chunk.State.DONE)
    return Delivery.objects.create(
        edition=edition, subscriber_id=1, chunk=edition.chunks.get(), fence=1, variant=1, outcome=Outcome.DEFERRED,
        retry_at=retry_at, settled_at=timezone.now(),
    )  # fmt: skip


def test_where_nothing_waits_nothing_is_said(edition: Edition) -> None:
    assert reasons(edition) == []


def test_trouble_is_said_with_what_iria_does_about_it(edition: Edition) -> None:
    age(edition)
    Edition.objects.update(trouble="The mail server cannot be reached.")
    # Not that nobody sends: while the server is away, workers leave the chunks alone.
    assert reasons(edition) == [
        "The mail server cannot be reached. We keep retrying. Nobody is left out, and nobody gets it twice."
    ]


def test_why_it_is_paused_is_not_said_twice(edition: Edition) -> None:
    age(edition)
    Edition.objects.update(status=Edition.Status.PAUSED, paused_why="Login refused.", trouble="Login refused.")
    assert reasons(edition) == []


def test_chunks_that_nobody_takes_mean_that_no_worker_is_there(edition: Edition) -> None:
    age(edition)
    assert reasons(edition) == [NOBODY]
    Chunk.objects.update(state=Chunk.State.CLAIMED, heard_at=timezone.now())
    assert reasons(edition) == []


def test_of_a_process_that_is_silent_nothing_is_believed(edition: Edition) -> None:
    age(edition)
    now = timezone.now()
    Chunk.objects.update(state=Chunk.State.CLAIMED, rate=1250, heard_at=now - timedelta(seconds=5))
    assert reasons(edition) == []
    assert progress.speed(edition) == 1250
    Chunk.objects.update(heard_at=now - timedelta(minutes=2))
    (why,) = reasons(edition)
    assert why.startswith("The sending process has had no heartbeat since ")
    assert why.endswith(". Is a worker running?")
    assert progress.speed(edition) == 0


def test_nobody_is_missed_at_once(edition: Edition) -> None:
    age(edition)
    Edition.objects.update(updated_at=timezone.now())  # resumed a moment ago
    assert reasons(edition) == []
    age(edition)
    Chunk.objects.update(wave=timezone.now())  # tried again from now on
    assert reasons(edition) == []


def test_between_two_chunks_of_a_worker_nobody_is_missed(edition: Edition) -> None:
    age(edition)
    last = Delivery.objects.create(
        edition=edition, subscriber_id=1, chunk=edition.chunks.get(), fence=1, variant=1, outcome=Outcome.ACCEPTED,
        settled_at=timezone.now(),
    )  # fmt: skip
    assert reasons(edition) == []
    Delivery.objects.filter(pk=last.pk).update(settled_at=timezone.now() - LONG_AGO)
    assert reasons(edition) == [NOBODY]


def test_workers_who_are_at_another_edition_are_no_workers_missing(edition: Edition) -> None:
    other = make_edition()
    make_reader(other.newsletter.mailing_list)
    start(other).chunks.update(state=Chunk.State.CLAIMED, heard_at=timezone.now())
    age(edition)
    assert reasons(edition) == ["The workers are sending another edition; this one is next."]


def test_an_edition_that_nobody_prepares_says_so() -> None:
    edition = make_edition()
    make_reader(edition.newsletter.mailing_list)
    queue(edition)
    assert reasons(edition) == []
    Edition.objects.update(send_at=timezone.now() - LONG_AGO)
    assert reasons(edition) == ["No worker has started to prepare it. Is one running?"]


def test_what_was_put_off_is_said_with_the_next_try(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    monkeypatch.setattr(progress, "timezone", SimpleNamespace(now=lambda: now))
    one = deferred(edition, now + timedelta(hours=1, minutes=5))
    assert reasons(edition) == ["1 is deferred; next attempt at 14:05 (Europe/Berlin)."]
    Chunk.objects.update(deferred=1340)
    Delivery.objects.filter(pk=one.pk).update(retry_at=now + timedelta(hours=12))
    assert reasons(edition) == ["1,340 are deferred; next attempt at 01:00 on 25 November (Europe/Berlin)."]
    Delivery.objects.filter(pk=one.pk).update(retry_at=now - timedelta(seconds=1))
    assert reasons(edition) == ["1,340 are deferred; the next attempt is due."]


def test_limits_are_among_the_reasons(edition: Edition) -> None:
    RateLimit.objects.create(per_second=100)
    rate_limits.reload_limits()
    assert reasons(edition) == ["All mail is throttled to 100 a second."]


def test_a_stop_of_all_sending_comes_first(edition: Edition) -> None:
    SendingGuard.objects.update_or_create(pk=1, defaults={"halted_why": "The database was restored from a backup."})
    Edition.objects.update(trouble="The mail server cannot be reached.")
    assert reasons(edition)[0] == "The database was restored from a backup."
    assert len(reasons(edition)) == 2
    Edition.objects.update(status=Edition.Status.SENT, trouble="")
    assert reasons(edition) == []


def test_a_journal_that_cannot_be_written_is_said(
    edition: Edition, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    age(edition)
    Chunk.objects.update(state=Chunk.State.CLAIMED)
    settings.IRIA_JOURNAL_DIR = tmp_path
    assert reasons(edition) == []
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: real(path, mode) and path != tmp_path)  # root may write always
    assert reasons(edition) == ["The journal folder isn't writable. We send nothing until it is."]
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_bavail=511, f_frsize=4096))
    full = ["The disk that holds the journal is full. We send nothing until there is room."]
    assert reasons(edition) == full
    Chunk.objects.update(state=Chunk.State.READY)  # then nobody takes one, and that is why
    assert reasons(edition) == full


def test_a_file_where_the_journals_folder_would_be_is_said(
    edition: Edition, settings: Settings, tmp_path: Path
) -> None:
    age(edition)
    Chunk.objects.update(state=Chunk.State.CLAIMED)
    settings.IRIA_JOURNAL_DIR = tmp_path / "journal"
    settings.IRIA_JOURNAL_DIR.write_text("no folder")
    assert reasons(edition) == ["The journal folder isn't writable. We send nothing until it is."]


def test_a_journal_on_another_machine_is_not_ours_to_judge(
    edition: Edition, settings: Settings, tmp_path: Path
) -> None:
    settings.IRIA_JOURNAL_DIR = tmp_path / "not-here"
    assert reasons(edition) == []
