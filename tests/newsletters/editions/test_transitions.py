"""The one guarded place: who may move an edition, from where to where, and that one press of many wins."""

from __future__ import annotations

import threading
from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.utils import timezone

from newsletters.delivery.engine import freezing
from newsletters.editions import transitions
from newsletters.models import Edition, Newsletter
from newsletters.rendering.content import EditionContent, digest
from tests.factories import begin, make_article, make_edition, make_list, make_newsletter, make_reader, queue


@pytest.fixture
def newsletter(transactional_db: None) -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list)
    return make_newsletter(mailing_list)


def test_the_press_of_send_fixes_the_content(newsletter: Newsletter) -> None:
    article = make_article(title="As approved")
    edition = queue(make_edition(newsletter, articles=[article]))
    article.title = "Changed afterwards"
    article.save()
    newsletter.from_name = "Changed"
    newsletter.save()
    edition.refresh_from_db()
    assert edition.snapshot is not None
    content = EditionContent.from_json(edition.snapshot)
    assert digest(content) == edition.content_hash
    assert content.articles[0].headline == "As approved"
    assert content.from_name == "IRIA News"


def test_the_second_press_is_told_who_started_it(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter)
    queue(edition)
    with pytest.raises(transitions.AlreadyStarted, match="Ada already sent this edition at"):
        transitions.queue(edition.pk, revision=edition.revision, by="Bob")


def test_of_parallel_presses_exactly_one_wins(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter)
    barrier, outcomes = threading.Barrier(8), []

    def press() -> None:
        barrier.wait()
        try:
            transitions.queue(edition.pk, revision=edition.revision, by="Ada")
            outcomes.append("won")
        except transitions.AlreadyStarted:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["told"] * 7 + ["won"]


def test_a_press_on_an_older_revision_is_refused(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter)
    with pytest.raises(transitions.Conflict):
        transitions.queue(edition.pk, revision=edition.revision - 1, by="Ada")
    edition.refresh_from_db()
    assert edition.status == Edition.Status.DRAFT


def test_a_time_that_has_passed_is_refused(newsletter: Newsletter) -> None:
    with pytest.raises(transitions.Refused, match="has passed"):
        queue(make_edition(newsletter), send_at=timezone.now() - timedelta(hours=1))


def test_a_scheduled_edition_can_be_called_back_and_changed(newsletter: Newsletter) -> None:
    edition = queue(make_edition(newsletter), send_at=timezone.now() + timedelta(hours=1))
    undone = transitions.undo_send(edition.pk, by="Ada")
    assert (undone.status, undone.snapshot, undone.content_hash) == (Edition.Status.DRAFT, None, "")
    assert undone.revision == edition.revision + 1


# --- The window in which it can be called back --------------------------------------------------------------------
def held(newsletter: Newsletter, seconds: float = 60) -> Edition:
    edition = make_edition(newsletter)
    window = timedelta(seconds=seconds)
    return transitions.queue(edition.pk, revision=edition.revision, by="Ada", window=window)


def move_the_end(edition: Edition, by: timedelta) -> None:
    assert edition.held_until is not None
    Edition.objects.filter(pk=edition.pk).update(held_until=edition.held_until + by)


def test_nothing_begins_in_the_window_whatever_a_workers_clock_says(newsletter: Newsletter) -> None:
    edition = held(newsletter)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):  # a host whose clock is ahead, or an early tick
        assert edition.pk not in Edition.objects.to_begin(timezone.now()).values_list("pk", flat=True)
        assert not freezing.start(edition.pk)
        assert not begin(edition, candidates=1)
    move_the_end(edition, -timedelta(seconds=61))
    Edition.objects.filter(pk=edition.pk).update(send_at=timezone.now())
    assert freezing.start(edition.pk)


def test_the_window_ends_by_itself(newsletter: Newsletter) -> None:
    edition = held(newsletter)
    move_the_end(edition, -timedelta(seconds=61))
    Edition.objects.filter(pk=edition.pk).update(send_at=timezone.now())
    assert list(Edition.objects.to_begin(timezone.now())) == [edition]


