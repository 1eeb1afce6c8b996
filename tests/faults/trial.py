"""A trial: an installation with three workers, the judge as its mail server, and an edition to a crowd of readers."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from tests.clerk import Clerk, ClerkError
from tests.faults.books import Books
from tests.faults.judge import Judge
from tests.faults.sizes import SIZE
from tests.installations import Production
from tests.processes import Process, still_alive, wait_until

ORPHAN_SECONDS = 60.0  # a process whose Celery parent was killed ends its slice, and then itself


class Workers:
    """Celery workers that may be killed, and are started again."""

    def __init__(self, iria: Production, judge: Judge, count: int = 3) -> None:
        self._iria = iria
        self._judge = judge
        self._numbers = itertools.count(1)
        self._orphans: list[psutil.Process] = []
        self._processes = [self._start() for _ in range(count)]
        for process in self._processes:
            process.wait_for_words(" ready.", seconds=90)

    def _start(self) -> Process:
        return self._iria.worker(name=f"w{next(self._numbers)}", wait=False)

    def sending(self) -> list[tuple[Process, psutil.Process]]:
        """Each process that has a connection to the mail server, with the worker that it belongs to."""
        return [
            (worker, process) for worker in self._processes for process in worker.family() if self._is_sending(process)
        ]

    def _is_sending(self, process: psutil.Process) -> bool:
        try:
            connections = process.net_connections(kind="tcp")
        except psutil.NoSuchProcess:
            return False
        return any(c.raddr and c.raddr.port == self._judge.port and c.status == "ESTABLISHED" for c in connections)

    def _a_sender(self, number: int) -> tuple[Process, psutil.Process]:
        found: list[tuple[Process, psutil.Process]] = []

        def somebody() -> bool:
            found[:] = self.sending()
            return bool(found)

        wait_until(somebody, "a process is sending", seconds=60)
        return found[number % len(found)]

    def kill_a_sender(self, number: int) -> int:
        """SIGKILL to a process that is sending; its Celery parent forks another by itself. Its number."""
        _worker, sender = self._a_sender(number)
        sender.kill()
        self.tend()
        return int(sender.pid)

    def kill_a_parent(self, number: int) -> None:
        """SIGKILL to the Celery parent of a process that is sending, and to nobody else; then start a worker anew."""
        worker, _sender = self._a_sender(number)
        self._orphans += worker.family()[1:]
        worker.popen.kill()
        worker.popen.wait(10)
        self.tend()

    def kill_everybody(self) -> None:
        """As when the machine loses its workers, all at once."""
        family = [process for worker in self._processes for process in worker.family()]
        for process in family:
            if process.is_running():
                process.kill()
        assert not still_alive(family, seconds=10)

    def tend(self) -> None:
        """Start again whoever has ended; they join when they are ready."""
        for place, process in enumerate(self._processes):
            if process.popen.poll() is not None:
                self._processes[place] = self._start()

    def wait_for_orphans(self) -> None:
        """Nobody may go on without a parent for ever."""
        self._orphans = still_alive(self._orphans, seconds=ORPHAN_SECONDS)
        assert not self._orphans, f"these outlived their Celery parent by {ORPHAN_SECONDS:.0f} s: {self._orphans}"

    def close(self) -> None:
        """Everything was judged: end them at once."""
        for orphan in self._orphans:
            if orphan.is_running():
                orphan.kill()
        self.kill_everybody()


class House(Production):
    """A production installation that is to be broken; its pages need nothing static unless a test asks for them."""

    def __init__(
        self, folder: Path, *, database_url: str, redis_url: str, email_url: str, migrated: bool = False
    ) -> None:
        super().__init__(folder, database_url=database_url, redis_url=redis_url, email_url=email_url, migrated=migrated)
        self.variables |= {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings", "FAULTS_CHUNK_SIZE": str(SIZE.chunk),
            "FAULTS_LEASE_SECONDS": os.environ.get("FAULTS_LEASE_SECONDS", "60"), "IRIA_RECONCILE_SECONDS": "0.5",
        }  # fmt: skip

    def prepare(self) -> None:
        if not self._migrated:
            self.manage("migrate", "--verbosity", "0")
        (self.folder / "data" / "static").mkdir(exist_ok=True)

    def another_beat(self, number: int) -> Process:
        """With a file of its own for when it last did what, as on another machine."""
        schedule = str(self.folder / f"beat-{number}")
        return self._start("beat", "celery", "-A", "iria", "beat", "--schedule", schedule, "--loglevel", "INFO")


class Trial:
    """One edition of one newsletter, to readers of its own."""

    def __init__(self, clerk: Clerk, judge: Judge, tag: str, *, others: int = 0, **readers: int) -> None:
        self.clerk = clerk
        self.judge = judge
        self.tag = tag
        clerk.lay("newsletter", tag=tag)
        clerk.lay("readers", tag=tag, **readers)
        self.edition: int = clerk.lay("edition", number=1, tag=tag, others=others)["edition"]
        self.audience: dict[str, int] = clerk.ask("ids", tag=tag)

    def send(self) -> None:
        self.clerk.editions("send", self.edition)

    def show(self) -> dict[str, Any]:
        shown: dict[str, Any] = self.clerk.editions("show", self.edition)
        return shown

    def taken(self) -> int:
        return self.judge.count(self.edition)

    def wait_for_taken(self, count: int, *, seconds: float = SIZE.finish) -> None:
        wait_until(lambda: self.taken() >= count, f"the judge took {count} mails", seconds=seconds)

    def during(self, times: int, fault: Callable[[int], object]) -> None:
        """Do it so many times, spread evenly over the send, each time while mails are being taken."""
        total = len(self.audience)
        for number in range(times):
            self.wait_for_taken(total * (number + 1) // (times + 2))
            assert self.taken() < total, "the send was over before the fault: this test proved nothing"
            fault(number)

    def finish(self, *, status: str = "sent", seconds: float = SIZE.finish) -> Books:
        """Wait until the edition has come to its end, and open the books."""
        seen: dict[str, Any] = {}

        def over() -> bool:
            try:
                seen.update(self.show())
            except ClerkError as error:  # the database may be away just now
                seen["error"] = str(error)
                return False
            return bool(seen["status"] == status)

        try:
            wait_until(over, f"the edition is {status}", seconds=seconds, every=0.25)
        except AssertionError as failure:
            seen.pop("articles", None)
            raise AssertionError(f"{failure} It shows {seen}; the judge took {self.taken()}.") from None
        return Books.of(self.clerk, self.judge, self.edition, self.audience)

    def abandon(self) -> None:
        """After a failure: the next trial in this installation must not wait for this one's mails."""
        if self.show()["status"] not in {"sent", "cancelled"}:
            self.clerk.editions("cancel", self.edition)


def wait_for_time(moment: float) -> None:
    """Until the clock shows it: for promises of the kind “not later than”."""
    wait_until(lambda: time.time() >= moment, "the time has passed", seconds=max(1.0, moment - time.time() + 5))
