"""What an answer of a mail server or service means for one mail: the only place that decides it.

The sender gives each mail a key of its own (`Outgoing.key`), and the result carries it back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, StrEnum
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


class About(Enum):
    """What a refusal is about. Only the first says anything about the one it was meant for."""

    RECIPIENT = "recipient"
    SPEED = "speed"  # we send too fast, too much, or over too many connections
    US = "us"  # our sender or our host, no matter who the mail is for
    SIZE = "size"  # the mail is too large for this server


# Servers say it in their own words. Amazon SES: “454 Throttling failure: Maximum sending rate exceeded”. Microsoft:
# “432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded”. Google: “550 5.4.5 Daily sending limit exceeded”.
_SPEED = re.compile(
    r"throttl|\brate\b|slow down|too (?:fast|quick|frequent|often)|unusual (?:volume|traffic)|thread limit|concurren"
    r"|too (?:many|much) (?:\w+ )?(?:message|mail|email|connection|request|session|traffic)"
    r"|maximum (?:number of |count of )?(?:message|mail|email|connection|session)|(?:limit|quota)s? exceeded"
    r"|exceeded [^.]{0,40}(?:limit|quota)|(?:sending|message|daily|hourly) (?:limit|quota)",
    re.IGNORECASE,
)
_OUR_LIMIT = re.compile(
    r"(?:sending|relay|daily|hourly|rate) (?:\w+ )?(?:\w+ )?(?:limit|quota)|(?:limit|quota) exceeded", re.IGNORECASE
)
_GREYLISTED = re.compile(r"gr[ae]y.?list", re.IGNORECASE)
_TOO_MANY_ERRORS = re.compile(r"too many (?:errors|bad|invalid|unknown|unrecogni[sz]ed|failed)", re.IGNORECASE)
_OUR_SENDER = ("1.7", "1.8")  # RFC 3463 X.1.7 and X.1.8; Postfix says them in answer to RCPT


_OF_A_CONNECTION = re.compile(r"(?:per|this|each|one|a|single) (?:smtp )?(?:session|connection)", re.IGNORECASE)


def counts_errors(words: str) -> bool:
    """Behind a 421: the server has had enough of the refusals on a connection, as Postfix has after twenty in a row."""
    return _TOO_MANY_ERRORS.search(words[:REPLY_LENGTH]) is not None


def limits_the_connection(words: str) -> bool:
    """A 421 to the next MAIL of a connection that has taken mails: it has had enough of that connection. Unless it
    speaks of our speed, and of no session; or of our errors, which are not always as many."""
    words = words[:REPLY_LENGTH]
    if counts_errors(words):
        return False
    return _OF_A_CONNECTION.search(words) is not None or not names_a_limit(words)


def names_a_limit(words: str) -> bool:
    """The server speaks of how fast or how much we send, and not only of its policy."""
    return _SPEED.search(words[:REPLY_LENGTH]) is not None


def is_about(code: int, words: str, *, stage: str) -> About:
    """What a 4xx or 5xx is about, by its code, its enhanced status (RFC 3463) and its words."""
    words = words[:REPLY_LENGTH]
    match = _ENHANCED.match(words)
    enhanced = match[1] if match else ""
    subject = enhanced[2:]
    if subject == "3.4" or (code == 552 and stage == "mail"):
        return About.SIZE
    if subject in _OUR_SENDER:
        return About.US
    is_recipients = subject.startswith(("1.", "2.")) or (stage == "rcpt" and code == 452 and not enhanced)
    if not is_recipients and _is_speed(code, subject, words):
        return About.SPEED
    return About.US if stage == "mail" else About.RECIPIENT


def _is_speed(code: int, subject: str, words: str) -> bool:
    if code // 100 == 5:
        return subject.startswith(("4.", "7.")) and _OUR_LIMIT.search(words) is not None
    if _GREYLISTED.search(words) or _TOO_MANY_ERRORS.search(words):
        return False
    return code in {432, 454} or (code in {421, 450} and subject.startswith("7.")) or _SPEED.search(words) is not None


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
