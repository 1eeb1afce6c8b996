"""What fails between the database and the wire, and stops meanwhile: nobody is lost, nobody gets it twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from mail.results import Result
from mail.transport import Outgoing
from newsletters.delivery.engine import claiming, handing_out, retrying, sender, sending, trouble
from newsletters.delivery.engine.hold import Hold
from newsletters.delivery.engine.stopping import stopping
from newsletters.delivery.ledger import writing
from newsletters.delivery.ledger.members import Member
from newsletters.delivery.limits import rate_limits
from newsletters.models import Attempt, Chunk, Delivery, Newsletter
from newsletters.models.deliveries import Outcome
from tests.factories import make_edition, start
from tests.newsletters.delivery.conftest import Elsewhere, Scripted, answered, wait_for_a_blocked_session
from tests.newsletters.delivery.engine.sums import readers, sums


def test_a_stop_puts_back_what_was_not_begun(newsletter: Newsletter, scripted: Scripted) -> None:
    readers(newsletter, 400)
    edition = start(make_edition(newsletter))

    def stop_early(mail: Outgoing) -> Result:
        if len(scripted.sent) >= 5:
            stopping.set()
        return answered(mail, 250)

    scripted.answer = stop_early
    sending.send_slice()
    sent = len(scripted.sent)
    assert sums(edition) == {"candidates": 400, "accepted": sent, "waiting": 400 - sent}
    assert Chunk.objects.get().state == Chunk.State.READY
    stopping.clear()
    scripted.answer = lambda mail: answered(mail, 250)
    sending.send_slice()
    assert sums(edition) == {"candidates": 400, "accepted": 400}
    assert set(Counter(scripted.sent).values()) == {1}


def test_a_server_that_never_answers_leaves_its_mails_in_doubt_when_we_must_stop(
    newsletter: Newsletter, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "GRACE_SECONDS", 0.2)
    readers(newsletter, 20)
    edition = start(make_edition(newsletter))
    never = threading.Event()

    def hang(mail: Outgoing) -> Result:
        stopping.set()
        never.wait(30)
        return answered(mail, 250)

    scripted.answer = hang
    sending.send_slice()
    assert sums(edition) == {"candidates": 20, "in_doubt": 2, "waiting": 18}
    assert set(Delivery.objects.values_list("reason", flat=True)) == {"stopped"}
    never.set()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_commit_whose_answer_is_lost_loses_nobody_and_sends_nobody_twice(
    newsletter: Newsletter, scripted: Scripted, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    readers(newsletter, 120)
    edition = start(make_edition(newsletter))
    calls = Counter[str]()
    # Inside the transaction, or when it is committed and nobody knows.
    at, name = (writing.LedgerBatch, "write") if when == "before" else (handing_out._HoldExchange, "finished")
    real = getattr(at, name)

    def breaks(self: object) -> object:
        calls["all"] += 1
        if calls["all"] in {1, 3, 4, 7}:
            raise OperationalError("server closed the connection unexpectedly")
        return real(self)

    monkeypatch.setattr(at, name, breaks)
    sending.send_slice()
    assert calls["all"] >= 7
    assert sums(edition) == {"candidates": 120, "accepted": 120}
    assert set(Counter(scripted.sent).values()) == {1}


@pytest.mark.parametrize("fails", ["clear_trouble", "give_tokens_back"])
def test_what_fails_after_a_hand_out_keeps_nobody_handed_out(
    newsletter: Newsletter, scripted: Scripted, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    readers(newsletter, 200)
    edition = start(make_edition(newsletter))
    module = trouble if fails == "clear_trouble" else rate_limits
    real, calls = getattr(module, fails), Counter[str]()

    def breaks(what: object) -> object:
        calls["all"] += 1
        if calls["all"] in {1, 2}:
            raise OperationalError("server closed the connection unexpectedly")
        return real(what)

    monkeypatch.setattr(module, fails, breaks)
    sending.send_slice()
    assert calls["all"] >= 2
    assert sums(edition) == {"candidates": 200, "accepted": 200}
    assert set(Counter(scripted.sent).values()) == {1}


def test_a_commit_that_lands_after_it_was_given_up_is_noticed(
    newsletter: Newsletter, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session that was cut off commits at last, when the sender has looked and seen the chunk as it was before."""
    readers(newsletter, 60)
    edition = start(make_edition(newsletter))
    real_finished, real_orphans = handing_out._HoldExchange.finished, handing_out.find_orphans
    broken, noticed = Counter[str](), Counter[str]()

    def committed_and_unheard(work: handing_out._HoldExchange) -> handing_out.Exchanged:
        broken["commits"] += 1
        if broken["commits"] == 2:
            raise OperationalError("server closed the connection unexpectedly")
        return real_finished(work)

    def sees_what_was_before(hold: Hold) -> list[Member]:
        if broken["commits"] == 2 and not noticed["looks"]:
            noticed["looks"] += 1
            return []
        noticed["again"] += 1
        return real_orphans(hold)

    monkeypatch.setattr(handing_out._HoldExchange, "finished", committed_and_unheard)
    monkeypatch.setattr(handing_out, "find_orphans", sees_what_was_before)
    sending.send_slice()
    assert noticed["looks"] == 1 and noticed["again"] >= 1
    assert sums(edition) == {"candidates": 60, "accepted": 60}
    assert set(Counter(scripted.sent).values()) == {1}


