"""The installations that are measured, as an operator runs them: `manage.py up` on SQLite, and Celery workers on
PostgreSQL and Redis. They are driven by commands and the environment; what happened is read from the database."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import psutil
import psycopg

from bench.machine import Run, cpu_seconds, peak_mb
from tests.installations import Embedded, Installation, Production
from tests.processes import Process

LONGEST_SECONDS = 600.0
DEMO_READERS = 60  # at most; they are suppressed where mail leaves the machine
REPLACED = {"DJANGO_SETTINGS_MODULE": "iria.settings", "PYTHONWARNINGS": "ignore", "LOG_LEVEL": "INFO"}


class Measured(Protocol):
    """What both kinds of installation give to a measurement."""

    database: str

    def manage(self, *arguments: str, seconds: float = ...) -> str: ...
    def lay(self, what: str, **numbers: int | str) -> Any: ...
    def ledger(self, edition: int) -> dict[str, Any]: ...
    def row(self, query: str) -> Sequence[Any]: ...
    def senders(self, urls: Sequence[str]) -> AbstractContextManager[list[Process]]: ...
    def sending(self, workers: Sequence[Process]) -> list[list[psutil.Process]]: ...
    def press_send(self, edition: int) -> Process: ...


def _lay(installation: Installation, what: str, numbers: dict[str, int | str]) -> Any:
    return json.loads(installation.manage(*_laying(what, numbers), seconds=3600).splitlines()[-1])


def _laying(what: str, numbers: dict[str, int | str]) -> list[str]:
    code = f"from bench import laying; laying.run({what!r}, {json.dumps(numbers)})"
    return ["shell", "--verbosity", "0", "-c", code]


class OnSqlite(Embedded):
    """One worker process under `manage.py up`. It freezes and sends."""

    database = "SQLite"

    def __init__(self, folder: Path, *, email_url: str) -> None:
        super().__init__(folder, EMAIL_URL=email_url)
        self.variables |= REPLACED
        self.data.mkdir(parents=True)
        self.manage("migrate", "--verbosity", "0")

    def lay(self, what: str, **numbers: int | str) -> Any:
        return _lay(self, what, numbers)

    def row(self, query: str) -> Sequence[Any]:
        connection = sqlite3.connect(f"file:{self.data / 'iria.sqlite3'}?mode=ro", uri=True, timeout=20)
        try:
            found: Sequence[Any] = connection.execute(query).fetchone()
        finally:
            connection.close()
        return found

    @contextmanager
    def senders(self, urls: Sequence[str]) -> Iterator[list[Process]]:
        if list(urls) != [self.variables["EMAIL_URL"]]:
            raise ValueError("`manage.py up` has one worker and one mail server.")
        with self.up() as process:
            yield [process]

    def sending(self, workers: Sequence[Process]) -> list[list[psutil.Process]]:
        family = [each for worker in workers for each in worker.family()]
        return [[each for each in family if each.name() == "iria-worker"]]

    def press_send(self, edition: int) -> Process:
        """The worker looks for what is due."""
        command = [sys.executable, "manage.py", "editions", "send", str(edition), "--repeat"]
        return Process(command, variables=self.variables, log=self.data / "send.log")


class OnPostgres(Production):
    """Any number of `celery worker -Q bulk` processes, each with a mail server. Freezing is a process apart, so that
    nothing is in a sender's figures but sending."""

    database = "PostgreSQL"

    def __init__(self, folder: Path, *, database_url: str, redis_url: str, email_url: str) -> None:
        super().__init__(folder, database_url=database_url, redis_url=redis_url, email_url=email_url)
        self.variables |= REPLACED
        self._rows = psycopg.connect(_dsn(database_url), autocommit=True)
        self._logs = 0
        self.manage("migrate", "--verbosity", "0")

    def lay(self, what: str, **numbers: int | str) -> Any:
        return _lay(self, what, numbers)

    def row(self, query: str) -> Sequence[Any]:
        return self._rows.execute(query).fetchone() or ()

    def _process(self, *command: str, **variables: str) -> Process:
        self._logs += 1
        log = self.folder / f"process-{self._logs}.log"
        return Process([sys.executable, *command], variables=self.variables | variables, log=log)

    @contextmanager
    def senders(self, urls: Sequence[str]) -> Iterator[list[Process]]:
        with ExitStack() as stack:
            workers = [
                stack.enter_context(
                    self._process(
                        *("-m", "celery", "-A", "iria", "worker", "-Q", "bulk", "--concurrency", "1"),
                        *("--hostname", f"bulk{number}@%h", "--loglevel", "INFO"),
                        EMAIL_URL=url,
                    )
                )
                for number, url in enumerate(urls, 1)
            ]
            for worker in workers:
                worker.wait_for_words(" ready.")
            yield workers

    def sending(self, workers: Sequence[Process]) -> list[list[psutil.Process]]:
        return [worker.family() for worker in workers]

    def press_send(self, edition: int) -> Process:
        return self._process("manage.py", *_laying("freeze", {"edition": edition}))


