"""The journal: what was written is found again, whatever the process dies of; a full disk stops before the mail."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mail.results import Result, Verdict
from newsletters.delivery.engine.journal import Journal, JournalUnusable, reading, records, writing
from newsletters.delivery.ledger.members import Member
from tests.newsletters.delivery.engine.dying import die
from tests.processes import ROOT

INSTALLATION = "5f0c2a44-0000-4000-8000-000000000001"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path, installation=INSTALLATION, host="news/01 ü")
    yield opened
    opened.close()


def told(journal: Journal) -> reading.DeadJournal:
    with reading.take(journal.path) as (free, found):
        assert free and found is not None
        return found


def answer(subscriber_id: int, outcome: Verdict = Verdict.ACCEPTED, code: int = 250, enhanced: str = "2.0.0") -> Result:
    return Result(Member(subscriber_id, 1), outcome, smtp_code=code, enhanced_status=enhanced)


def test_what_was_begun_and_what_was_answered_is_told(journal: Journal) -> None:
    slot = journal.claim(chunk_id=7, fence=41)
    for subscriber_id in (1, 2, 3, 4):
        journal.intend(slot, Member(subscriber_id, 1))
    journal.outcome(slot, answer(1))
    journal.outcome(slot, answer(2, Verdict.REJECTED, 550, "5.1.1"))
    journal.revoke(slot, Member(4, 1))
    journal.write_down()
    die(journal)
    found = told(journal)
    assert found.header.owner == journal.owner == journal.path.stem
    assert found.proves_what_was_not_begun
    assert found.highest_fence == 41
    claim = found.told(7, 41)
    assert claim.begun == {3}
    assert claim.answers == {
        1: reading.Answer(Verdict.ACCEPTED, 250, "2.0.0"),
        2: reading.Answer(Verdict.REJECTED, 550, "5.1.1"),
    }
    assert found.told(7, 40) == reading.Told()


@pytest.mark.parametrize(
    ("code", "enhanced"), [(250, "2.1.5"), (550, "5.1.10"), (421, ""), (None, ""), (599, "5.999.999")]
)
def test_codes_survive_the_packing(code: int | None, enhanced: str) -> None:
    assert records.unpacked_answer(records.packed_answer(code, enhanced)) == (code, enhanced)


def test_a_living_owners_journal_is_nobody_elses(journal: Journal) -> None:
    with reading.take(journal.path) as (free, found):
        assert (free, found) == (False, None)


def test_who_has_taken_a_journal_is_alone_with_it(journal: Journal) -> None:
    journal.claim(1, 1)
    die(journal)
    with reading.take(journal.path) as (first, _found), reading.take(journal.path) as (second, _none):
        assert (first, second) == (True, False)
    with reading.take(journal.path) as (again, _found):
        assert again  # who was killed while acting has freed it


def test_a_slot_that_is_used_again_means_another_claim(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_SLOTS", 2)
    first = journal.claim(1, 10)
    journal.intend(first, Member(100, 1))
    journal.outcome(first, answer(100))
    journal.drop(first)
    second, third = journal.claim(2, 11), journal.claim(3, 12)
    assert {second, third} == {0, 1}
    journal.intend(third, Member(100, 1))
    journal.write_down()
    die(journal)
    assert told(journal).told(3, 12).begun == {100}
    assert told(journal).told(2, 11) == reading.Told()


def test_a_second_attempt_under_the_same_claim_is_what_counts(journal: Journal) -> None:
    slot = journal.claim(1, 1)
    journal.intend(slot, Member(5, 1))
    journal.outcome(slot, answer(5, Verdict.DEFERRED, 421, ""))
    journal.intend(slot, Member(5, 1))
    journal.write_down()
    die(journal)
    assert told(journal).told(1, 1) == reading.Told(begun={5})


def test_it_goes_on_in_a_new_file_and_keeps_what_open_claims_need(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "TIDY_AT", 4096)
    old = journal.path.stat().st_ino
    done, open_ = journal.claim(1, 1), journal.claim(2, 2)
    for subscriber_id in range(200):
        journal.intend(done, Member(subscriber_id, 1))
        journal.outcome(done, answer(subscriber_id))
    journal.intend(open_, Member(500, 1))
    journal.outcome(open_, answer(500))
    journal.intend(open_, Member(501, 1))
    journal.drop(done)
    journal.reserve(10)
    assert journal.path.stat().st_ino != old
    assert journal._end < 4096
    journal.intend(open_, Member(502, 1))
    journal.write_down()
    die(journal)
    found = told(journal)
    assert found.claims.keys() == {(2, 2)}
    assert found.told(2, 2) == reading.Told({501, 502}, {500: reading.Answer(Verdict.ACCEPTED, 250, "2.0.0")})


def test_a_file_that_was_begun_and_not_finished_is_free_and_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "half.journal"
    path.write_bytes(bytes(100))
    with reading.take(path) as (free, found):
        assert (free, found) == (True, None)


@pytest.mark.parametrize("boot", ["another-boot", ""])
def test_after_a_power_loss_a_missing_intent_proves_nothing(journal: Journal, boot: str) -> None:
    journal.claim(1, 1)
    die(journal)
    found = told(journal)
    other = reading.DeadJournal(records.JournalHeader(INSTALLATION, "o", boot), found.claims)
    assert not other.proves_what_was_not_begun


def test_no_room_is_said_before_anybody_is_handed_out(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = journal.claim(1, 1)

    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writing, "_allocate", full)
    journal.reserve(1000)  # what is allocated may be used
    with pytest.raises(JournalUnusable, match="No space left on device"):
        journal.reserve(writing.SEGMENT // writing.A_MAIL)
    journal.intend(slot, Member(1, 1))
    with pytest.raises(JournalUnusable, match=r"The journal in .* isn't writable: No space left on device\."):
        Journal(journal.path.parent, installation=INSTALLATION, host="full")
    assert len(reading.all_in(journal.path.parent)) == 1, "what could not be begun is not left behind"


def test_what_cannot_be_written_is_an_error_and_is_written_later_in_its_order(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = journal.claim(1, 1)
    journal.intend(slot, Member(1, 1))
    journal.outcome(slot, answer(1))
    journal.intend(slot, Member(2, 1))
    real, said = os.pwrite, [17, 0]

    def a_little_and_no_more(file: int, data: bytes, at: int) -> int:
        if not said:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(file, bytes(data[: said.pop(0)]), at)

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", a_little_and_no_more)
        with pytest.raises(JournalUnusable, match="Input/output error"):
            journal.write_down()
        with pytest.raises(JournalUnusable):
            journal.reserve(1)
    journal.revoke(slot, Member(2, 1))
    journal.write_down()
    die(journal)
    assert told(journal).told(1, 1) == reading.Told(set(), {1: reading.Answer(Verdict.ACCEPTED, 250, "2.0.0")})


def test_what_was_only_noted_dies_with_the_process(journal: Journal) -> None:
    slot = journal.claim(1, 1)
    journal.intend(slot, Member(1, 1))
    die(journal)
    assert told(journal).told(1, 1) == reading.Told()


def test_the_end_of_a_process_leaves_no_file_when_nothing_depends_on_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path, installation=INSTALLATION, host="h")
    slot = journal.claim(1, 1)
    journal.drop(slot)
    journal.close()
    assert reading.all_in(tmp_path) == []
    kept = Journal(tmp_path, installation=INSTALLATION, host="h")
    kept.claim(1, 2)
    kept.close()
    assert len(reading.all_in(tmp_path)) == 1


def test_a_killed_process_leaves_its_last_record_and_a_free_lock(tmp_path: Path) -> None:
    """A real one, by SIGKILL, at a moment that it does not choose."""
    code = textwrap.dedent(f"""
        import django; django.setup()
        from pathlib import Path
        from newsletters.delivery.engine.journal import Journal
        from newsletters.delivery.ledger.members import Member
        journal = Journal(Path({str(tmp_path)!r}), installation={INSTALLATION!r}, host="victim")
        slot = journal.claim(9, 3)
        print("ready", flush=True)
        n = 0
        while True:
            n += 1
            journal.intend(slot, Member(n, 1))
            if n % 3 == 0:
                journal.write_down()
    """)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE) as victim:
        assert victim.stdout is not None and victim.stdout.readline() == b"ready\n"
        (path,) = reading.all_in(tmp_path)
        with reading.take(path) as (free, _none):
            assert not free
        while os.pread(os.open(path, os.O_RDONLY), 16, records.HEADER_BYTES + 16 * 500) == bytes(16):
            pass
        victim.send_signal(signal.SIGKILL)
        victim.wait(10)
    with reading.take(path) as (free, found):
        assert free and found is not None
        begun = found.told(9, 3).begun
    assert begun == set(range(1, max(begun) + 1)) and len(begun) >= 499


def test_notes_of_several_threads_are_all_written_each_threads_in_its_order(journal: Journal) -> None:
    """Noting takes no lock, and others write down meanwhile."""
    slots = [journal.claim(number, number) for number in range(1, 5)]
    journal.reserve(4 * 2_000)

    def note(slot: int) -> None:
        for number in range(1, 1_001):
            journal.intend(slot, Member(number, 1))
            journal.outcome(slot, answer(number))
            if number % 10 == slot:
                journal.write_down()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(note, slots))
    journal.write_down()
    kinds: dict[int, list[tuple[int, int]]] = {slot: [] for slot in slots}
    for record in records.records(journal.path.read_bytes()):
        if record.kind != records.CLAIM:
            kinds[record.slot].append((record.kind, record.id))
    expected = [(kind, number) for number in range(1, 1_001) for kind in (records.INTENT, records.ANSWER)]
    assert all(kinds[slot] == expected for slot in slots)
