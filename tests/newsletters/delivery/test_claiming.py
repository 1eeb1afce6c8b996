"""Claims, leases and fences: who may send, and what becomes of the mails of somebody who is gone."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from newsletters.delivery import claiming, frozen, handing_out, ledger
from newsletters.delivery.claiming import Claim, LeaseWatch
from newsletters.delivery.outcomes import Result, from_reply
from newsletters.delivery.transports.base import Unreachable
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
    claimed = claiming.claim(owner, timezone.now())
    assert claimed is not None
    return claimed


def hand_out(claimed: Claim, want: int = 4) -> list[handing_out.HandedOut]:
    loaded = frozen.load(claimed.edition_id, claimed.content_hash)
    return handing_out.exchange(claimed, loaded, [], want=want).handed_out


def accepted(handed: handing_out.HandedOut) -> Result:
    return Result(*handed.member, Outcome.ACCEPTED, smtp_code=250)


def test_parallel_claims_get_different_chunks(edition: Edition) -> None:
    barrier, claimed = threading.Barrier(6), []

    def take() -> None:
        barrier.wait()
        claimed.append(claiming.claim("worker", timezone.now()))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(one is None for one in claimed) == {False: 3, True: 3}
    assert len({one.chunk_id for one in claimed if one}) == 3


def test_nothing_is_claimed_of_an_edition_that_is_not_being_sent(edition: Edition) -> None:
    Edition.objects.update(status=Edition.Status.PAUSED)
    assert claiming.claim("one", timezone.now()) is None


def test_a_chunk_with_somebody_on_their_way_is_not_released(edition: Edition) -> None:
    claimed = claim()
    hand_out(claimed)
    claiming.release(claimed)
    assert Chunk.objects.get(pk=claimed.chunk_id).state == Chunk.State.CLAIMED


def test_a_lease_ends_only_when_the_heartbeat_stands_still(
    edition: Edition, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("newsletters.delivery.claiming.time.monotonic", lambda: clock[0])
    watch, claimed = LeaseWatch(), claim()
    assert watch.look() == []
    clock[0] += 50
    hand_out(claimed)  # a heartbeat
    assert watch.look() == []
    clock[0] += 59
    assert watch.look() == []
    clock[0] += 1.5
    assert watch.look() == [claimed]


def test_who_was_handed_out_by_a_lost_worker_is_in_doubt_and_never_sent_again(edition: Edition) -> None:
    claimed = claim()
    handed = hand_out(claimed, want=4)
    loaded = frozen.load(claimed.edition_id, claimed.content_hash)
    handing_out.exchange(claimed, loaded, [accepted(handed[0])], want=0)
    assert claiming.expire(claimed) == {"in_doubt": 3}
    sums = ledger.sums(Edition.objects.get())
    assert (sums.accepted, sums.in_doubt, sums.waiting, sums.candidates) == (1, 3, 26, 30)
    assert sums.accounted_for == 30
    again = claim("two")
    while again.chunk_id != claimed.chunk_id:
        again = claim("two")
    assert again.fence == claimed.fence + 1
    others = hand_out(again, want=100)
    assert not {one.member for one in handed} & {one.member for one in others}
    assert len(others) == 6
    assert claiming.expire(claimed) == {}  # of the old fence


def test_losing_the_fence_stops_hand_outs_but_not_results(edition: Edition) -> None:
    slow = claim()
    handed = hand_out(slow, want=3)
    claiming.expire(slow)
    loaded = frozen.load(slow.edition_id, slow.content_hash)
    with pytest.raises(handing_out.FenceLost):
        handing_out.exchange(slow, loaded, [accepted(handed[0])], want=1)
    handing_out.settle_late(slow, [accepted(handed[0])])
    handing_out.settle_late(slow, [accepted(handed[0])])
    outcomes = Counter(Delivery.objects.values_list("outcome", flat=True))
    assert outcomes == {"accepted": 1, "in_doubt": 2}
    sums = ledger.sums(Edition.objects.get())
    assert (sums.accepted, sums.in_doubt, sums.handed_out, sums.accounted_for) == (1, 2, 0, 30)


def test_results_are_written_once_however_often_they_come(edition: Edition) -> None:
    claimed = claim()
    handed = hand_out(claimed, want=2)
    loaded = frozen.load(claimed.edition_id, claimed.content_hash)
    for _ in range(3):
        handing_out.exchange(claimed, loaded, [accepted(one) for one in handed], want=0)
    chunk = Chunk.objects.get(pk=claimed.chunk_id)
    assert (chunk.accepted, chunk.settled, chunk.handed_to) == (2, 2, 2)


def test_the_work_of_a_hand_out_does_not_grow_with_the_recipients(edition: Edition) -> None:
    counts = []
    for want in (2, 8):
        claimed = claim()
        handed = hand_out(claimed, want=want)
        loaded = frozen.load(claimed.edition_id, claimed.content_hash)
        with CaptureQueriesContext(connection) as queries:
            handing_out.exchange(claimed, loaded, [accepted(one) for one in handed], want=want)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_who_has_a_result_is_not_put_back_nor_looked_at_again(edition: Edition) -> None:
    """As after a COMMIT whose answer was lost: what it settled is asked for once more."""
    claimed = claim()
    handed = hand_out(claimed, want=3)
    loaded = frozen.load(claimed.edition_id, claimed.content_hash)
    members = [one.member for one in handed]
    handing_out.exchange(claimed, loaded, [accepted(one) for one in handed], want=0)
    step = handing_out.exchange(claimed, loaded, [], want=0, stale=members[:1], unsent=members[1:])
    assert step.handed_out == []
    chunk = Chunk.objects.get(pk=claimed.chunk_id)
    assert (chunk.accepted, chunk.settled, chunk.handed_to) == (3, 3, 3)


def test_the_sums_are_of_one_moment(edition: Edition) -> None:
    """Between two queries on PostgreSQL a sender may move somebody, and the whole would not come to its sum."""
    with CaptureQueriesContext(connection) as queries:
        assert ledger.sums(edition).accounted_for == 30
    assert len(queries) == 1


def test_a_servers_words_are_stored_without_control_characters(edition: Edition) -> None:
    """PostgreSQL takes no NUL: one such reply would lose the results of a whole batch."""
    claimed = claim()
    (handed,) = hand_out(claimed, want=1)
    loaded = frozen.load(claimed.edition_id, claimed.content_hash)
    result = from_reply(*handed.member, 550, "5.1.1 no\x00\r\nsuch user", stage="rcpt", email=handed.recipient.email)
    handing_out.exchange(claimed, loaded, [result], want=0)
    assert Attempt.objects.get().reply == "550 5.1.1 no such user"
    assert str(Unreachable("gone\x00away")) == "gone away"


def test_those_who_have_no_mail_cost_no_transactions_of_their_own(newsletter: Newsletter) -> None:
    asia, east = make_topic(), make_topic()
    for number in range(30):
        make_reader(newsletter.mailing_list, topics=[asia if number % 10 else east])
    start(make_edition(newsletter, articles=[make_article(topics=[east])]))
    claimed = claim()
    assert len(hand_out(claimed, want=2)) == 2
    chunk = Chunk.objects.get()
    assert (chunk.handed_to, chunk.skip_reasons) == (11, {"no_topic": 9})
    assert len(hand_out(claimed, want=2)) == 1
    chunk.refresh_from_db()
    assert (chunk.handed_to, chunk.skip_reasons, chunk.settled) == (30, {"no_topic": 27}, 27)
