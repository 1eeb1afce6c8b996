"""No room for the journal: nobody is handed out, nobody's state changes, it is said; and with room, everybody gets it.

What a hand-out without a journal would lead to is that a kill leaves everybody who was handed out in doubt.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.clerk import Clerk
from tests.conftest import missing
from tests.faults.judge import Judge
from tests.faults.sizes import SIZE
from tests.faults.trial import House, Trial, wait_for_time
from tests.installations import Embedded
from tests.processes import ROOT, Process, wait_until
from tests.servers import Postgres, Redis, ServerMissing

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
CROWD = SIZE.recipients // 3
FULL = "The disk that holds the journal is full"  # as the page computes it when somebody looks
PAGE = 4096  # bytes, in which the file system counts
# What room is made in: a send of this size needs more of it about four times, and so once the disk is full.
SEGMENT = -(-CROWD * 8 // PAGE) * PAGE
STILL = 2.0  # seconds without a mail; before the fault there is one each few milliseconds
WATCHED = 3.0  # seconds in which somebody who may not be handed out would be: it is tried twice a second


@dataclass(frozen=True)
class Disk:
    """A small file system at this folder. Only who is started `under` it sees it, and who is started `joining` them."""

    folder: Path
    size: int  # bytes

    def under(self, *first: str) -> list[str]:
        """A command that runs another one where the file system is, after this one in a shell."""
        mount = f"mount -t tmpfs -o size={self.size} tmpfs {shlex.quote(str(self.folder))}"
        return ["unshare", "--mount", "sh", "-c", " && ".join([mount, *first, 'exec "$0" "$@"'])]

    def joining(self, process: Process) -> list[str]:
        return ["nsenter", f"--mount=/proc/{process.pid}/ns/mnt", f"--wd={ROOT}"]

    def _filler(self, process: Process) -> Path:
        return Path(f"/proc/{process.pid}/root{self.folder}/filler")

    def fill(self, process: Process) -> None:
        with self._filler(process).open("wb", buffering=0) as file:
            for piece in (bytes(1 << 20), bytes(PAGE)):
                while written(file.fileno(), piece):
                    pass

    def make_room(self, process: Process) -> None:
        self._filler(process).unlink()


def written(file: int, data: bytes) -> bool:
    """Whether any of it had room."""
    try:
        return os.write(file, data) > 0
    except OSError:
        return False


@pytest.fixture
def may_mount() -> None:
    """May this process have a file system of its own, that nobody else sees?"""
    probe = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs -o size=64k tmpfs /mnt"]
    try:
        ended = subprocess.run(probe, capture_output=True, check=False).returncode
    except FileNotFoundError:
        ended = 1
    if ended == 0:
        return
    # Root in a container may lack the right as well, and nothing that could be installed would give it.
    pytest.skip("This process may not mount a file system: no disk can be full. A journal without a folder stands in.")


@pytest.fixture(scope="module")
def servers(postgres_server: Postgres, migrated: str) -> Iterator[Callable[[str], tuple[str, str]]]:
    """The addresses of a database of this name, and of Redis."""
    with ExitStack() as stack:
        try:
            redis = stack.enter_context(Redis())
        except ServerMissing as problem:
            missing(str(problem), required_by="IRIA_REQUIRE_SERVERS")

        def at(name: str) -> tuple[str, str]:
            with_number = redis.url.replace("/0", f"/{len(name)}")
            return postgres_server.database(name, template=migrated), with_number

        yield at


@dataclass(frozen=True)
class Shop:
    """An installation whose journal is in a folder that the test made, with one worker."""

    clerk: Clerk
    judge: Judge
    worker: Process


@pytest.fixture
def open_shop(servers: Callable[[str], tuple[str, str]], tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    with ExitStack() as stack:

        def open_it(name: str, journal: Path, *, disk: Disk | None = None, full: bool = False) -> Shop:
            database_url, redis_url = servers(name)
            judge = stack.enter_context(Judge(tmp_path / "judge", delay=0.01))
            house = House(
                tmp_path / "iria", database_url=database_url, redis_url=redis_url, email_url=judge.url, migrated=True
            )
            house.variables |= {"IRIA_JOURNAL_DIR": str(journal), "FAULTS_JOURNAL_SEGMENT": str(SEGMENT)}
            iria = stack.enter_context(house)
            worker = iria.worker(inside=disk.under() if disk else [])
            if disk and full:
                disk.fill(worker)
            # Whoever is asked looks at the same disk.
            there = disk.joining(worker) if disk else []
            clerk = stack.enter_context(Clerk(iria.variables, tmp_path / "clerk.log", inside=there))
            iria.beat()
            return Shop(clerk, judge, worker)

        yield open_it


def why(trial: Trial) -> list[str]:
    """What the edition's page says."""
    found: list[str] = trial.clerk.ask("why", edition=trial.edition)
    return found


def says(trial: Trial, words: str) -> bool:
    return any(words in sentence for sentence in why(trial))


def says_or_sends(trial: Trial, words: str) -> bool:
    """Or the mails went out, and the test need wait no longer to see that."""
    return says(trial, words) or trial.taken() > 0


def is_still(trial: Trial) -> bool:
    """No mail is taken any more, though they were coming."""
    return time.time() - max(mail.at for mail in trial.judge.complete(trial.edition)) > STILL


