"""Claims, leases and fences: who may send, and what becomes of the mails of somebody who is gone."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from mail.results import Result, Verdict, from_reply
from mail.transport import TransportError
from newsletters.delivery.engine import claiming, frozen, handing_out
from newsletters.delivery.engine.claiming import Claim, LeaseWatch
from newsletters.delivery.engine.hold import Hold
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.models import Attempt, Chunk, Delivery, Edition, Newsletter
from newsletters.models.deliveries import Outcome
from tests.factories import make_article, make_edition, make_reader, make_topic, start


@pytest.fixture
def edition(newsletter: Newsletter, settings: Settings) -> Edition:
    settings.CHUNK_SIZE = 10
    for _ in range(30):
        make_reader(newsletter.mailing_list)
    return start(make_edition(newsletter))


def claim(owner: str = "one") -> Claim:
    (claimed,) = claiming.claim(owner, timezone.now())
    return claimed


def take_up(owner: str = "one") -> Hold:
    claimed = claim(owner)
    return handing_out.take_up(claimed, frozen.load(claimed.edition_id, claimed.content_hash))


def hand_out(hold: Hold, want: int = 4) -> list[handing_out.HandedOut]:
    (step,) = handing_out.exchange([hold], [want])
    assert not step.lost
    return list(step.handed_out)


def accepted(handed: handing_out.HandedOut) -> Result:
    return Result(handed.member, Verdict.ACCEPTED, smtp_code=250)


def record(hold: Hold, results: Iterable[Result]) -> None:
    for result in results:
        hold.record_result(result)


def test_parallel_claims_get_different_chunks(edition: Edition) -> None:
    barrier = threading.Barrier(6)
    claimed: list[Claim | None] = []

    def take() -> None:
        barrier.wait()
        claimed.extend(claiming.claim("worker", timezone.now()) or [None])
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(one is None for one in claimed) == {False: 3, True: 3}
    assert len({one.chunk_id for one in claimed if one}) == 3
    assert len({one.fence for one in claimed if one}) == 3


def test_nothing_is_claimed_of_an_edition_that_is_not_being_sent(edition: Edition) -> None:
    Edition.objects.update(status=Edition.Status.PAUSED)
    assert claiming.claim("one", timezone.now()) == []


def test_a_chunk_with_somebody_on_their_way_is_not_given_back(edition: Edition) -> None:
    hold = take_up()
    handed = hand_out(hold)
    (step,) = handing_out.exchange([hold], [0], let_go=True)
    assert not step.over
    assert claiming.release_unheld("one") == 0
    record(hold, [accepted(one) for one in handed])
    (step,) = handing_out.exchange([hold], [0], let_go=True)
    assert step.over
    assert Chunk.objects.get(pk=hold.claim.chunk_id).state == Chunk.State.READY


def test_a_claim_that_could_not_be_written_down_is_given_back(edition: Edition) -> None:
    claimed = claim("mine")
    assert claiming.release_unheld("another") == 0
    assert claiming.release_unheld("mine") == 1
    assert Chunk.objects.get(pk=claimed.chunk_id).state == Chunk.State.READY


def test_a_lease_ends_only_when_the_heartbeat_stands_still(
    edition: Edition, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("newsletters.delivery.engine.claiming.time.monotonic", lambda: clock[0])
    watch, hold = LeaseWatch(), take_up()
    assert watch.find_lapsed() == []
    clock[0] += 25
    assert watch.find_lapsed() == []
    hand_out(hold)  # a heartbeat
    for _ in range(3):
        clock[0] += 20
        assert watch.find_lapsed() == []
    clock[0] += 20
    assert [one.chunk_id for one in watch.find_lapsed()] == [hold.claim.chunk_id]


def test_no_lease_ends_because_the_observer_was_away(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the database was down nobody could show life; nor when this process stood still."""
    clock = [1000.0]
    monkeypatch.setattr("newsletters.delivery.engine.claiming.time.monotonic", lambda: clock[0])
    watch, _hold = LeaseWatch(), take_up()
    watch.find_lapsed()
    clock[0] += 3600
    assert watch.find_lapsed() == []


def test_who_was_handed_out_by_a_lost_worker_is_in_doubt_and_never_sent_again(edition: Edition) -> None:
    hold = take_up()
    handed = hand_out(hold, want=4)
    record(hold, [accepted(handed[0])])
    handing_out.exchange([hold], [0])
    assert claiming.expire(hold.claim) == 3
    sums = count_outcomes(Edition.objects.get())
    assert (sums.accepted, sums.in_doubt, sums.waiting, sums.candidates) == (1, 3, 26, 30)
    assert sums.accounted_for == 30
    again = take_up("two")
    while again.claim.chunk_id != hold.claim.chunk_id:
        again = take_up("two")
    assert again.claim.fence > hold.claim.fence
    others = hand_out(again, want=100)
    assert not {one.member for one in handed} & {one.member for one in others}
    assert len(others) == 6
    assert claiming.expire(hold.claim) == 0  # of the old fence


