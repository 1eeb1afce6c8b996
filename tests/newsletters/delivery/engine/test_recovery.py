"""Taking over from a dead process: what its journal proves is used, and what it cannot prove is in doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from mail.results import Result, Verdict
from newsletters.delivery.engine import claiming, frozen, halting, handing_out, reconciling, recovery
from newsletters.delivery.engine.hold import Hold
from newsletters.delivery.engine.journal import Journal, reading, records
from newsletters.delivery.ledger.members import Member
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.models import Chunk, DeadAddress, Delivery, Edition, Newsletter, SendingGuard
from tests.factories import make_edition, make_reader, start
from tests.newsletters.delivery.engine.dying import die


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.IRIA_JOURNAL_DIR = tmp_path / "journal"
    return tmp_path / "journal"


@pytest.fixture
def edition(newsletter: Newsletter, settings: Settings) -> Edition:
    settings.CHUNK_SIZE = 10
    for _ in range(20):
        make_reader(newsletter.mailing_list)
    return start(make_edition(newsletter))


class Victim:
    """A sending process that holds one chunk, and dies when told."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder, installation=str(halting.guard().installation), host="victim")
        (claim,) = claiming.claim(self.journal.owner, timezone.now())
        self.hold: Hold = handing_out.take_up(claim, frozen.load(claim.edition_id, claim.content_hash))
        self.slot = self.journal.claim(claim.chunk_id, claim.fence)

    def hand_out(self, want: int) -> list[int]:
        (step,) = handing_out.exchange([self.hold], [want])
        return [handed.member.subscriber_id for handed in step.handed_out]

    def begin(self, *subscriber_ids: int) -> None:
        for subscriber_id in subscriber_ids:
            self.journal.intend(self.slot, Member(subscriber_id, 1))
        self.journal.write_down()

    def hear(self, subscriber_id: int, outcome: Verdict = Verdict.ACCEPTED, code: int = 250, status: str = "") -> None:
        self.journal.outcome(
            self.slot, Result(Member(subscriber_id, 1), outcome, smtp_code=code, enhanced_status=status)
        )
        self.journal.write_down()

    def die(self) -> None:
        die(self.journal)


@pytest.fixture
def victim(edition: Edition, folder: Path) -> Iterator[Victim]:
    process = Victim(folder)
    yield process
    process.journal.close()


def outcomes() -> Counter[str]:
    return Counter(Delivery.objects.values_list("outcome", flat=True))


def sums() -> dict[str, int]:
    found = count_outcomes(Edition.objects.get())
    assert found.accounted_for == found.candidates
    return {name: getattr(found, name) for name in ("waiting", "handed_out", "accepted", "rejected", "in_doubt")}


def test_the_journal_tells_of_everybody_who_was_handed_out(victim: Victim, folder: Path) -> None:
    ids = victim.hand_out(6)
    victim.begin(*ids[:4])
    victim.hear(ids[0])
    victim.hear(ids[1], Verdict.REJECTED, 550, "5.1.1")
    victim.die()
    assert recovery.take_over() == recovery.Recovered(answered=2, waiting=2, in_doubt=2)
    assert sums() == {"waiting": 16, "handed_out": 0, "accepted": 1, "rejected": 1, "in_doubt": 2}
    assert set(Delivery.objects.filter(outcome="in_doubt").values_list("subscriber_id", flat=True)) == set(ids[2:4])
    refused = Delivery.objects.get(outcome="rejected")
    assert (refused.subscriber_id, refused.smtp_code, refused.enhanced_status) == (ids[1], 550, "5.1.1")
    assert DeadAddress.objects.get().subscriber_id == ids[1], "the address itself is dead"
    assert reading.all_in(folder) == []
    # Who waits again is handed out again, and nobody else.
    again = Victim(folder)
    while again.hold.claim.chunk_id != victim.hold.claim.chunk_id:
        again = Victim(folder)
    assert set(ids) & set(again.hand_out(10)) == set(ids[4:])


def test_nothing_is_taken_from_the_living(victim: Victim) -> None:
    victim.hand_out(3)
    assert recovery.take_over() == recovery.Recovered()
    assert sums()["handed_out"] == 3


def test_a_claim_that_died_before_it_was_written_down_waits_again(edition: Edition, folder: Path) -> None:
    journal = Journal(folder, installation=str(halting.guard().installation), host="victim")
    claiming.claim(journal.owner, timezone.now())
    die(journal)
    recovery.take_over()
    assert set(Chunk.objects.values_list("state", flat=True)) == {Chunk.State.READY}
    assert sums()["waiting"] == 20


