"""`make test`: run its parts, and say at the end how long each took.

    python tests/parts.py [--beside TARGET=NAME] MAKE TARGET=NAME...

They run one after the other; the one named by `--beside` waits more than it computes, so it runs meanwhile, beside all
that come after the first. What it says is shown when it has ended. The others give way to it: what it runs is measured
by the clock.

The first part that fails ends the others, and its status is ours; what was run until then is still told. Nothing but
Python is needed, since the first part may be the installation.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import IO

GIVING_WAY = 5  # as `nice` counts
LOOK_EVERY = 0.2  # seconds
STOP_SECONDS = 60.0


@dataclass
class Part:
    name: str
    process: subprocess.Popen[bytes]
    said: IO[bytes] | None = None
    started: float = field(default_factory=time.monotonic)
    took: float = 0.0
    status: int | None = None
    stopped: bool = False

    def ended(self) -> bool:
        if self.status is None and (status := self.process.poll()) is not None:
            self.status, self.took = status, time.monotonic() - self.started
            if self.said is not None:
                sys.stdout.flush()
                self.said.seek(0)
                sys.stdout.buffer.write(self.said.read())
                sys.stdout.flush()
        return self.status is not None

    def stop(self) -> None:
        """As Ctrl-C would: what it has started is ended by itself."""
        if not self.ended():
            self.stopped = True
            os.killpg(self.process.pid, signal.SIGINT)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.ended()

    def __str__(self) -> str:
        became = " (stopped)" if self.stopped else " (failed)" if self.status else ""
        return f"{self.name} {minutes(self.took)}{became}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("make")
    parser.add_argument("--beside", metavar="TARGET=NAME", default="")
    parser.add_argument("parts", nargs="+", metavar="TARGET=NAME")
    chosen = parser.parse_args(arguments)
    command = [chosen.make, "--no-print-directory"]
    began = time.monotonic()
    run: list[Part] = []
    first, *others = chosen.parts
    try:
        run.append(_start(command, first))
        _wait(run)
        if not run[0].status:
            if chosen.beside:
                run.append(_start(command, chosen.beside, beside=True))
            for part in others:
                run.append(_start(command, part, gives_way=bool(chosen.beside)))
                if _wait(run[-1:], run):
                    break
            _wait(run)
    finally:
        failed = [part for part in run if part.status]
        for part in run:
            part.stop()
    print(" · ".join(map(str, run)), f"= {minutes(time.monotonic() - began)}", flush=True)
    return next((part.status for part in failed if part.status), 0)


def _start(command: list[str], part: str, *, beside: bool = False, gives_way: bool = False) -> Part:
    target, _, name = part.partition("=")
    said = tempfile.TemporaryFile() if beside else None  # noqa: SIM115 - as long as the part
    if beside:
        print(f"{name}: meanwhile; what they say follows at their end.", flush=True)
    # A session of its own: whatever it started can be interrupted with it.
    process = subprocess.Popen(
        ["nice", "-n", str(GIVING_WAY), *command, target] if gives_way else [*command, target],
        start_new_session=True, stdout=said, stderr=said and subprocess.STDOUT,
    )  # fmt: skip
    return Part(name, process, said)


def _wait(awaited: list[Part], watched: list[Part] | None = None) -> bool:
    """Until all that are awaited have ended, or one of all has failed. Has one failed?"""
    watched = watched or awaited
    while True:
        ended = [part.ended() for part in awaited]
        if any(part.ended() and part.status for part in watched):
            return True
        if all(ended):
            return False
        time.sleep(LOOK_EVERY)


def minutes(seconds: float) -> str:
    return f"{round(seconds) // 60}:{round(seconds) % 60:02d}"


if __name__ == "__main__":
    # A shell has what it starts in the background ignore Ctrl-C, and so would all that we start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