def test_a_time_beyond_the_window_needs_none(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter)
    at = timezone.now() + timedelta(hours=2)
    queued = transitions.queue(
        edition.pk, revision=edition.revision, by="Ada", send_at=at, window=timedelta(seconds=60)
    )  # fmt: skip
    assert (queued.held_until, queued.send_at) == (None, at)


def test_a_time_within_the_window_is_put_off_to_its_end(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter)
    soon = timezone.now() + timedelta(seconds=5)
    queued = transitions.queue(
        edition.pk, revision=edition.revision, by="Ada", send_at=soon, window=timedelta(seconds=60)
    )  # fmt: skip
    assert queued.held_until is not None
    assert queued.send_at is not None
    assert queued.send_at >= soon + timedelta(seconds=50)


def test_a_program_and_a_schedule_need_no_window(newsletter: Newsletter) -> None:
    assert queue(make_edition(newsletter)).held_until is None


def test_called_back_and_sent_again_it_is_held_again(newsletter: Newsletter) -> None:
    edition = held(newsletter)
    undone = transitions.undo_send(edition.pk, by="Ada")
    assert undone.held_until is None
    again = transitions.queue(edition.pk, revision=undone.revision, by="Ada", window=timedelta(seconds=60))
    assert again.held_until is not None
    assert not begin(edition, candidates=1)


def test_undo_send_and_send_now_at_the_same_moment_end_in_one_of_them(newsletter: Newsletter) -> None:
    edition = held(newsletter)
    barrier, said = threading.Barrier(8), []

    def press(move: str) -> None:
        barrier.wait()
        try:
            getattr(transitions, move)(edition.pk, by="Ada")
            if move == "release":
                freezing.start(edition.pk)
            said.append(move)
        except transitions.Refused:
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(move,)) for move in ["undo_send", "release"] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    edition.refresh_from_db()
    assert len(said) == 8
    assert said.count("undo_send") <= 1
    if "undo_send" in said:
        assert edition.status == Edition.Status.DRAFT
        assert not edition.variants.exists()
    else:
        assert edition.status == Edition.Status.SENDING


@pytest.mark.parametrize(
    ("move", "from_"),
    [
        ("undo_send", {"queued"}),
        ("pause", {"sending"}),
        ("resume", {"paused"}),
        ("cancel", {"draft", "queued", "sending", "paused"}),
    ],
)
@pytest.mark.parametrize("status", ["draft", "queued", "sending", "paused", "sent", "cancelled"])
def test_an_edition_moves_only_along_the_arrows(
    newsletter: Newsletter, move: str, from_: set[str], status: str
) -> None:
    edition = queue(make_edition(newsletter))
    Edition.objects.filter(pk=edition.pk).update(status=status)
    if status in from_:
        assert getattr(transitions, move)(edition.pk, by="Ada").status != status
    else:
        with pytest.raises(transitions.Refused):
            getattr(transitions, move)(edition.pk, by="Ada")
        edition.refresh_from_db()
        assert edition.status == status


def test_an_unknown_edition_is_said_to_be_unknown(newsletter: Newsletter) -> None:
    with pytest.raises(transitions.Refused, match="no edition with the id 999"):
        transitions.pause(999, by="Ada")


def test_the_database_refuses_to_send_without_a_snapshot(newsletter: Newsletter) -> None:
    from django.db import IntegrityError

    edition = make_edition(newsletter)
    with pytest.raises(IntegrityError):
        Edition.objects.filter(pk=edition.pk).update(status=Edition.Status.SENDING)


@pytest.mark.either_database
@pytest.mark.django_db
def test_editions_that_were_sent_before_there_was_a_column_get_the_lifetime_of_their_snapshot() -> None:
    migration = import_module("newsletters.migrations.0028_copy_lifetimes_out_of_snapshots")
    long, short, draft = make_edition(), make_edition(), make_edition()
    for edition, hours in ((long, 48), (short, 6)):
        Edition.objects.filter(pk=edition.pk).update(snapshot={"lifetime_hours": hours}, lifetime_hours=24)
    migration.copy(apps, None)
    hours_of = dict(Edition.objects.values_list("pk", "lifetime_hours"))
    assert hours_of == {long.pk: 48, short.pk: 6, draft.pk: 24}
