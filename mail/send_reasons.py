"""Why a mail wasn't accepted, as far as sending it tells: short codes for the ledger, and each one's words.

A code is a member of `SendReason`, or is made of a server's answer by `answer_reason`. Neither can exist without words:
an enum member is written with them, and a stage without words is refused when the code is made.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal, NewType, Self

AnswerReason = NewType("AnswerReason", str)
"""A code that `answer_reason` made."""


class WordedCode(StrEnum):
    """A code that is stored, and what we call it. A member without words is a TypeError when the module loads."""

    words: str

    def __new__(cls, code: str, words: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.words = words
        return member


class SendReason(WordedCode):
    """What a transport says of a mail where no answer of a server says it better."""

    CONNECTION_LOST = "connection_lost", "the connection broke before the server answered"
    NO_SMTPUTF8 = "no_smtputf8", "the mail server only takes addresses in ASCII"
    TOO_LARGE = "too_large", "the mail is larger than the server accepts"
    UNBUILDABLE = "unbuildable", "the mail couldn't be built"
    REFUSED = "refused", "rejected by the email service"
    SERVICE_NO_ANSWER = "service_no_answer", "the email service didn't answer"
    SERVICE_UNKNOWN = "service_unknown", "the email service gave an answer we don't understand"
    UNEXPECTED_ERROR = "unexpected_error", "an unexpected error; see the log"


AnyReason = SendReason | AnswerReason | Literal[""]
"""The empty one: what is there to explain? It was accepted."""

_STAGES = {
    "mail": "in answer to the sender's address",
    "rcpt": "in answer to the recipient's address",
    "data": "before the content was sent",
    "final": "after the content was sent",
    "replayed": "according to the journal of a process that died",
    "service": "by the email service",
}
_ANSWER = re.compile(rf"({'|'.join(_STAGES)})_(\d{{3}}|none)")


def answer_reason(stage: str, code: int | None) -> AnswerReason:
    """“rcpt_550”: what a server answered, and at which stage. None: nobody wrote down the code."""
    if stage not in _STAGES:
        raise ValueError(f"“{stage}” is not a stage that has words.")
    return AnswerReason(f"{stage}_{'none' if code is None else f'{code:03d}'}")


def answer_in_words(reason: str) -> str:
    """What `answer_reason` made, in words: “rejected in answer to the recipient's address (550)”. Empty for any other
    code."""
    found = _ANSWER.fullmatch(reason)
    if found is None:
        return ""
    stage, code = found.groups()
    if code == "none":
        return f"not accepted, {_STAGES[stage]}"
    deferred = code.startswith("4") and stage != "service"  # whose codes are those of HTTP
    return f"{'deferred' if deferred else 'rejected'} {_STAGES[stage]} ({code})"