def test_losing_the_fence_stops_hand_outs_but_not_results(edition: Edition) -> None:
    slow = take_up()
    handed = hand_out(slow, want=4)
    claiming.expire(slow.claim)
    record(slow, [accepted(handed[0])])
    (step,) = handing_out.exchange([slow], [1])
    assert step.lost and not step.handed_out
    assert slow.results, "what was not written is not forgotten"
    handing_out.settle_late(slow.claim, slow.results)
    handing_out.settle_late(slow.claim, slow.results)
    handing_out.settle_late(slow.claim, [handing_out.not_begun(handed[1].member)])
    outcomes = Counter(Delivery.objects.values_list("outcome", flat=True))
    assert outcomes == {"accepted": 1, "in_doubt": 2, "deferred": 1}
    sums = count_outcomes(Edition.objects.get())
    assert (sums.accepted, sums.in_doubt, sums.deferred, sums.handed_out) == (1, 2, 1, 0)
    assert sums.accounted_for == 30
    assert Delivery.objects.get(outcome="deferred").attempts == 0, "nothing was attempted"


def test_results_are_written_once_however_often_they_come(edition: Edition) -> None:
    hold = take_up()
    results = [accepted(one) for one in hand_out(hold, want=2)]
    record(hold, list(results))
    handing_out.exchange([hold], [0])
    record(hold, list(results))
    with pytest.raises(IntegrityError):
        handing_out.exchange([hold], [0])
    assert hold.results == results
    handing_out.exchange([hold], [0], careful=True)
    chunk = Chunk.objects.get(pk=hold.claim.chunk_id)
    assert (chunk.accepted, chunk.settled, chunk.handed_to) == (2, 2, 2)


def test_the_work_of_a_hand_out_does_not_grow_with_the_recipients(edition: Edition) -> None:
    counts = []
    for want in (2, 8):
        hold = take_up()
        record(hold, [accepted(one) for one in hand_out(hold, want=want)])
        with CaptureQueriesContext(connection) as queries:
            handing_out.exchange([hold], [want])
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_one_exchange_serves_all_chunks_and_a_lost_one_spoils_no_other(edition: Edition) -> None:
    holds = [take_up() for _ in range(3)]
    handed = [step.handed_out for step in handing_out.exchange(holds, [3, 3, 3])]
    claiming.expire(holds[1].claim)
    for hold, those in zip(holds, handed, strict=True):
        record(hold, [accepted(one) for one in those])
    steps = handing_out.exchange(holds, [10, 10, 10])
    assert [step.lost for step in steps] == [False, True, False]
    assert [len(step.handed_out) for step in steps] == [7, 0, 7]
    sums = count_outcomes(Edition.objects.get())
    assert (sums.accepted, sums.in_doubt, sums.handed_out, sums.waiting) == (6, 3, 14, 7)


def test_who_has_a_result_is_not_put_back_nor_looked_at_again(edition: Edition) -> None:
    """As after a COMMIT whose answer was lost: what it settled is asked for once more."""
    hold = take_up()
    handed = hand_out(hold, want=3)
    record(hold, [accepted(one) for one in handed])
    handing_out.exchange([hold], [0])
    hold.mark_stale(handed[0].member)
    for one in handed[1:]:
        hold.put_back(one.member)
    (step,) = handing_out.exchange([hold], [0], careful=True)
    assert not step.handed_out
    chunk = Chunk.objects.get(pk=hold.claim.chunk_id)
    assert (chunk.accepted, chunk.settled, chunk.handed_to) == (3, 3, 3)


def test_the_sums_are_of_one_moment(edition: Edition) -> None:
    """Between two queries on PostgreSQL a sender may move somebody, and the whole would not come to its sum."""
    with CaptureQueriesContext(connection) as queries:
        assert count_outcomes(edition).accounted_for == 30
    assert len(queries) == 1


def test_a_servers_words_are_stored_without_control_characters(edition: Edition) -> None:
    """PostgreSQL takes no NUL, and COPY has signs of its own: one such reply would lose a whole batch of results."""
    hold = take_up()
    (handed,) = hand_out(hold, want=1)
    record(
        hold,
        [from_reply(handed.member, 550, "5.1.1 no\x00\r\nsuch\\N \tuser", stage="rcpt", email=handed.recipient.email)],
    )
    handing_out.exchange([hold], [0])
    assert Attempt.objects.get().reply == Delivery.objects.get().reply == "550 5.1.1 no such\\N user"
    assert str(TransportError("gone\x00away")) == "gone away"


def test_those_who_have_no_mail_cost_no_transactions_of_their_own(newsletter: Newsletter) -> None:
    asia, east = make_topic(), make_topic()
    for number in range(30):
        make_reader(newsletter.mailing_list, topics=[asia if number % 10 else east])
    start(make_edition(newsletter, articles=[make_article(topics=[east])]))
    hold = take_up()
    assert len(hand_out(hold, want=2)) == 2
    chunk = Chunk.objects.get()
    assert (chunk.handed_to, chunk.skip_reasons) == (11, {"no_topic": 9})
    assert len(hand_out(hold, want=2)) == 1
    chunk.refresh_from_db()
    assert (chunk.handed_to, chunk.skip_reasons, chunk.settled) == (30, {"no_topic": 27}, 27)


def test_a_late_answer_is_of_the_attempt_that_was_counted(edition: Edition) -> None:
    hold = take_up()
    (handed,) = hand_out(hold, 1)
    claiming.expire(hold.claim)
    assert Delivery.objects.get().attempts == 1
    handing_out.settle_late(hold.claim, [Result(handed.member, Verdict.DEFERRED, smtp_code=451)])
    found = Delivery.objects.get()
    assert (found.outcome, found.attempts) == (Outcome.DEFERRED, 1)
    assert found.retry_at is not None
    assert timedelta(minutes=4) < found.retry_at - timezone.now() <= timedelta(minutes=5)
