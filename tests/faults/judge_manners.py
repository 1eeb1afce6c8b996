"""How the judge behaves, and what it writes down: answers a test asked for, delays, tarpits."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

ADDRESS = re.compile(rb"(?:FROM|TO):\s*<([^>]*)>", re.IGNORECASE)
MESSAGE_ID = re.compile(rb"^Message-ID:\s*<edition\.(\d+)\.(\d+)[.@]", re.IGNORECASE | re.MULTILINE)
PERSONAL = re.compile(r"/(unsubscribe|preferences)/[A-Za-z0-9_-]+")
HEAD_BYTES = 8192  # the Message-ID stands within these
DROPPED = 0  # the "answer" of a connection that ended without one
SCRIPT = {
    # at RCPT
    "reject": ("rcpt", "550 5.1.1 No such user here", False),
    "defer": ("rcpt", "451 4.2.1 Mailbox busy, try again later", False),
    "deferonce": ("rcpt", "451 4.2.1 Mailbox busy, try again later", True),
    "pre421": ("rcpt", "421 4.3.2 This server goes down for a moment", True),
    "closes": ("rcpt", "421 4.3.2 Closing, as always when I hear of them", False),
    # as the answer to the final dot
    "refuse": ("final", "554 5.7.1 We do not want your mail", False),
    "perm550": ("final", "550 5.2.2 Mailbox full", False),
    "temp451": ("final", "451 4.3.0 Not now", True),
    "temp421": ("final", "421 4.3.2 Not now, and not on this connection", True),
    "drop": ("final", "", False),
}
"""Local part up to the first dash → when, the answer ("" for none at all), and whether only the first time.
`refuse` and the like are not taken; `drop` is taken, and the connection ends without an answer."""


@dataclass(frozen=True)
class Manners:
    """What the server is like at present."""

    delay: float = 0.0  # seconds before each answer to a final dot
    pipelining: bool = True
    eightbit: bool = True
    starttls: bool = False  # only with a certificate
    tarpits: int = 0  # of each `tarpits_of` new connections, so many read nothing more
    tarpits_of: int = 8
    tarpits_at: str = "mail"  # once the first mail begins; or "final", once its final dot was read, without an answer
    hashing: bool = False  # note the hash of what is the same in all mails of a variant; slow


class Frozen(Protocol):
    """A connection that says nothing more until it is thawed."""

    def thaw(self) -> None: ...


@dataclass
class Bench:
    """What all connections share."""

    log: int
    certificate: Path | None
    manners: Manners = field(default_factory=Manners)
    complete: int = 0
    connections: int = 0
    seen: set[tuple[str, str]] = field(default_factory=set)  # of those who are put off once
    tarred: set[Frozen] = field(default_factory=set)

    def become(self, manners: Manners) -> None:
        self.manners = manners
        if not manners.tarpits:
            for session in list(self.tarred):
                session.thaw()

    def write(self, line: dict[str, Any]) -> None:
        os.write(self.log, json.dumps(line, separators=(",", ":")).encode() + b"\n")

    def answer_of(self, address: str, stage: str) -> str | None:
        """The scripted answer at this stage, "" for hanging up; None for the usual one."""
        behaviour = address.partition("-")[0].lower()
        where, answer, once = SCRIPT.get(behaviour, ("", "", False))
        if where != stage or (once and (stage, address) in self.seen):
            return None
        self.seen.add((stage, address))
        return answer
