"""An import whose people are about to get an edition: who was handed out stays, who wasn't gets nothing."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from mail.models import Message
from mail.results import Result, Verdict
from newsletters.delivery.engine import claiming, frozen, handing_out, mailed_people
from newsletters.delivery.engine.hold import Hold
from newsletters.delivery.ledger.members import Member
from newsletters.editions import transitions
from newsletters.models import Chunk, Edition, Newsletter
from subscribers.imports import running, undoing
from subscribers.models import Import, Subscriber
from tests.factories import make_edition, make_reader, start
from tests.newsletters.delivery.conftest import Elsewhere, wait_for_a_blocked_session
from tests.subscribers.imports.bringing import csv_file, keep_apart, upload

State = Import.State
ROWS, BATCH = 12, 4


@pytest.fixture
def brought(newsletter: Newsletter, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Three batches of people, between readers who were there before and came since."""
    keep_apart(monkeypatch, settings, tmp_path, rows=BATCH)
    make_reader(newsletter.mailing_list)
    lines = [f"brought{n}@import.example,confirmed" for n in range(ROWS)]
    of = upload(csv_file(tmp_path, "email,status", *lines), to=newsletter.mailing_list.slug, consent="proven")
    running.start(of)
    running.run(of.pk)
    of.refresh_from_db()
    assert of.state == State.DONE
    make_reader(newsletter.mailing_list)
    return of


@pytest.fixture
def edition(brought: Import, newsletter: Newsletter) -> Edition:
    return start(make_edition(newsletter))


def take_up() -> Hold:
    (claim,) = claiming.claim("one", timezone.now())
    return handing_out.take_up(claim, frozen.load(claim.edition_id, claim.content_hash))


def hand_out(hold: Hold, want: int) -> list[str]:
    """To whom, after the results that the hold has."""
    (step,) = handing_out.exchange([hold], [want])
    assert not step.lost
    return [each.recipient.email for each in step.handed_out]


def undo(of: Import) -> str:
    undoing.start_undoing(of)
    undoing.undo(of.pk)
    of.refresh_from_db()
    return of.state


def remaining() -> int:
    return Subscriber.objects.filter(email__endswith="@import.example").count()


@pytest.mark.parametrize("status", [Edition.Status.SENDING, Edition.Status.PAUSED, Edition.Status.CANCELLED])
def test_an_import_is_not_undone_while_a_mail_to_its_people_is_on_its_way(
    brought: Import, edition: Edition, status: str
) -> None:
    hold = take_up()
    assert undoing.why_not(brought) == ""
    assert len(hand_out(hold, 2)) == 2  # one of them is of the import
    Edition.objects.update(status=status)
    assert "on its way" in undoing.why_not(brought)
    with pytest.raises(running.CannotStart, match="on its way"):
        undoing.start_undoing(brought)


def test_who_was_handed_out_and_skipped_was_not_mailed(brought: Import, edition: Edition) -> None:
    Subscriber.objects.filter(email__endswith="@import.example").update(is_suppressed=True)
    hold = take_up()
    assert hand_out(hold, 2 + ROWS) == list(
        Subscriber.objects.exclude(email__endswith="@import.example").order_by("pk").values_list("email", flat=True)
    )
    assert Chunk.objects.get().handed_to > Chunk.objects.get().settled
    assert undoing.why_not(brought) == ""


def test_people_who_were_handed_out_after_undo_was_pressed_stay_with_those_before(
    brought: Import, edition: Edition
) -> None:
    hold = take_up()
    undoing.start_undoing(brought)
    assert len(hand_out(hold, 1 + BATCH + 1)) == 1 + BATCH + 1  # up to the first of the second batch
    undoing.undo(brought.pk)
    brought.refresh_from_db()
    assert (brought.state, remaining()) == (State.PARTLY_UNDONE, 2 * BATCH)
    assert "while it was being undone" in brought.trouble


def test_who_is_undone_before_their_turn_gets_nothing(brought: Import, edition: Edition) -> None:
    hold = take_up()
    assert len(hand_out(hold, 1)) == 1  # who was there before
    assert undo(brought) == State.UNDONE
    assert len(hand_out(hold, 100)) == 1  # who came since
    chunk = Chunk.objects.get()
    assert chunk.skip_reasons == {"erased": ROWS}


