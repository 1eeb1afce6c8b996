"""A real SMTP server in a process of its own: what it took is the judge of what was sent.

It offers PIPELINING and 8BITMIME and does as the recipient's local part says:

    reject-…      550 5.1.1 at RCPT
    defer-…       451 4.2.1 at RCPT, always
    close-…       421 4.3.2 at RCPT, always, and the end of the connection
    deferonce-…   451 4.2.1 at the first RCPT of this address, taken at the next
    refuse-…      554 5.7.1 as the answer to the final dot; not taken
    drop-…        taken and kept, but the connection closes instead of an answer
    anything else is taken

A sender whose local part begins with `unwanted` is rejected: 550 5.7.1 at MAIL.

Each message that came with its final dot and was taken is kept: its bytes as `<number>.eml`, and one line of
`log.jsonl`, written before the answer, so that a client that has its 250 finds the line there. What else a server may
be like is in `Manners`. The server ends with the process that started it: when its standard input closes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

GREETING_SECONDS = 10.0


@dataclass(frozen=True)
class Taken:
    """One message that the server took."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    answered: bool
    at: float  # of time.time()
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    def text(self) -> str:
        part = self.message.get_body(("plain",))
        assert part is not None, "the message has no text part"
        return str(part.get_content())

    def html(self) -> str:
        part = self.message.get_body(("html",))
        assert part is not None, "the message has no HTML part"
        return str(part.get_content())


class SmtpServer:
    """Start with `with SmtpServer(folder) as smtp:`; `smtp.port` is where it listens."""

    def __init__(self, folder: Path, *, port: int = 0, **manners: Any) -> None:
        self.folder = folder
        command = [
            sys.executable,
            str(Path(__file__).with_name("smtp_session.py")),
            "--folder",
            str(folder),
            "--port",
            str(port),
        ]
        self._process = subprocess.Popen(
            [*command, "--manners", json.dumps(manners)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        if not first:
            raise RuntimeError(f"The SMTP server did not start (status {self._process.wait()}).")
        self.port = int(first)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}/?connections=4"

    def taken(self) -> list[Taken]:
        """Everything taken so far, in order."""
        log = self.folder / "log.jsonl"
        # The last line may be half written.
        lines = [json.loads(line) for line in log.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
        return [
            Taken(
                number=line["number"], sender=line["sender"], recipients=tuple(line["recipients"]),
                answered=line["answered"], at=line["at"], raw=(self.folder / f"{line['number']:07d}.eml").read_bytes(),
            )
            for line in lines
        ]  # fmt: skip

    def notes(self) -> list[str]:
        """See `Ledger.note`."""
        notes = self.folder / "notes.txt"
        return notes.read_text().splitlines() if notes.exists() else []

    def connections(self) -> int:
        """How many there were, used or not."""
        connections = self.folder / "connections.txt"
        return connections.stat().st_size if connections.exists() else 0

    def count(self) -> int:
        return (self.folder / "log.jsonl").read_bytes().count(b"\n")

    def to(self, address: str) -> list[Taken]:
        return [mail for mail in self.taken() if address in mail.recipients]

    def copies(self, *, subject: str) -> Counter[str]:
        """How often each address got a message whose subject contains this."""
        return Counter(
            address for mail in self.taken() if subject in str(mail.message["Subject"]) for address in mail.recipients
        )

    def stop(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(GREETING_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
