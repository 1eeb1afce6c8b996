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
    SETUP = "setup"  # how we are set up, the server says; but only in answer to this recipient, so it may be theirs
    SIZE = "size"  # the mail is too large for this server


# Servers say it in their own words. Amazon SES: “454 Throttling failure: Maximum sending rate exceeded”. Microsoft:
# “432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded”. Google: “550 5.4.5 Daily sending limit exceeded”.
_SPEED = re.compile(
    r"throttl|\brate\b|rate-?limit|slow(?:ing)? down|too (?:fast|quick|frequent|often)|thread limit|concurren"
    r"|(?:unusual|unexpected|excessive|high) (?:volume|traffic)|frequency (?:is )?limit|server (?:is )?(?:too )?busy"
    r"|too (?:many|much) (?:\w+ ){0,2}(?:message|mail|email|recipient|connection|request|session|traffic|command)"
    r"|maximum (?:number of |count of )?(?:message|mail|email|connection|session)|(?:limit|quota)s? exceeded"
    r"|exceeded [^.]{0,40}(?:limit|quota)|(?:sending|message|daily|hourly) (?:limit|quota)|limits for how many",
    re.IGNORECASE,
)
# Postfix: “450 4.7.1 Client host rejected: cannot find your reverse hostname”, “454 4.7.1 Relay access denied”.
_SETUP = re.compile(
    r"\bptr\b|\brdns\b|reverse|host ?name|client host|\b(?:h|e)[eh]lo\b|\btls\b|starttls|encrypt|authenticat|\bauth\b"
    r"|\bspf\b|\bdkim\b|\bdmarc\b|relay(?:ing)? (?:access )?(?:is )?(?:denied|not)|(?:block|black|white|allow) ?list"
    r"|blocked (?:using|by|-)|\b(?:rbl|[dr]nsbl|spamhaus)\b|listed (?:in|by|on|at) |permanently deferred|too many spam",
    re.IGNORECASE,
)
_NAMES = re.compile(r"<[^>]*>|\S*@\S*|\S*[a-z0-9-]\.[a-z]\S*", re.IGNORECASE)  # of mailboxes, hosts and pages
_NOT_OURS = re.compile(r"recipient (?:address )?(?:was |is )?(?:temporarily )?(?:rejected|deferred)", re.IGNORECASE)
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


def names_our_setup(words: str) -> bool:
    """The server speaks of our host's name, TLS, log-in or authentication, or of a list that it is or isn't on: nothing
    that sending more slowly would help. Names of hosts and mailboxes don't count, whatever they contain."""
    return _SETUP.search(_NAMES.sub(" ", words[:REPLY_LENGTH])) is not None


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
    if stage != "mail" and (subject.startswith(("1.", "2.")) or (stage == "rcpt" and code == 452 and not enhanced)):
        about = About.RECIPIENT
    elif _is_speed(code, subject, words):
        about = About.SPEED
    elif code // 100 == 4 and stage in {"rcpt", "data"} and names_our_setup(words):
        about = About.SETUP
    else:
        about = About.RECIPIENT
    return About.US if stage == "mail" and about is About.RECIPIENT else about


def _is_speed(code: int, subject: str, words: str) -> bool:
    if code // 100 == 5:
        return subject.startswith(("4.", "7.")) and _OUR_LIMIT.search(words) is not None
    if _GREYLISTED.search(words) or _TOO_MANY_ERRORS.search(words):
        return False
    if _SPEED.search(words):
        return True
    may_be = code in {432, 454} or (code in {421, 450} and subject.startswith("7."))
    return may_be and not (names_our_setup(words) or _NOT_OURS.search(words))


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
