"""Iria's own processes, started for a test as an operator starts them, and ended with it.

Every process gets an environment of its own making: nothing of the machine's DATABASE_URL or secrets reaches it. Its
output goes to a file; a wait that runs out shows the end of that file, so that a failure explains itself.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import psutil

ROOT = Path(__file__).resolve().parent.parent
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")


def wait_until(condition: Callable[[], object], what: str, *, seconds: float = 15.0, every: float = 0.05) -> None:
    """Return as soon as the condition holds; fail with what was waited for when it does not within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {seconds:.0f} s in vain until {what}.")
        time.sleep(every)


def still_alive(processes: Iterable[psutil.Process], *, seconds: float) -> list[psutil.Process]:
    """Who of them has not ended within the time. A zombie has ended: not every machine has somebody who reaps it."""
    deadline = time.monotonic() + seconds
    alive = [process for process in processes if _lives(process)]
    while alive and time.monotonic() < deadline:
        time.sleep(0.02)
        alive = [process for process in alive if _lives(process)]
    return alive


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def environment(**variables: str) -> dict[str, str]:
    """The environment of an operator's shell, with these variables and none of Iria's others."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "default",
        **variables,
    }


# Where the system can: a process ends with the test that started it, also when that is killed. A Celery worker whose
# broker is gone would try for ever to reach it.
WITH_US = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []


class Process:
    """A running command. `with Process(...)` ends it and all its children at the end."""

    def __init__(self, command: Sequence[str], *, variables: Mapping[str, str], log: Path) -> None:
        self.log = log
        self.ending = ExitStack()  # what ends with it
        self.command = [*WITH_US, *command]
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for(self, condition: Callable[[], object], what: str, *, seconds: float = 30.0) -> None:
        """Like `wait_until`, but fails at once when the process ends, and shows what it said."""

        def holds() -> bool:
            if condition():
                return True
            if self.popen.poll() is not None:
                raise AssertionError(f"{self.command} ended with {self.popen.returncode} before {what}.")
            return False

        try:
            wait_until(holds, what, seconds=seconds)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n--- {self.log.name}:\n{self.output()[-6000:]}") from None

    def wait_for_words(self, words: str, *, seconds: float = 30.0) -> None:
        self.wait_for(lambda: words in self.output(), f"it says “{words}”", seconds=seconds)

    def family(self) -> list[psutil.Process]:
        """The process and everything below it that lives now."""
        try:
            parent = psutil.Process(self.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def terminate(self, *, seconds: float = 30.0) -> float:
        """SIGTERM, as an init system sends it. The seconds it took to end."""
        started = time.monotonic()
        self.popen.send_signal(signal.SIGTERM)
        self.popen.wait(seconds)
        return time.monotonic() - started

    def kill(self) -> None:
        """SIGKILL to the process and all below it at once, as when the machine loses them."""
        for process in self.family():
            if process.is_running():
                process.kill()
        self.popen.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Whatever the test did, nothing is left behind: first kindly, then not.
        with self.ending:
            family = self.family()
            for process in family[:1]:
                process.terminate()
            for process in still_alive(family, seconds=8):
                process.kill()
            if self.popen.poll() is None:
                self.popen.wait(10)


def manage(*arguments: str, variables: Mapping[str, str], status: int = 0, seconds: float = 120.0) -> str:
    """Run a management command to its end and return its standard output; fail when its status is another."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env=dict(variables), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=seconds, check=False,
    )  # fmt: skip
    assert done.returncode == status, f"manage.py {arguments} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout
