"""Mails in answer to which a server ends connections, and what is to become of them.

One recipient whom a server will not hear of must not look like a server that is down: with one such among a hundred
readers, nobody else would get anything. So they are tried again behind the others, and three strikes defer a recipient.
But when it strikes several recipients in a row, and serves nobody between them, it is the server.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import Any

from mail.results import REPLY_LENGTH, Result, Verdict
from mail.send_reasons import SendReason, answer_reason
from mail.smtp.in_flight import InFlight, Stage
from mail.transport import Outgoing

ENOUGH = 3  # strikes against one recipient
IN_A_ROW = 5  # recipients, with nobody served between them
NO_MORE = 9  # strikes: each time the server was left alone for a while, and it came to the same


class Judgement(Enum):
    AGAIN = "again"
    RECIPIENT = "recipient"
    SERVER = "server"


class Suspects:
    def __init__(self) -> None:
        self.served = 0  # mails that had an answer of their own, ever
        self._served_then = 0  # when the last one was struck
        self._in_a_row: set[tuple[int, Any]] = set()
        self.waiting: deque[tuple[InFlight, int]] = deque()  # and how many had been served when it came here

    def strike(self, mail: Outgoing) -> Judgement:
        """The server ended a connection, or spoke of its policy, as soon as it heard of this recipient."""
        if self.served != self._served_then:
            self._in_a_row.clear()
        self._served_then = self.served
        self._in_a_row.add((mail.slot, mail.key))
        mail.strikes += 1
        if mail.strikes >= NO_MORE:
            return Judgement.RECIPIENT
        if len(self._in_a_row) >= IN_A_ROW:
            return Judgement.SERVER
        return Judgement.RECIPIENT if mail.strikes >= ENOUGH else Judgement.AGAIN

    def add(self, flight: InFlight) -> None:
        self.waiting.append((flight, self.served))

    def next(self, *, nobody_else: bool) -> InFlight | None:
        """One whose turn has come: somebody was served since, or nobody else waits."""
        if self.waiting and (nobody_else or self.served > self.waiting[0][1]):
            return self.waiting.popleft()[0]
        return None


def deferred(mail: Outgoing, stage: Stage, why: str) -> Result:
    """What becomes of one who has had enough strikes. `why` is the server's reply, or what it did instead."""
    code = int(why[:3]) if why[:3].isdigit() and why[3:4] == " " else None
    words = why[:REPLY_LENGTH]
    return Result(mail.key, Verdict.DEFERRED, answer_reason(stage, code), code, reply=words, email=mail.email)


def in_doubt(mail: Outgoing, why: str) -> Result:
    return Result(mail.key, Verdict.IN_DOUBT, reason=SendReason.CONNECTION_LOST, reply=why)
