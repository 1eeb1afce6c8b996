"""The judge: what its process wrote down is what was sent, whatever the ledger says.

with Judge(folder) as judge:
    ...  # send to judge.url
    judge.copies(edition)  # how often each address was given the mail, with its final dot
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.processes import ROOT

CERTIFICATE = Path(__file__).parent.parent / "localhost.pem"
START_SECONDS = 20.0
Manner = float | bool | str


@dataclass(slots=True)
class Complete:
    """One mail that came with its final dot. Times are of time.time()."""

    number: int
    address: str
    began: float  # when the last byte of its MAIL command arrived
    at: float  # when its final dot was read
    code: int  # of the answer; 0 where the connection was ended instead
    edition: int = 0
    subscriber: int = 0  # by its Message-ID
    hash: str = ""
    answered: bool = True  # the answer was written to a connection that was still there

    @property
    def may_be_taken(self) -> bool:
        """It was accepted, or the client cannot know that it was not."""
        return self.code // 100 == 2 or self.code == 0


class Judge:
    """`judge.url` is where to send; everything else is asked afterwards, or meanwhile."""

    def __init__(self, folder: Path, *, connections: int = 4, tls: bool = False, **manners: Manner) -> None:
        self.folder = folder
        self.connections = connections
        self.port = 0
        self._tls = tls
        self._manners = manners | ({"starttls": True} if tls else {})
        self._read = 0  # bytes of the log
        self._mails: dict[int, Complete] = {}
        self._taken: Counter[int] = Counter()  # edition → how many, so that waiting for a number costs little
        self._base = 0  # the numbers of a process that was started again begin anew
        self.tarpits = 0
        self.start()

    def start(self) -> None:
        """Listen; after a `stop`, on the same port, with everything remembered."""
        self._base = len(self._complete())
        command = [sys.executable, "-m", "tests.faults.judge_process", "--folder", str(self.folder)]
        command += ["--port", str(self.port), "--manners", json.dumps(self._manners)]
        command += ["--certificate", str(CERTIFICATE)] if self._tls else []
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, text=True
        )
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        if not first:
            raise RuntimeError(f"The judge did not start (status {self._process.wait()}).")
        self.port = int(first)

    def stop(self) -> None:
        """As a mail server that crashes: connections are cut where they are."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(START_SECONDS)

    def restart(self) -> None:
        """Everybody is cut off, and connects anew."""
        self.stop()
        self.start()

    def become(self, **manners: Manner) -> None:
        """Other manners from the next command on."""
        self._manners |= manners
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(manners) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "ok\n"

    @property
    def url(self) -> str:
        if self._tls:
            return f"smtp://localhost:{self.port}/?connections={self.connections}&tls=starttls"
        return f"smtp://127.0.0.1:{self.port}/?connections={self.connections}"

    # --- what it saw ------------------------------------------------------------------------------------------
    def _complete(self) -> dict[int, Complete]:
        for line in self._lines():
            if "tarpit" in line:
                self.tarpits += 1
            elif "answered" in line:
                self._mails[self._base + line["n"]].answered = True
            else:
                mail = self._mails[self._base + line["n"]] = Complete(
                    number=self._base + line["n"], address=line["to"], began=line["began"], at=line["at"],
                    code=line["code"], edition=line.get("edition", 0), subscriber=line.get("subscriber", 0),
                    hash=line.get("hash", ""), answered="due" not in line and line["code"] != 0,
                )  # fmt: skip
                self._taken[mail.edition] += mail.may_be_taken
        return self._mails

    def _lines(self) -> Iterator[dict[str, Any]]:
        """The lines since the last look."""
        log = self.folder / "log.jsonl"
        if not log.exists():
            return
        with log.open("rb") as file:
            file.seek(self._read)
            data = file.read(os.fstat(file.fileno()).st_size - self._read)
        whole = data[: data.rfind(b"\n") + 1]  # the last line may be half written
        self._read += len(whole)
        for line in whole.splitlines():
            yield json.loads(line)

    def complete(self, edition: int | None = None) -> list[Complete]:
        """Every complete mail in order, also those that were then refused; of one edition, or all."""
        found = self._complete().values()
        return [mail for mail in found if edition is None or mail.edition == edition]

    def count(self, edition: int | None = None) -> int:
        """How many were taken, or may have been."""
        self._complete()
        return self._taken.total() if edition is None else self._taken[edition]

    def copies(self, edition: int) -> Counter[str]:
        """How often each address was given it. Deferred and refused mails are none."""
        return Counter(mail.address for mail in self.complete(edition) if mail.may_be_taken)

    def answered(self, edition: int) -> set[str]:
        """Whose 250 was written to a connection that was still there."""
        return {mail.address for mail in self.complete(edition) if mail.code // 100 == 2 and mail.answered}

    def to(self, address: str, edition: int | None = None) -> list[Complete]:
        return [mail for mail in self.complete(edition) if mail.address == address]

    def at(self, address: str) -> float:
        """When the final dot of the one mail to this address was read."""
        (mail,) = [mail for mail in self.to(address) if mail.may_be_taken]
        return mail.at

    def steady_rate(self, edition: int) -> float:
        """Mails a second between a fifth and four fifths of them: while everybody is at work."""
        moments = sorted(mail.at for mail in self.complete(edition))
        first, last = len(moments) // 5, len(moments) * 4 // 5
        return (last - first) / (moments[last] - moments[first])

    def longest_pause(self, edition: int) -> float:
        """Seconds between two mails at most: how long it took to go on after whatever happened."""
        moments = sorted(mail.at for mail in self.complete(edition))
        return max((later - earlier for earlier, later in itertools.pairwise(moments)), default=0.0)

    @property
    def offers_pipelining(self) -> bool:
        return bool(self._manners.get("pipelining", True))

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
