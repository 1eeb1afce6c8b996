"""Postfix's smtp-sink and smtp-source: a mail server that throws away, and a sender in C to compare with."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from tests.processes import wait_until
from tests.servers import Kept, free_port, unprivileged

PLACES = "/usr/sbin:/usr/local/sbin:/usr/libexec/postfix:/usr/bin:/opt/homebrew/sbin"


class SinkMissing(RuntimeError):
    """smtp-sink is not installed."""


def _program(name: str) -> str:
    if found := shutil.which(name) or shutil.which(name, path=PLACES):
        return found
    raise SinkMissing(f"{name} is not here: install Debian's postfix (nothing of it needs to run).")


class Sink:
    """`with Sink() as sink:` listens on `sink.port`."""

    def __init__(self) -> None:
        self.port = free_port()
        command = [_program("smtp-sink"), "-m", "512", f"127.0.0.1:{self.port}", "1000"]
        self._source = _program("smtp-source")
        folder, user = Path(tempfile.mkdtemp(prefix="iria-sink-")), unprivileged()  # it refuses to run as root
        if user:
            shutil.chown(folder, user)
        self._kept = Kept(command, folder=folder, user=user)
        wait_until(self._answers, "smtp-sink answers")

    def _answers(self) -> bool:
        self._kept.check()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def source(self, mails: int, size: int) -> float:
        """Mails a second by smtp-source with ten sessions, which makes nothing and remembers nothing."""
        command = [self._source, "-s", "10", "-m", str(mails), "-l", str(size), "-f", "news@iria.example"]
        began = time.perf_counter()
        subprocess.run([*command, "-t", "reader@readers.example", f"127.0.0.1:{self.port}"], check=True)
        return mails / (time.perf_counter() - began)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.stop()