def test_a_take_over_that_is_killed_is_done_again_by_the_next(
    victim: Victim, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = victim.hand_out(4)
    victim.begin(ids[0])
    victim.die()

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(recovery, "_settle_late", killed)
        with pytest.raises(Killed):
            recovery.take_over()
    assert len(reading.all_in(folder)) == 1
    recovery.take_over()
    assert sums() == {"waiting": 19, "handed_out": 0, "accepted": 0, "rejected": 0, "in_doubt": 1}
    assert reading.all_in(folder) == []


def test_after_a_power_loss_answers_count_and_the_rest_is_in_doubt(
    victim: Victim, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = victim.hand_out(4)
    victim.begin(*ids[:2])
    victim.hear(ids[0])
    victim.die()
    monkeypatch.setattr(reading, "boot", lambda: "the next one")
    assert recovery.take_over() == recovery.Recovered(answered=1, waiting=0, in_doubt=3)
    assert sorted(Delivery.objects.values_list("reason", flat=True)) == ["", "power_lost", "power_lost", "worker_lost"]


def test_a_journal_that_comes_late_settles_what_a_lapsed_lease_called_in_doubt(victim: Victim) -> None:
    ids = victim.hand_out(5)
    victim.begin(*ids[:3])
    victim.hear(ids[0])
    claiming.expire(victim.hold.claim)
    assert sums()["in_doubt"] == 5
    victim.die()
    recovery.take_over()
    assert outcomes() == {"accepted": 1, "in_doubt": 2, "deferred": 2}, "two had certainly not been begun"
    assert set(Delivery.objects.filter(outcome="deferred").values_list("subscriber_id", "attempts", "reason")) == {
        (ids[3], 0, "not_begun"), (ids[4], 0, "not_begun"),
    }  # fmt: skip
    reconciling.reconcile(timezone.now())
    assert outcomes() == {"accepted": 1, "in_doubt": 2, "retrying": 2}


def test_another_installations_journal_is_left_alone(victim: Victim, folder: Path) -> None:
    other = Journal(folder, installation="5f0c2a44-0000-4000-8000-00000000ffff", host="elsewhere")
    other.claim(victim.hold.claim.chunk_id, victim.hold.claim.fence)
    die(other)
    recovery.take_over()
    assert [path.stem for path in reading.all_in(folder)] == sorted([other.owner, victim.journal.owner])


# --- Promise 11 -----------------------------------------------------------------------------------------------
def test_a_journal_that_knows_a_higher_fence_than_the_database_halts_everything(victim: Victim, folder: Path) -> None:
    victim.hand_out(2)
    victim.die()
    SendingGuard.objects.update(fence=0)  # as a backup of before the claim has it
    with pytest.raises(halting.Halted, match="It looks like a restored backup") as halted:
        reconciling.reconcile(timezone.now())
    assert halting.halted() == str(halted.value)
    assert len(reading.all_in(folder)) == 1


def test_the_machine_remembers_the_highest_fence_without_a_journal(edition: Edition, folder: Path) -> None:
    guard = halting.check_may_send()
    halting.record_fence(12, str(guard.installation))
    halting.record_fence(5, str(guard.installation))
    with pytest.raises(halting.Halted, match="isn't in the database"):
        halting.check_may_send()
    halting.confirm("Ada")
    halting.check_may_send()
    (claim,) = claiming.claim("one", timezone.now())
    assert claim.fence > 12
    guard = halting.guard()
    assert (guard.confirmed_by, guard.halted_at) == ("Ada", None)


def test_a_database_at_another_place_halts_until_a_person_says_so(edition: Edition, folder: Path) -> None:
    halting.check_may_send()
    halting.check_may_send()
    SendingGuard.objects.update(location="postgresql 7381 16384")
    with pytest.raises(halting.Halted, match="The database has moved"):
        halting.check_may_send()
    with pytest.raises(halting.Halted):
        halting.check_may_send()
    halting.confirm("Ada")
    assert halting.halted() == ""
    halting.check_may_send()


def test_the_header_is_of_one_format(folder: Path) -> None:
    header = records.JournalHeader("i", "o", "b")
    assert records.JournalHeader.unpack(header.pack()) == header
    assert len(header.pack()) == records.HEADER_BYTES
    assert records.JournalHeader.unpack(header.pack().replace(b'"format": 1', b'"format": 9')) is None
    assert records.JournalHeader.unpack(b"[1, 2]".ljust(records.HEADER_BYTES)) is None
