"""No room for the journal: nobody is handed out, nobody's state changes, it is said; and with room, everybody gets it.

What a hand-out without a journal would lead to is that a kill leaves everybody who was handed out in doubt.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.faults.clerk import Clerk
from tests.faults.judge import Judge
from tests.faults.sizes import SIZE
from tests.faults.trial import House, Trial
from tests.processes import ROOT, Process, wait_until
from tests.servers import Postgres, Redis, ServerMissing

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
CROWD = 200
DISK = 64 * 1024 * 1024  # bytes of the full disk
FILL = "import sys; f = open(sys.argv[1], 'wb', 0)\ntry:\n while True: f.write(bytes(1 << 20))\nexcept OSError: pass"


def may_mount() -> bool:
    """May this process have a file system of its own, that nobody else sees?"""
    probe = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs -o size=64k tmpfs /mnt"]
    try:
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def a_full_disk(journal: Path) -> tuple[list[str], Callable[[Process], None]]:
    """A command that runs a worker where the journal's disk is full, and what makes room then."""
    script = (
        f"mount -t tmpfs -o size={DISK} tmpfs {shlex.quote(str(journal))} &&"
        f' {shlex.quote(sys.executable)} -c "$0" {shlex.quote(str(journal / "filler"))}; exec "$@"'
    )

    def make_room(worker: Process) -> None:
        Path(f"/proc/{worker.pid}/root{journal}/filler").unlink()

    return ["unshare", "--mount", "sh", "-c", script, FILL], make_room


def no_folder(journal: Path) -> tuple[list[str], Callable[[Process], None]]:
    """A file stands where the journal's folder would be: no process may write there, not even root's."""
    journal.rmdir()
    journal.write_text("No folder.\n")

    def make_room(_worker: Process) -> None:
        journal.unlink()
        journal.mkdir()

    return [], make_room


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


@pytest.mark.parametrize(("fault", "name"), [(a_full_disk, "full"), (no_folder, "nowhere")], ids=["full", "nowhere"])
def test_without_a_journal_nobody_is_handed_out_and_with_room_everybody_gets_it(
    fault: Callable[[Path], tuple[list[str], Callable[[Process], None]]],
    name: str,
    servers: Callable[[str], tuple[str, str]],
    tmp_path: Path,
) -> None:
    if fault is a_full_disk and not may_mount():
        pytest.skip("This process may not mount a file system, so no disk can be full; the other fault stands for it.")
    journal = tmp_path / "journal"
    journal.mkdir()
    database_url, redis_url = servers(name)
    with ExitStack() as stack:
        judge = stack.enter_context(Judge(tmp_path / "judge"))
        iria = stack.enter_context(
            House(tmp_path / "iria", database_url=database_url, redis_url=redis_url, email_url=judge.url, migrated=True)
        )
        iria.variables["IRIA_JOURNAL_DIR"] = str(journal)
        inside, make_room = fault(journal)
        worker = iria.worker(inside=inside)
        # Whoever is asked looks at the same disk.
        there = ["nsenter", f"--mount=/proc/{worker.pid}/ns/mnt", f"--wd={ROOT}"] if inside else []
        clerk = stack.enter_context(Clerk(iria.variables, tmp_path / "clerk.log", inside=there))
        iria.beat()
        trial = Trial(clerk, judge, name, plain=CROWD)
        trial.send()

        worker.wait_for(partial(says_why, trial), "the edition says that there is no journal", seconds=60)
        sums = clerk.editions("ledger", trial.edition)
        assert judge.count() == 0, "mails were sent without a journal"
        assert (sums["waiting"], sums["candidates"]) == (CROWD, CROWD), sums
        print(f"said meanwhile: {clerk.ask('says', edition=trial.edition)}")

        make_room(worker)
        books = trial.finish()
        books.show(f"the journal had no room ({name})")
        books.check()
        assert books.outcome("accepted") == set(trial.audience)
        wait_until(lambda: clerk.ask("says", edition=trial.edition) == "", "nothing is said any more")


def says_why(trial: Trial) -> bool:
    """Or the mails went out, and the test need wait no longer to see that."""
    return "journal" in trial.clerk.ask("says", edition=trial.edition).lower() or trial.taken() > 0