def nobody_goes_out(trial: Trial) -> int:
    """For a while, though somebody waits. How many mails there were before."""
    wait_until(partial(is_still, trial), "no mail is taken any more", seconds=60)
    taken = trial.taken()
    assert taken < len(trial.audience), "the send was over in spite of the full disk"
    wait_for_time(time.time() + WATCHED)
    assert trial.taken() == taken, "mails were sent without a journal"
    return taken


def judged(trial: Trial, title: str) -> None:
    books = trial.finish()
    books.show(title)
    books.check()
    assert books.outcome("accepted") == set(trial.audience)
    wait_until(lambda: why(trial) == [], "nothing is said any more")


def test_on_a_full_disk_nobody_is_handed_out_and_with_room_everybody_gets_it(
    may_mount: None, open_shop: Callable[..., Shop], tmp_path: Path
) -> None:
    disk = Disk(tmp_path / "journal", 16 << 20)
    disk.folder.mkdir()
    shop = open_shop("full", disk.folder, disk=disk, full=True)
    trial = Trial(shop.clerk, shop.judge, "full", plain=CROWD)
    trial.send()

    shop.worker.wait_for(partial(says_or_sends, trial, FULL), "the page says that the disk is full", seconds=60)

    nobody_was_handed_out(trial)
    disk.make_room(shop.worker)
    judged(trial, "the journal's disk was full from the start")


def test_without_a_folder_for_the_journal_nobody_is_handed_out(open_shop: Callable[..., Shop], tmp_path: Path) -> None:
    """A file stands where the folder would be: no process may write there, not even root's."""
    journal = tmp_path / "journal"
    journal.write_text("No folder.\n")
    shop = open_shop("nowhere", journal)
    trial = Trial(shop.clerk, shop.judge, "nowhere", plain=CROWD)
    trial.send()

    shop.worker.wait_for(partial(says_or_sends, trial, "journal"), "the page says what is missing", seconds=60)

    nobody_was_handed_out(trial)
    journal.unlink()
    journal.mkdir()
    judged(trial, "the journal had no folder")


def nobody_was_handed_out(trial: Trial) -> None:
    assert trial.judge.count() == 0, "mails were sent without a journal"
    sums = trial.clerk.editions("ledger", trial.edition)
    assert (sums["waiting"], sums["candidates"]) == (CROWD, CROWD), sums
    print(f"said meanwhile: {why(trial)}")


def test_a_disk_that_fills_up_in_the_middle_stops_the_send_until_there_is_room(
    may_mount: None, open_shop: Callable[..., Shop], tmp_path: Path
) -> None:
    disk = Disk(tmp_path / "journal", 16 << 20)
    disk.folder.mkdir()
    shop = open_shop("filled", disk.folder, disk=disk)
    trial = Trial(shop.clerk, shop.judge, "filled", plain=CROWD)
    trial.send()
    trial.wait_for_taken(CROWD // 4)

    disk.fill(shop.worker)

    filled_at = trial.taken()
    wait_until(partial(says, trial, FULL), "the page says that the disk is full")
    taken = nobody_goes_out(trial)
    sums = trial.clerk.editions("ledger", trial.edition)
    assert (sums["accepted"], sums["handed_out"], sums["waiting"]) == (taken, 0, CROWD - taken), sums
    assert says(trial, FULL)
    print(f"full after {filled_at} mails, still after {taken}; said meanwhile: {why(trial)}")
    disk.make_room(shop.worker)
    judged(trial, "the journal's disk filled up in the middle")


def test_where_the_database_is_on_the_full_disk_too_the_page_still_says_so(may_mount: None, tmp_path: Path) -> None:
    """Nothing can be written, so whatever is said must be computed."""
    with ExitStack() as stack:
        judge = stack.enter_context(Judge(tmp_path / "judge", delay=0.01))
        iria = Embedded(
            tmp_path, EMAIL_URL=judge.url, DJANGO_SETTINGS_MODULE="tests.faults.settings",
            FAULTS_CHUNK_SIZE=str(SIZE.chunk), FAULTS_JOURNAL_SEGMENT=str(SEGMENT),
        )  # fmt: skip
        # Tables, and somebody's newsletter, so that the demo institute with its own edition stays away.
        iria.manage("migrate", "--verbosity", "0")
        iria.lay("newsletter")
        prepared = iria.data.rename(tmp_path / "prepared")
        iria.data.mkdir()
        disk = Disk(iria.data, 64 << 20)
        copy = f"cp -a {shlex.quote(str(prepared))}/. {shlex.quote(str(iria.data))}"
        process = stack.enter_context(
            Process(
                [*disk.under(copy), sys.executable, "manage.py", "up"], variables=iria.variables,
                log=tmp_path / "up.log",
            )
        )  # fmt: skip
        process.wait_for_words("Iria is ready at", seconds=60)
        clerk = stack.enter_context(Clerk(iria.variables, tmp_path / "clerk.log", inside=disk.joining(process)))
        trial = Trial(clerk, judge, "shared", plain=CROWD)
        trial.send()
        trial.wait_for_taken(CROWD // 4)

        disk.fill(process)

        filled_at = trial.taken()
        wait_until(partial(says, trial, FULL), "the page says that the disk is full")
        taken = nobody_goes_out(trial)
        assert says(trial, FULL)
        print(f"full after {filled_at} mails, still after {taken}; said meanwhile: {why(trial)}")
        assert "database or disk is full" in process.output(), "the database had room: this test proved nothing"
        disk.make_room(process)
        judged(trial, "the disk of journal and database filled up in the middle")
