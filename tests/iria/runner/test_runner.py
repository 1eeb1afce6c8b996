"""`manage.py up` as a newcomer runs it: real processes, real ports, ended in every way that processes end."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from django.db import OperationalError

from iria.runner.forking import ForkedProcess
from iria.runner.prepare import wait_while_locked
from iria.runner.supervisor import LONGEST_PAUSE_SECONDS, Child
from tests.processes import ROOT, Process, environment, wait_until
from tests.servers import free_port

UP = [sys.executable, "manage.py", "up"]
pytestmark = [pytest.mark.timeout(120), pytest.mark.slow]


class Running:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self.variables = environment(
            IRIA_DATA=str(self.data), PORT=str(self.port), INBOX_SMTP_PORT=str(free_port()), LOG_LEVEL="WARNING"
        )
        self.process = self.start()

    def start(self) -> Process:
        started = Process(UP, variables=self.variables, log=self.folder / "up.log")
        started.wait_for(
            lambda: started.output().count("Iria is ready at") > self.times_ready, "it is ready", seconds=60
        )
        self.times_ready += 1
        return started

    times_ready = 0

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            body: bytes = answer.read()
            return body

    def health(self) -> dict[str, str]:
        try:
            parts: dict[str, str] = json.loads(self.get("/healthz"))
        except urllib.error.HTTPError as error:
            parts = json.loads(error.read())
        except OSError:
            parts = {}
        return parts

    def child(self, name: str) -> psutil.Process | None:
        for process in psutil.Process(self.process.pid).children():
            try:
                if process.name() == name:
                    return process
            except psutil.NoSuchProcess:
                continue
        return None

    def run_again(self, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            UP, cwd=ROOT, env=self.variables | variables, capture_output=True, text=True, timeout=30, check=False
        )


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("up"))
    try:
        yield running
    finally:
        with running.process:
            pass


def test_the_first_start_makes_an_owner_fills_the_site_and_sends_the_due_edition(up: Running) -> None:
    assert up.process.output().count("Login: admin@iria.example / ") == 1
    assert f"Iria is ready at http://localhost:{up.port}/" in up.process.output()
    assert up.health() == {"status": "ok", "database": "ok", "worker": "ok"}
    up.process.wait_for_words("IRIA News 1 sent: 39 of 39 accepted; 3 skipped", seconds=60)
    assert len(json.loads(up.get("/inbox/messages.json"))) == 39
    assert "Traceback" not in up.process.output()
    assert "WARNING" not in up.process.output()


def test_a_second_up_on_the_same_data_is_refused(up: Running) -> None:
    refused = up.run_again(PORT=str(free_port()), INBOX_SMTP_PORT=str(free_port()))
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert f"Iria is already running (process {up.process.pid})" in refused.stderr


@pytest.mark.parametrize("name", ["PORT", "INBOX_SMTP_PORT"])
def test_a_taken_port_is_named(name: str, up: Running, tmp_path: Path) -> None:
    free = {"PORT": str(free_port()), "INBOX_SMTP_PORT": str(free_port()), "IRIA_DATA": str(tmp_path)}
    refused = up.run_again(**(free | {name: up.variables[name]}))
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert refused.stderr.startswith(f"iria: {name} is {up.variables[name]}, but another program is already listening")


def test_a_database_that_cannot_be_reached_is_said_in_one_sentence(up: Running, tmp_path: Path) -> None:
    refused = up.run_again(
        PORT=str(free_port()), INBOX_SMTP_PORT=str(free_port()), IRIA_DATA=str(tmp_path),
        DATABASE_URL=f"postgres://iria@127.0.0.1:{free_port()}/iria",
    )  # fmt: skip
    assert refused.returncode == 2
    assert refused.stderr.startswith("iria: The database in DATABASE_URL can't be opened")
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("name", ["iria-worker", "iria-web"])
def test_a_killed_child_is_started_again(name: str, up: Running) -> None:
    killed = up.child(name)
    assert killed is not None
    killed.kill()
    wait_until(lambda: (now := up.child(name)) and now.pid != killed.pid, f"{name} is there again", seconds=30)
    wait_until(lambda: up.health().get("status") == "ok", "all is well again", seconds=30)
    assert "was killed by signal 9; restarting it" in up.process.output()


def test_nobody_is_left_behind_when_the_supervisor_is_killed_and_the_next_start_goes_on(up: Running) -> None:
    family = up.process.family()
    assert len(family) == 3
    os.kill(up.process.pid, signal.SIGKILL)
    up.process.popen.wait(10)
    _, alive = psutil.wait_procs(family, timeout=15)
    assert alive == []
    up.process = up.start()
    assert up.process.output().count("Login: ") == 1  # shown once, on the first start
    with closing(sqlite3.connect(up.data / "iria.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM auth_user WHERE is_superuser").fetchone() == (1,)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_being_told_to_stop_ends_everything_in_time(number: signal.Signals, up: Running) -> None:
    family = up.process.family()
    up.process.popen.send_signal(number)
    assert up.process.popen.wait(5) == 0
    assert not any(process.is_running() for process in family[1:])
    up.process = up.start()


def test_a_child_that_dies_at_once_is_started_ever_more_slowly_and_at_last_twice_a_minute() -> None:
    child = Child("worker", "worker", lambda: 3)
    pauses = []
    for _ in range(8):
        ended = subprocess.Popen(["sh", "-c", "exit 3"])
        child.process = ForkedProcess("worker", ended.pid, os.dup(0))
        child.started_at = time.monotonic()
        child.process.wait(10)
        ended.returncode = 3  # reaped already
        assert child.ended() == 3
        pauses.append(child.pause)
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS]
    assert not child.is_due


def test_a_start_waits_while_another_program_keeps_the_database(tmp_path: Path) -> None:
    """As a backup does, or an upgrade of another process: longer than SQLite itself waits."""
    (tmp_path / "data").mkdir()
    database = tmp_path / "data" / "iria.sqlite3"
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN EXCLUSIVE")
        variables = environment(
            IRIA_DATA=str(tmp_path / "data"), PORT=str(free_port()), INBOX_SMTP_PORT=str(free_port()),
            DJANGO_SETTINGS_MODULE="tests.iria.runner.impatient",
        )  # fmt: skip
        with Process(UP, variables=variables, log=tmp_path / "up.log") as process:
            process.wait_for_words("The database is locked by another program. Waiting", seconds=60)
            other.execute("ROLLBACK")
            process.wait_for_words("Iria is ready at", seconds=60)


def test_a_step_that_fails_otherwise_is_not_begun_again() -> None:
    calls = []

    def broken() -> None:
        calls.append(1)
        raise OperationalError("disk I/O error")

    with pytest.raises(OperationalError, match="disk"):
        wait_while_locked(broken)
    assert calls == [1]