@pytest.mark.postgres_only
@pytest.mark.parametrize("handed_before", [False, True])
def test_undo_and_a_hand_out_at_the_same_moment_take_turns(
    brought: Import, edition: Edition, handed_before: bool
) -> None:
    hold = take_up()
    people = [pair for some in brought.batches.values_list("people", flat=True) for pair in some]
    if handed_before:  # its transaction isn't over: undo waits for it, and then sees it
        undoing.start_undoing(brought)
        other = Elsewhere(lambda: undoing.undo(brought.pk))
        with transaction.atomic():
            assert len(hand_out(hold, 100)) == ROWS + 2
            other.start()
            wait_for_a_blocked_session()
        other.join()
        assert (other.came, remaining()) == (False, ROWS)
        return
    other = Elsewhere(lambda: hand_out(hold, 100))
    with transaction.atomic():
        mailed_people.hold_hand_outs(people)
        assert not mailed_people.were_reached(people)
        other.start()
        wait_for_a_blocked_session()
        Subscriber.objects.filter(email__endswith="@import.example").delete()
    other.join()
    assert isinstance(other.came, list)
    assert len(other.came) == 2


@pytest.mark.postgres_only
def test_nobody_claims_a_chunk_of_people_who_are_being_undone(brought: Import, edition: Edition) -> None:
    people = [pair for some in brought.batches.values_list("people", flat=True) for pair in some]
    other = Elsewhere(take_up)
    with transaction.atomic():
        mailed_people.hold_hand_outs(people)
        other.start()
        wait_for_a_blocked_session()
        Subscriber.objects.filter(email__endswith="@import.example").delete()
    other.join()
    assert isinstance(other.came, Hold)
    assert len(hand_out(other.came, 100)) == 2


@pytest.mark.postgres_only
def test_chunks_of_other_people_go_on(brought: Import, newsletter: Newsletter, settings: Settings) -> None:
    settings.CHUNK_SIZE = 1 + ROWS
    start(make_edition(newsletter))
    holds = [take_up(), take_up()]
    assert [len(hold.members) for hold in holds] == [1 + ROWS, 1]
    people = [pair for some in brought.batches.values_list("people", flat=True) for pair in some]
    other = Elsewhere(lambda: hand_out(holds[1], 100))
    with transaction.atomic():
        mailed_people.hold_hand_outs(people)
        other.start()
        other.join(30)
        assert isinstance(other.came, list)
    assert len(other.came) == 1


def test_what_was_settled_or_will_never_be_sent_is_no_longer_asked_of_chunks(brought: Import, edition: Edition) -> None:
    hold = take_up()
    (step,) = handing_out.exchange([hold], [1])
    assert undoing.why_not(brought) == ""
    for handed in step.handed_out:
        hold.record_result(Result(handed.member, Verdict.ACCEPTED, smtp_code=250))
    transitions.cancel(edition.pk, by="Ada")
    handing_out.exchange([hold], [0])
    assert undo(brought) == State.UNDONE


@pytest.mark.parametrize("gap", [1, 2, 3])
def test_people_are_found_in_ranges_that_come_in_any_order(gap: int) -> None:
    numbers = list(range(1, 60))
    ranges = [[first, last - gap] for first, last in pairwise(range(5, 55, 5))]
    theirs = {n for n in numbers if any(first <= n <= last for first, last in ranges)}
    among = mailed_people._Among(ranges[::-1])
    members = [Member(n, 1) for n in numbers]
    assert {member.subscriber_id for member in among.find(members)} == theirs


# --- Messages -----------------------------------------------------------------------------------------------------
def message(brought: Import) -> Message:
    first, _last = brought.batches.order_by("pk")[0].people[0]
    return Message.objects.create(
        kind="confirmation", subscriber_id=first, address="brought0@import.example", due_at=timezone.now()
    )


def test_a_message_that_is_being_sent_counts_and_one_that_waits_goes_with_its_person(brought: Import) -> None:
    waiting = message(brought)
    assert undoing.why_not(brought) == ""
    now = timezone.now()
    Message.objects.update(attempts=1, due_at=now + timedelta(minutes=6), may_be_taken=True)  # claimed by the outbox
    assert "on its way" in undoing.why_not(brought)
    Message.objects.update(due_at=now)  # its worker died: nobody knows
    assert "on its way" in undoing.why_not(brought)
    Message.objects.update(due_at=now + timedelta(minutes=20), may_be_taken=False)  # the server deferred it
    assert undo(brought) == State.UNDONE
    assert not Message.objects.filter(pk=waiting.pk).exists()


@pytest.mark.postgres_only
def test_the_outbox_claims_no_message_while_its_person_is_undone(brought: Import) -> None:
    waiting = message(brought)
    batch = brought.batches.order_by("pk")[0]
    claim = Message.objects.filter(pk=waiting.pk, state=Message.State.WAITING, attempts=0)
    other = Elsewhere(lambda: claim.update(attempts=1))
    with transaction.atomic():
        undoing._hold(batch)
        other.start()
        wait_for_a_blocked_session()
        undoing._undo_batch(batch, "Bea")
    other.join()
    assert other.came == 0
