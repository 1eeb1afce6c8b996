"""What an answer of a mail server or service means for one mail: the only place that decides it.

The sender gives each mail a key of its own (`Outgoing.key`), and the result carries it back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lib.characters import one_line
from mail.send_reasons import AnyReason, answer_reason

_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")  # RFC 3463
REPLY_LENGTH = 500


class Verdict(StrEnum):
    """What an answer, or its absence, means for a mail. The values are those of the ledger's outcomes."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"  # not now: try again later
    REJECTED = "rejected"  # for good
    IN_DOUBT = "in_doubt"  # it may have been taken, and nobody said so


# Looked up once: an enum's members take Python 3.11 longer to find than the rest of an answer to read.
_ACCEPTED, _DEFERRED, _REJECTED = Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.REJECTED


@dataclass(slots=True)  # not frozen, which would cost more to make than all else that is done with an answer
class Result:
    """What became of one mail. `key` is the sender's own, as in the mail's `Outgoing`."""

    key: Any
    outcome: Verdict
    reason: AnyReason = ""
    smtp_code: int | None = None
    enhanced_status: str = ""
    reply: str = ""
    email: str = ""  # only where the outcome concerns the address itself
    provider_id: str = ""  # what a mail service calls the mail

    def __post_init__(self) -> None:
        # A server's words may hold anything; PostgreSQL refuses NUL, and with it the whole batch of results.
        if not self.reply.isprintable():
            self.reply = one_line(self.reply)
        self.reply = self.reply[:REPLY_LENGTH]


def from_reply(key: Any, code: int, reply: str, *, stage: str, email: str) -> Result:
    """The result for a final answer: 2xx accepted, 4xx deferred, everything else rejected (RFC 5321 §4.2.1)."""
    match = _ENHANCED.match(reply)
    kind = code // 100
    outcome = _ACCEPTED if kind == 2 else _DEFERRED if kind == 4 else _REJECTED
    return Result(
        key,
        outcome,
        "" if kind == 2 else answer_reason(stage, code),
        code,
        match[1] if match else "",
        f"{code} {reply}",
        email,
    )
