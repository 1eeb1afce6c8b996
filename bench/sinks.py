"""Mail servers that throw away, and the fastest senders to them: Postfix's smtp-sink and smtp-source (in C), or where
Postfix is not installed our own, for both sides alike. All listen on 127.0.0.1 and end with this process."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench.machine import Run, peak_mb
from tests.processes import ROOT, wait_until
from tests.servers import Kept, free_port, unprivileged

PLACES = "/usr/sbin:/usr/local/sbin:/usr/libexec/postfix:/usr/bin:/opt/homebrew/sbin"
LONGEST_SECONDS = 600.0


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=PLACES)


HAS_POSTFIX = bool(_program("smtp-sink") and _program("smtp-source"))
SINK, SOURCE = ("smtp-sink", "smtp-source") if HAS_POSTFIX else ("own sink", "own blind sender")
KEPT_SOURCE = "smtp-source -d"  # keeps its connections; as it comes it makes a new one for every mail
SOURCE_HEADERS = 140  # bytes that smtp-source adds to what it is told to send
NOTE = (
    "The mail server is Postfix's smtp-sink, which throws everything away."
    if HAS_POSTFIX
    else "Postfix is not installed here, so the mail server is our own sink (Python, slower than smtp-sink), and in"
    " place of smtp-source stands our own blind pipelined sender: install Debian's postfix for figures to compare."
)


class Sink:
    """`with Sink() as sink:` listens on `sink.port`. With a delay it is our own, see bench/own_sink.py."""

    def __init__(self, *, delay: float = 0.0, kind: str = "") -> None:
        self.port = free_port()
        folder, user = Path(tempfile.mkdtemp(prefix="iria-sink-")), None
        program = _program("smtp-sink")
        if HAS_POSTFIX and program and not delay:
            command = [program, "-m", "512", f"127.0.0.1:{self.port}", "1000"]
            user = unprivileged()  # it refuses to run as root
            if user:
                shutil.chown(folder, user)
        else:
            command = [sys.executable, str(ROOT / "bench" / "own_sink.py"), str(self.port)]
            command += [str(delay), kind] if delay else []
        self._kept = Kept(command, folder=folder, user=user)
        try:
            wait_until(self._answers, "the sink answers")
        except BaseException:
            self._kept.stop()
            raise

    def url(self, connections: int = 10) -> str:
        return f"smtp://127.0.0.1:{self.port}/?connections={connections}"

    def _answers(self) -> bool:
        self._kept.check()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.stop()


@dataclass
class _Source:
    """One running source, and what it has used."""

    popen: subprocess.Popen[bytes]
    peak: float = 0.0
    cpu: float = 0.0
    running: bool = True

    def look(self) -> None:
        self.peak = max(self.peak, peak_mb(self.popen.pid))
        pid, status, used = os.wait4(self.popen.pid, os.WNOHANG)
        if pid:
            self.popen.returncode = os.waitstatus_to_exitcode(status)
            self.cpu, self.running = used.ru_utime + used.ru_stime, False


def source(sinks: Sequence[Sink], mails: int, size: int, *, keep_connections: bool = False) -> Run:
    """One source process a sink given (the same sink may be given twice), each sending its part with ten sessions."""
    part = mails // len(sinks)
    began = time.perf_counter()
    commands = [_command(sink, part, size, keep_connections) for sink in sinks]
    running = [_Source(subprocess.Popen(command, stdin=subprocess.DEVNULL)) for command in commands]
    try:
        while any(each.running for each in running):
            for each in running:
                if each.running:
                    each.look()
            if time.perf_counter() - began > LONGEST_SECONDS:
                raise RuntimeError(f"{SOURCE} did not end within {LONGEST_SECONDS:.0f} s.")
            time.sleep(0.002)
    finally:
        for each in running:
            if each.running:
                each.popen.kill()
                each.popen.wait()
    took = time.perf_counter() - began
    if failed := [each.popen.returncode for each in running if each.popen.returncode]:
        raise RuntimeError(f"{SOURCE} ended with {failed[0]}.")
    cpu = sum(each.cpu for each in running)
    return Run(part * len(sinks), took, cpu, max(each.peak for each in running))


def _command(sink: Sink, mails: int, size: int, keep_connections: bool) -> list[str]:
    program = _program("smtp-source")
    if not HAS_POSTFIX or not program:
        return [sys.executable, str(ROOT / "bench" / "own_source.py"), str(sink.port), str(mails), str(size)]
    options = ["-s", "10", "-m", str(mails), "-l", str(size - SOURCE_HEADERS), *(["-d"] if keep_connections else [])]
    return [program, *options, "-f", "news@iria.example", "-t", "reader@readers.example", f"127.0.0.1:{sink.port}"]