def test_what_cannot_be_told_the_database_is_tried_again_with_patience(
    newsletter: Newsletter, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk of the database is full: reading goes on, writing does not. The loop waits longer each time."""
    readers(newsletter, 20)
    start(make_edition(newsletter))
    real, tries, waits = handing_out.exchange, Counter[str](), list[float]()

    def full(holds: Sequence[Hold], *args: Any, **kwargs: Any) -> list[handing_out.Exchanged]:
        if holds and holds[0].results:
            tries["all"] += 1
            raise OperationalError("database or disk is full")
        return real(holds, *args, **kwargs)

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        if len(waits) > 12:
            stopping.set()
        return stopping.is_set()

    monkeypatch.setattr(handing_out, "exchange", full)
    monkeypatch.setattr(stopping, "wait", wait)
    sending.send_slice(seconds=60)  # it is told to stop long before
    assert 8 <= tries["all"] <= 14
    assert max(waits) == sender.LONGEST_WAIT
    monkeypatch.undo()


def test_an_answer_that_came_before_the_lease_was_lost_is_not_forgotten(
    newsletter: Newsletter, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Losing the fence stops hand-outs, not results: also those that were in hand at that moment."""
    readers(newsletter, 12)
    edition = start(make_edition(newsletter))
    real, calls = handing_out.exchange, Counter[str]()

    def overtaken(holds: Sequence[Hold], *args: Any, **kwargs: Any) -> list[handing_out.Exchanged]:
        calls["all"] += 1
        if calls["all"] == 2:
            claiming.expire(holds[0].claim)
        return real(holds, *args, **kwargs)

    monkeypatch.setattr(handing_out, "exchange", overtaken)
    sending.send_slice()
    # Whoever was handed out and not begun is known to be so: they are tried again, at once.
    found = sums(edition)
    assert found["accepted"] == len(scripted.sent) >= 8
    assert "in_doubt" not in found
    assert set(Counter(scripted.sent).values()) == {1}
    retrying.collect_due(timezone.now() + timedelta(seconds=1))
    Chunk.objects.update(wave=timezone.now())
    sending.send_slice()
    assert sums(edition) == {"candidates": 12, "accepted": 12}
    assert set(Counter(scripted.sent).values()) == {1}


@pytest.mark.postgres_only
def test_deferrals_of_a_chunk_that_is_being_sent_fall_due_without_a_deadlock(
    newsletter: Newsletter, scripted: Scripted
) -> None:
    """A sender holds its chunk and writes rows of the edition, while the reconcile counts the same chunk down."""
    first, second = readers(newsletter, 2)
    start(make_edition(newsletter))
    scripted.answer = lambda mail: answered(mail, 451 if mail.email == first.email else 250, "4.2.1 Busy")
    sending.send_slice()
    later = timezone.now() + timedelta(minutes=6)
    reconcile = Elsewhere(lambda: retrying.collect_due(later))
    with transaction.atomic():
        chunk = Chunk.objects.select_for_update().get()
        reconcile.start()
        wait_for_a_blocked_session()
        Attempt.objects.create(
            edition_id=chunk.edition_id, subscriber_id=second.pk, outcome=Outcome.ACCEPTED, at=timezone.now()
        )
    reconcile.join()
    assert reconcile.came == 1
