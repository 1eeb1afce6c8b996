"""A server process that cannot outlive the test that started it, and what its starters share.

When it does not start, `ServerMissing` shows the last lines of its log.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from tests.servers.keeper import STOP_SECONDS

START_SECONDS = 30.0
KEEPER = Path(__file__).with_name("keeper.py")


class ServerMissing(RuntimeError):
    """No server of this kind can be had on this machine; the message says what would help."""


class Kept:
    """A process that cannot outlive us. `stop()` ends it by this signal; so does the end of this process, however it
    comes."""

    def __init__(
        self, command: list[str], *, folder: Path, ends_by: signal.Signals = signal.SIGINT, user: str | None = None
    ) -> None:
        self.log = folder / "server.log"
        keeper = [sys.executable, "-I", "-S", str(KEEPER), str(folder), user or "", ends_by.name]
        arguments = [*keeper, *command]
        # A session of its own, so that Ctrl-C in the terminal reaches the tests and not their servers.
        self._keeper = subprocess.Popen(arguments, stdin=subprocess.PIPE, start_new_session=True)

    def check(self) -> None:
        if self._keeper.poll() is not None:
            words = self.last_words()
            shutil.rmtree(self.log.parent, ignore_errors=True)
            raise ServerMissing(f"The server ended at once: {words}")

    def last_words(self) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return " / ".join(text.splitlines()[-5:]) or "it said nothing."

    def wait(self) -> None:
        """Until the command has ended, by whatever ended it. Its folder stays."""
        self._keeper.wait(START_SECONDS)
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()

    def stop(self) -> None:
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()
        self._keeper.wait(STOP_SECONDS + START_SECONDS)  # after a kill there is a folder to remove


def wait_until_ready(ready: Callable[[], bool], kept: Kept, name: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        kept.check()
        if time.monotonic() > deadline:
            kept.stop()
            raise ServerMissing(f"{name} did not answer within {START_SECONDS:.0f} s: {kept.last_words()}")
        time.sleep(0.02)


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wheel_folder(package: str) -> Path | None:
    spec = find_spec(package)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def only_wheels() -> bool:
    return os.environ.get("IRIA_TEST_SERVERS") == "wheels"