def _dsn(url: str) -> str:
    return url.replace("postgres://", "postgresql://", 1)


def warm(installation: Measured, edition: int, workers: Sequence[Process]) -> None:
    """Send a small edition, so that every worker has its connections, and its code in memory."""
    _send(installation, edition, workers)


def send(installation: Measured, edition: int, workers: Sequence[Process]) -> Run:
    """Send an edition by its command and wait until everybody is settled: from the moment at which it was frozen to
    the last `settled_at`. Fails when anybody is missing from the ledger."""
    seconds, used, peak = _send(installation, edition, workers)
    accepted = check(installation.ledger(edition))
    return Run(accepted, seconds, sum(used), peak, tuple(each / max(sum(used), 1e-9) for each in used))


def _send(installation: Measured, edition: int, workers: Sequence[Process]) -> tuple[float, list[float], float]:
    """Seconds, each worker's seconds of processor time, and the highest peak of memory."""
    deadline = time.monotonic() + LONGEST_SECONDS
    start = f"SELECT frozen_at FROM newsletters_edition WHERE id = {edition}"
    chunks = f"SELECT sum(n), sum(settled) FROM newsletters_chunk WHERE edition_id = {edition}"
    last = f"SELECT max(settled_at) FROM newsletters_delivery WHERE edition_id = {edition}"
    with installation.press_send(edition) as pressing:
        processes = [*workers, pressing]
        while (frozen := installation.row(start)[0]) is None:
            _wait(0.005, deadline, f"edition {edition} is frozen", processes)
        families = installation.sending(workers)
        before = [cpu_seconds(family) for family in families]
        while (counts := installation.row(chunks))[0] != counts[1]:
            _wait(0.05, deadline, f"edition {edition} is sent: {counts[1]} of {counts[0]} are settled", processes)
        used = [cpu_seconds(family) - was for family, was in zip(families, before, strict=True)]
        peak = max(peak_mb(each.pid) for family in families for each in family)
        pressing.popen.wait(60)
    return (_moment(installation.row(last)[0]) - _moment(frozen)).total_seconds(), used, peak


def _wait(seconds: float, deadline: float, what: str, processes: Sequence[Process]) -> None:
    *workers, pressing = processes
    ended = [each for each in workers if each.popen.poll() is not None] + [pressing] * bool(pressing.popen.poll())
    if ended or time.monotonic() > deadline:
        logs = "\n".join(f"--- {each.log.name}\n{each.output()[-3000:]}" for each in ended or processes)
        raise RuntimeError(f"{'A process ended' if ended else 'Time was up'} before {what}.\n{logs}")
    time.sleep(seconds)


def check(ledger: dict[str, Any]) -> int:
    """How many were accepted: everybody, but those whom nothing in the edition concerns and the demo's own readers, who
    are paused or suppressed."""
    reasons: dict[str, int] = ledger["skipped_reasons"]
    few = sum(count for why, count in reasons.items() if why != "no_topic")
    accepted = int(ledger["accepted"])
    if not accepted or accepted + ledger["skipped"] != ledger["candidates"] or few > DEMO_READERS:
        raise RuntimeError(f"Not everybody got it: {ledger}")
    return accepted


def _moment(value: datetime | str) -> datetime:
    """As PostgreSQL gives it, or as Django writes it into SQLite: UTC, and without saying so."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value).replace(tzinfo=UTC)
