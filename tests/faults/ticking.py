"""A process that looks for due newsletters as a beat does, at the moments that a test tells it, for times gone by.

On its standard input a moment a line (ISO 8601); on its standard output how many occurrences it recorded then.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Self

from tests.processes import ROOT


def main() -> None:
    import django

    django.setup()
    from newsletters.editions.schedule import making

    print("ready", flush=True)
    for line in sys.stdin:
        print(len(making.tick(datetime.fromisoformat(line.strip()))), flush=True)


class Ticking:
    """`told` and `answer` are apart, so that several may be told the same moment before the first has answered."""

    def __init__(self, variables: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.ticking"], cwd=ROOT, env=dict(variables), text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, start_new_session=True,
            )  # fmt: skip
        assert self.process.stdin is not None and self.process.stdout is not None
        self._in: IO[str] = self.process.stdin
        self._out: IO[str] = self.process.stdout

    def wait_until_ready(self) -> None:
        assert self._out.readline() == "ready\n"

    def told(self, moment: datetime) -> None:
        self._in.write(moment.isoformat() + "\n")
        self._in.flush()

    def answer(self) -> int:
        return int(self._out.readline())

    def kill(self) -> None:
        self.process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(20)
        self._in.close()
        self._out.close()


if __name__ == "__main__":
    main()
